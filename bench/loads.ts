/** Every load that the bench knows: what is asked, by how many, how fast, and of whom. */

import { AGENT_TURN, type Prompt, TOO_LONG } from './prompts/prompt.ts'
import type { Scene } from './script.ts'
import type { SubjectKind } from './subjects/subject.ts'
import { WIRE_NAMES, type WireName, WIRES } from './wires.ts'

export interface Load {
  readonly key: LoadKey
  readonly title: string
  readonly scene: Scene
  /** The small request of 1 KB when absent. */
  readonly prompt?: Prompt
  /** Moonshot's when absent. */
  readonly wire?: WireName
  readonly connections: number
  readonly perSecond?: number
  readonly windowMs: number
  /** Another client meanwhile, as fast as it can, of another organisation where there are any. */
  readonly beside?: Beside
  /** The row of the same client without that other one, which it is read against. */
  readonly alone?: LoadKey
  /** The subjects of which it says something. */
  readonly of: readonly SubjectKind[]
}

export type LoadKey =
  | 'whole'
  | 'whole-eight'
  | 'whole-alone'
  | 'whole-steady'
  | 'burst'
  | 'burst-steady'
  | 'paced'
  | 'later'
  | 'agent-whole'
  | 'agent-stream'
  | 'agent-alone'
  | 'agent-text'
  | 'light'
  | 'light-agents'
  | 'light-text'
  | `wire-${WireName}-${(typeof WIRE_SCENES)[number]}`
  | (typeof SIZES)[number]['key']
  | (typeof HISTORIES)[number]['key']

interface Beside {
  readonly scene: Scene
  readonly prompt: Prompt
  readonly connections: number
  readonly tooLong?: boolean
}

/** Below what the slowest subject can do, so that what is seen is time and not a queue. */
const STEADY_PER_SECOND = 500
const STEADY_STREAMS_PER_SECOND = 300
const LIGHT_PER_SECOND = 100
/** An agent that asks whether or not the others are answered: one that waited would ask the least where it waits the longest. */
const TURNS_PER_SECOND = 20

const whole = { scene: 'whole', connections: 32 } as const
const burst = { scene: 'burst', connections: 32 } as const
const light = { scene: 'whole', connections: 512, perSecond: LIGHT_PER_SECOND } as const
const turn = { prompt: AGENT_TURN, connections: 8 } as const
const turnAlone = { scene: 'burst', prompt: AGENT_TURN, connections: 1 } as const

const agents: Beside = { scene: 'whole', prompt: AGENT_TURN, connections: 8 }
/** Two, so that one comes in while the other is counted. */
const longTexts: Beside = { scene: 'whole', prompt: TOO_LONG, connections: 2, tooLong: true }

const gateways: readonly SubjectKind[] = ['moonbase', 'no-accounts', 'nginx', 'portkey']
const readers: readonly SubjectKind[] = ['moonbase', 'no-accounts', 'portkey']
const agentsAsk: readonly SubjectKind[] = ['moonbase', 'exact-counts', 'no-accounts', 'nginx', 'portkey']
/** Whoever tells one client from another; Portkey has no organisations, but two clients as well. */
const shared: readonly SubjectKind[] = ['moonbase', 'exact-counts', 'portkey']
/** Portkey hands on a text that no model can read; there is nothing to compare. */
const counting: readonly SubjectKind[] = ['moonbase', 'exact-counts']
const withAndWithoutLedger: readonly SubjectKind[] = ['direct', 'moonbase', 'no-accounts']

/** From here on a request takes so long that a short window has few. */
const LONG_BYTES = 1_000_000

/** A plain conversation of messages of about 900 bytes each, the usual size of one in an agent's turn. */
export const SIZES = [
  { key: 'size-1k', title: '1 KB', bytes: 1000, messages: 4 },
  { key: 'size-4k', title: '4 KB', bytes: 4000, messages: 6 },
  { key: 'size-16k', title: '16 KB', bytes: 16_000, messages: 18 },
  { key: 'size-64k', title: '64 KB', bytes: 64_000, messages: 72 },
  { key: 'size-177k', title: '177 KB', bytes: 177_000, messages: 200 },
  { key: 'size-256k', title: '256 KB', bytes: 256_000, messages: 290 },
  { key: 'size-1m', title: '1 MB', bytes: 1_000_000, messages: 1130 },
] as const

/** An agent's turn of the same size with fewer, longer messages. With 200 it is the load `agent-whole`. */
export const HISTORIES = [
  { key: 'history-10', title: '10 messages', messages: 10 },
  { key: 'history-50', title: '50 messages', messages: 50 },
] as const

