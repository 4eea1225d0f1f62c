/** Our own scenarios: the places where a cut hurts most, and the ways in which a continuation goes wrong. */

import { leftRunning } from '../chaos/play.ts'
import { GIVE_UP_MS } from '../support/eventually.ts'
import {
  ANSWER,
  CALLING,
  type Outcome,
  type Scenario,
  type StageOptions,
  isBeginning,
  judge,
  openStage,
} from './stage.ts'

/** Chunks of the model upstream are seven characters. */
const CHUNK = 7
const chunksOf = (text: string): number => Math.ceil(Array.from(text).length / CHUNK)

const IN_THOUGHT = 5
const IN_TEXT = chunksOf(ANSWER.reasoning) + 40
/** Behind the head of the first call and two pieces of its arguments. */
const IN_ARGUMENTS = chunksOf(CALLING.reasoning) + chunksOf(CALLING.text) + 3

function answered(options: StageOptions) {
  return async (): Promise<Outcome> => {
    await using stage = await openStage(options)
    return judge(await stage.ask(), stage.answer)
  }
}

export const OWN_SCENARIOS: readonly Scenario[] = [
  {
    id: 'M01',
    name: 'cut inside thinking',
    play: answered({ primary: { fault: () => ({ after: IN_THOUGHT, how: 'cut' }) } }),
  },
  {
    id: 'M02',
    name: 'cut inside tool arguments',
    play: answered({ answer: CALLING, primary: { fault: () => ({ after: IN_ARGUMENTS, how: 'reset' }) } }),
  },
  {
    id: 'M03',
    name: 'cut inside a UTF-8 character',
    play: answered({ primary: { fault: () => ({ after: IN_TEXT, how: 'half-character' }) } }),
  },
  {
    id: 'M04',
    name: 'the continuation repeats the text that it was given',
    play: answered({
      flavours: ['moonshot', 'generic'],
      can: '{ partial: true }',
      primary: { fault: () => ({ after: IN_TEXT, how: 'cut' }) },
      fallback: { repeatsPrefix: true },
    }),
  },
  {
    id: 'M05',
    name: 'the continuation writes everything again, its thought too',
    play: answered({
      primary: { fault: () => ({ after: IN_TEXT, how: 'cut' }) },
      fallback: { repeatsPrefix: true },
    }),
  },
  { id: 'M06', name: 'three seams in one answer', play: threeSeams },
  { id: 'M07', name: 'both engines dead', play: bothDead },
  {
    id: 'M08',
    name: 'stall during a tool call',
    play: answered({ answer: CALLING, primary: { fault: () => ({ after: IN_ARGUMENTS, how: 'stall' }) } }),
  },
  { id: 'M09', name: 'the client leaves during a seam', play: leavingAtSeam },
]

/** Each asking gives a few chunks more, in thinking, in text and in the text again. */
async function threeSeams(): Promise<Outcome> {
  const cuts = [IN_THOUGHT, chunksOf(ANSWER.reasoning), 60]
  let cut = 0
  const fault = () => {
    const after = cuts[cut]
    cut += 1
    return after === undefined ? undefined : ({ after, how: 'reset' } as const)
  }
  await using stage = await openStage({ primary: { fault }, fallback: { fault } })
  const seen = await stage.ask()
  const outcome = judge(seen, stage.answer)
  if (outcome.verdict === 'pass' && seen.comments.length !== 3) return { verdict: 'fail', seen: outcome.seen }
  return outcome
}

/** Nobody is left to go on: what was given stands, an error says that it is not all, and nothing says that it is. */
async function bothDead(): Promise<Outcome> {
  await using stage = await openStage({
    primary: { fault: (count) => (count === 0 ? { after: IN_TEXT, how: 'cut' } : { status: 503 }) },
    fallback: { fault: () => ({ before: 'reset' }) },
    routing: { attempts: 2 },
  })
  const seen = await stage.ask()
  const right =
    seen.error !== undefined && !seen.done && !seen.broke && seen.text !== '' && isBeginning(seen, stage.answer)
  return { verdict: right ? 'pass' : judge(seen, stage.answer).verdict, seen: judge(seen, stage.answer).seen }
}

/** The second engine is silent when the client leaves: nothing runs on behind its back. */
async function leavingAtSeam(): Promise<Outcome> {
  const leave = new AbortController()
  await using stage = await openStage({
    primary: { fault: () => ({ after: IN_TEXT, how: 'cut' }) },
    fallback: {
      fault: () => {
        leave.abort()
        return { before: 'silence' }
      },
    },
    routing: { silence_ms: 60_000, first_token_ms: 60_000 },
  })
  await stage.ask({ signal: leave.signal }).catch(() => undefined)
  const left = await leftRunning(async () => stage.primary.running + stage.fallback.running, GIVE_UP_MS)
  const asked = stage.primary.bodies.length + stage.fallback.bodies.length
  return {
    verdict: left === 0 && asked === 2 ? 'pass' : 'fail',
    seen: `${left} of ${asked} upstream requests left running`,
  }
}
