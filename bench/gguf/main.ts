/**
 * What the llama.cpp engine adds to llama.cpp, and what its prefix reuse saves, on a tiny model that it makes itself.
 *
 *     npm run bench:gguf [-- rounds]
 */

import { join } from 'node:path'
import { openGguf } from '../../packages/server/src/gguf/index.ts'
import { loadModel } from '../../packages/server/src/gguf/load-model.ts'
import { readGguf } from '../../packages/server/src/gguf/read-gguf.ts'
import { writeTinyGguf } from '../../test/support/tiny-gguf.ts'
import { type Pair, ratioOf, ratioOfLeast, spreadOf } from '../paired.ts'
import { type Row, figure, table, times, whole } from '../report/table.ts'
import { scratchFolder } from '../scratch.ts'
import { SEED, TOKENS, compareGeneration } from './generation.ts'
import { type SecondTurn, compareSecondTurn } from './second-turn.ts'

const CONTEXT = 8192
const GOAL = 0.95

const rounds = Number(process.argv[2] ?? 25)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('rounds: a whole number above 0')

const file = join(scratchFolder('gguf'), 'tiny.gguf')
writeTinyGguf(file, { endless: true, contextLength: CONTEXT })
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() }
const alike = { gpu: 'off', threads: 1, context: CONTEXT, sequences: 1 } as const
const engine = await openGguf({ ...alike, name: 'bench', path: file, clock, seed: SEED })
const bare = await loadModel(await readGguf(file), alike)

console.log(generationTable(await compareGeneration(rounds, engine, bare)))
console.log(`\nratio: moonbase against the bare loop, above 1 is quicker; the goal is at least ${GOAL}\n`)
console.log(secondTurnTable(await compareSecondTurn(rounds, engine)))
console.log('\nratio: how many times as soon')
await engine.close()
await bare.dispose()

function generationTable({ plain, masked }: Awaited<ReturnType<typeof compareGeneration>>): string {
  const theirs = (name: string, pairs: readonly Pair[]): Row => [
    ...rates(
      name,
      pairs.map((pair) => pair.theirs),
    ),
    times(ratioOf(pairs)),
    times(ratioOfLeast(pairs)),
  ]
  return table(
    [`tokens a second, ${rounds} rounds of ${TOKENS}`, 'median', 'best', 'ratio', 'of the best'],
    [
      rates(
        'moonbase',
        [...plain, ...masked].map(({ ours }) => ours),
      ),
      theirs('bare loop over node-llama-cpp', plain),
      theirs('the same, with our mask of tokens', masked),
    ],
  )
}

function rates(name: string, seconds: readonly number[]): Row {
  const { median, least } = spreadOf(seconds)
  // The first token of an answer is not timed.
  return [name, whole((TOKENS - 1) / median), whole((TOKENS - 1) / least)]
}

function secondTurnTable({ prompt, cached, pairs }: SecondTurn): string {
  const reused = pairs.map(({ ours }) => ours)
  const fresh = pairs.map(({ theirs }) => theirs)
  return table(
    ['ms to the first token of a second turn', 'median', 'least', 'ratio'],
    [
      [...milliseconds(`${cached} of ${prompt} tokens of its prompt cached`, reused), times(ratioOf(pairs))],
      milliseconds('nothing cached', fresh),
    ],
  )
}

function milliseconds(name: string, values: readonly number[]): Row {
  const { median, least } = spreadOf(values)
  return [name, figure(median), figure(least)]
}
