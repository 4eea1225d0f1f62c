import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AnswerBudget } from './answer-budget.ts'
import { EngineError } from './engine-error.ts'
import type { EventBatch } from './event-batches.ts'
import type { GenerationEvent } from './event.ts'
import { Transcript } from './transcript.ts'

const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const thought = (piece: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: piece })
const call = (pieces: string, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: 0,
  ...(name === undefined ? {} : { name }),
  arguments: pieces,
})
const finish = (reason: 'stop' | 'length' = 'stop', choice = 0): GenerationEvent => ({ type: 'finish', choice, reason })

interface Played {
  readonly out: GenerationEvent[]
  /** Lengths of what was counted. */
  readonly counted: number[]
  readonly budget: AnswerBudget
}

/** Each word is a token, and each character of other things; batches are given as routing gives them. */
async function play(
  tokens: number,
  batches: readonly EventBatch[],
  { choices = 1, exact = true, count = (piece: string) => piece.match(/\w+|\W/g)?.length ?? 0 } = {},
): Promise<Played> {
  const transcript = new Transcript()
  const counted: number[] = []
  const countAside = async (piece: string): Promise<number> => {
    counted.push(piece.length)
    return count(piece)
  }
  const budget = new AnswerBudget(tokens, choices, { transcript, exact, countAside })
  const out: GenerationEvent[] = []
  for (const batch of batches) {
    const passed = budget.has(batch) ? batch : await budget.fit(batch, 'e')
    for (const event of passed) transcript.see(event)
    out.push(...passed)
    if (budget.over) break
  }
  return { out, counted, budget }
}

describe('the budget of an answer', () => {
  it('ends it where our count says so, with length, whatever the engine says behind it', async () => {
    const { out, budget } = await play(3, [[text('one ')], [text('two three')], [text(' four'), finish()]])
    assert.deepEqual(out, [text('one '), text('two'), finish('length')])
    assert.ok(budget.over && budget.cut)
  })

  it('lets an answer through that has just as many tokens', async () => {
    const whole = [[text('one ')], [text('two')], [finish()]]
    const { out, budget } = await play(3, whole)
    assert.deepEqual(out, whole.flat())
    assert.ok(!budget.over && !budget.cut)
  })

  it('takes a word that is not whole for what it becomes', async () => {
    // Until it is whole it has a token for each letter.
    const count = (piece: string) => (piece.includes('word!') ? piece.length - 4 : piece.length)
    assert.deepEqual((await play(9, [[text('12345678word!more')]], { count })).out, [
      text('12345678word!'),
      finish('length'),
    ])
  })

  it('counts the thought, the text, the names of calls and their arguments', async () => {
    const said = [thought('a b'), text('c '), call(' d', 'f'), call(' e')]
    for (const [tokens, left] of [
      [1, [thought('a')]],
      [3, [thought('a b')]],
      [5, [thought('a b'), text('c ')]],
      [6, [thought('a b'), text('c '), call('', 'f')]],
      [8, [thought('a b'), text('c '), call(' d', 'f')]],
      [10, said],
    ] as const) {
      const apart = said.map((event) => [event])
      const ended = tokens === 10 ? [] : [finish('length')]
      for (const batches of [[said], apart]) {
        const { out } = await play(tokens, batches)
        const spoken = out.filter((event) => !('text' in event && event.text === ''))
        assert.deepEqual(spoken, [...left, ...ended], `${tokens} of ${batches.length}`)
      }
    }
  })

  it('is that of each choice', async () => {
    const batches = [
      [text('one ', 0), text('one two three', 1)],
      [text('two', 0), text('late', 1), finish('stop', 0)],
    ]
    const { out, budget } = await play(3, batches, { choices: 2 })
    assert.deepEqual(out, [text('one ', 0), text('one two', 1), finish('length', 1), text('two', 0), finish('stop', 0)])
    assert.ok(budget.over)
  })

  it('counts nothing while the bytes alone cannot reach it', async () => {
    const chunks = Array.from({ length: 100 }, () => [text('four ')])
    assert.deepEqual((await play(500, chunks)).counted, [])
    assert.notDeepEqual((await play(499, chunks)).counted, [])
    // A character of three bytes may be three tokens.
    assert.notDeepEqual(
      (
        await play(
          299,
          Array.from({ length: 100 }, () => [text('字')]),
        )
      ).counted,
      [],
    )
  })

  it('counts a long answer a few times, and what stands before its last line once', async () => {
    const line = `${'some words of a line '.repeat(4)}\n`
    const chunks = Array.from({ length: 2_000 }, () => [text(line)])
    const { out, counted } = await play(30_000, chunks)
    const said = out.reduce((sum, event) => sum + ('text' in event ? event.text.length : 0), 0)
    assert.deepEqual(out.at(-1), finish('length'))
    const sum = counted.reduce((all, length) => all + length, 0)
    assert.ok(sum < said * 1.5, `${sum} characters counted of ${said}`)
  })

  it('counts a text in one piece no further than its budget', async () => {
    const { out, counted } = await play(100, [[text('word '.repeat(1_000_000))]])
    assert.deepEqual(out.at(-1), finish('length'))
    assert.ok(counted.reduce((all, length) => all + length, 0) < 20_000)
  })

  it('never cuts a character in half', async () => {
    const count = (piece: string) => Buffer.byteLength(piece)
    for (let tokens = 1; tokens <= 12; tokens += 1) {
      const { out } = await play(tokens, [[text('🌍🌍a🌍')]], { count })
      const said = out.map((event) => ('text' in event ? event.text : '')).join('')
      assert.ok(said.isWellFormed() && Buffer.byteLength(said) <= tokens, `${tokens}: ${said}`)
    }
  })

  it('is wider where the count is an approximation', async () => {
    const words = Array.from({ length: 16 }, (_, index) => [text(`w${index} `)])
    const ended = async (exact: boolean) =>
      (await play(10, words, { exact })).out.filter(({ type }) => type === 'text').length
    assert.deepEqual([await ended(true), await ended(false)], [5, 8])
  })

  it('refuses more bytes than so many tokens can have, by name', async () => {
    const blank = Array.from({ length: 40 }, () => [text(' '.repeat(4_096))])
    await assert.rejects(play(100, blank, { count: () => 1 }), (error) => {
      assert.ok(error instanceof EngineError)
      assert.deepEqual([error.kind, error.details.limit], ['limit', { size: 100 * 256 + 64 * 1024, unit: 'bytes' }])
      return true
    })
  })
})
