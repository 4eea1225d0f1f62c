/** Budgets kept by the model's own vocabulary: never a token too many, and never a piece too few, however the text is cut. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AnswerBudget, type GenerationEvent, Transcript } from '@moonbase/core/generation'
import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { readApproximation } from '../packages/server/src/tokenizer/approximation.ts'
import { seededRandom } from './support/every-split.ts'
import { randomText } from './support/random-text.ts'
import { realVocabulary } from './support/real-vocabulary.ts'

const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_201)
const ROUNDS = 400

it(`a budget is used up to its last token, of random answers in random pieces (seed ${seed})`, async () => {
  const found = realVocabulary()
  const tokenizer = bpeTokenizer(readTiktokenVocabulary('skip' in found ? readApproximation() : found.bytes))
  const random = seededRandom(seed)
  const whole = (most: number): number => 1 + Math.floor(random() * most)
  let cuts = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const parts = { reasoning: random() < 0.4 ? randomText(random, 6) : '', text: randomText(random, 30) }
    // Lines, as answers have them, and none.
    if (random() < 0.5) parts.text = parts.text.replaceAll(' ', () => (random() < 0.2 ? '\n' : ' '))
    const most = whole(tokenizer.count(parts.reasoning) + tokenizer.count(parts.text) + 4)
    const given = await played(most, piecesOf(parts, whole), (text) => tokenizer.count(text))
    const count = tokenizer.count(given.reasoning) + tokenizer.count(given.text)
    const said = `round ${round}: ${count} of ${most}`
    assert.ok(parts.reasoning.startsWith(given.reasoning) && parts.text.startsWith(given.text), said)
    assert.ok(count <= most, said)
    const isWhole = given.reasoning === parts.reasoning && given.text === parts.text
    assert.equal(given.finish, isWhole ? 'stop' : 'length', said)
    if (isWhole) continue
    cuts += 1
    const rest = Array.from(given.reasoning === parts.reasoning ? parts.text.slice(given.text.length) : '').slice(0, 1)
    if (rest.length === 0) continue
    const more = tokenizer.count(given.reasoning) + tokenizer.count(given.text + rest.join(''))
    assert.ok(more > most, `${said}: there was room for ${JSON.stringify(rest)}`)
  }
  assert.ok(cuts > ROUNDS / 2, `${cuts} cuts`)
})

function piecesOf(parts: { reasoning: string; text: string }, whole: (most: number) => number): GenerationEvent[][] {
  const events: GenerationEvent[] = []
  for (const type of ['reasoning', 'text'] as const) {
    const characters = Array.from(parts[type])
    while (characters.length > 0) events.push({ type, choice: 0, text: characters.splice(0, whole(12)).join('') })
  }
  events.push({ type: 'finish', choice: 0, reason: 'stop' })
  const batches: GenerationEvent[][] = []
  while (events.length > 0) batches.push(events.splice(0, whole(4)))
  return batches
}

async function played(
  most: number,
  batches: readonly (readonly GenerationEvent[])[],
  countAside: (text: string) => number,
): Promise<Transcript> {
  const transcript = new Transcript()
  const budget = new AnswerBudget(most, 1, { transcript, exact: true, countAside })
  for (const batch of batches) {
    for (const event of budget.has(batch) ? batch : await budget.fit(batch, 'e')) transcript.see(event)
    if (budget.over) break
  }
  return transcript
}