const everybody: readonly SubjectKind[] = ['direct', ...gateways]

const SMALL: readonly Load[] = [
  { ...whole, key: 'whole', title: 'whole replies, 32 at a time', windowMs: 2000, of: everybody },
  { ...whole, key: 'whole-eight', title: 'whole replies, 8 at a time', connections: 8, windowMs: 1500, of: gateways },
  {
    ...whole,
    key: 'whole-alone',
    title: 'whole replies, one at a time',
    connections: 1,
    windowMs: 1500,
    of: everybody,
  },
  {
    ...whole,
    key: 'whole-steady',
    title: `whole replies, ${STEADY_PER_SECOND} a second`,
    connections: 256,
    perSecond: STEADY_PER_SECOND,
    windowMs: 1200,
    of: everybody,
  },
  { ...burst, key: 'burst', title: 'burst streams, 32 at a time', windowMs: 2000, of: everybody },
  {
    ...burst,
    key: 'burst-steady',
    title: `burst streams, ${STEADY_STREAMS_PER_SECOND} a second`,
    connections: 256,
    perSecond: STEADY_STREAMS_PER_SECOND,
    windowMs: 2000,
    of: everybody,
  },
  { key: 'paced', title: '50 paced streams', scene: 'paced', connections: 50, windowMs: 2400, of: everybody },
  {
    key: 'later',
    title: `streams of an engine that reads for 20 ms, ${STEADY_STREAMS_PER_SECOND} a second`,
    scene: 'later',
    connections: 256,
    perSecond: STEADY_STREAMS_PER_SECOND,
    windowMs: 2000,
    of: withAndWithoutLedger,
  },
]

const AGENTS: readonly Load[] = [
  { ...turn, key: 'agent-whole', title: "agents' turns, 8 at a time", scene: 'whole', windowMs: 2000, of: agentsAsk },
  {
    ...turn,
    key: 'agent-stream',
    title: "agents' turns streamed, 8 at a time",
    scene: 'burst',
    windowMs: 2000,
    of: agentsAsk,
  },
  {
    ...turnAlone,
    key: 'agent-alone',
    title: "agents' turns streamed, one at a time",
    windowMs: 1500,
    of: ['direct', ...agentsAsk],
  },
]

const SHARED: readonly Load[] = [
  { ...light, key: 'light', title: 'light requests, 100 a second', windowMs: 1000, of: shared },
  {
    ...light,
    key: 'light-agents',
    title: "light requests beside agents' turns",
    windowMs: 1500,
    beside: agents,
    alone: 'light',
    of: shared,
  },
  {
    ...light,
    key: 'light-text',
    title: 'light requests beside texts of 90 MB',
    windowMs: 3000,
    beside: longTexts,
    alone: 'light',
    of: counting,
  },
  {
    ...turnAlone,
    key: 'agent-text',
    title: "an agent's turn beside texts of 90 MB",
    connections: 64,
    perSecond: TURNS_PER_SECOND,
    windowMs: 3000,
    beside: longTexts,
    alone: 'agent-alone',
    of: counting,
  },
]

const GROWTH: readonly Load[] = [
  ...SIZES.map(({ key, title, bytes, messages }): Load => ({
    key,
    title: `conversations of ${title}, 8 at a time`,
    scene: 'whole',
    prompt: { kind: 'chat', bytes, messages },
    connections: 8,
    windowMs: bytes < LONG_BYTES ? 700 : 1500,
    of: readers,
  })),
  ...HISTORIES.map(({ key, title, messages }): Load => ({
    key,
    title: `agents' turns in ${title}, 8 at a time`,
    scene: 'whole',
    prompt: { ...AGENT_TURN, messages },
    connections: 8,
    windowMs: 1000,
    of: readers,
  })),
]

const WIRE_SCENES = ['whole', 'burst'] as const

/** The same question and answer on each wire, Moonshot's among them: what one costs is read against that. */
const WIRED: readonly Load[] = WIRE_NAMES.flatMap((wire) =>
  WIRE_SCENES.map((scene): Load => ({
    key: `wire-${wire}-${scene}`,
    title: `${WIRES[wire].title}: ${scene === 'whole' ? 'whole replies' : 'burst streams'}, 32 at a time`,
    scene,
    wire,
    connections: 32,
    windowMs: 1500,
    of: ['moonbase', 'no-accounts'],
  })),
)

export const LOADS: readonly Load[] = [...SMALL, ...AGENTS, ...SHARED, ...GROWTH, ...WIRED]
