/** The upstream and the generator, running: what every measurement needs and both the bench and its test start. */

import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import { sleep } from './clock.ts'
import {
  isReport,
  type Command,
  type HoldOrder,
  type HoldResult,
  type LoadOrder,
  type LoadResult,
  type PressOrder,
  type PressResult,
  type Report,
} from './load/order.ts'
import type { Placement } from './machine.ts'
import { cpuSeconds, cpuSecondsBetween, machineCpuSeconds, readCpu } from './process-usage.ts'
import { isUpstreamReport } from './upstream/report.ts'

/** A run has its own limits; this one is for a generator that does not answer at all. */
const GRACE_MS = 45_000
/** The share of a core below which a subject is quiet. */
const QUIET = 0.05
const QUIET_POLL_MS = 100
const QUIET_LIMIT_MS = 20_000

export class Rig {
  readonly upstreamPort: number
  readonly #upstream: Child
  readonly #generator: Child
  /** Whoever others are measured beside has a process of its own: its work must not delay who is timed. */
  readonly #heavy: Child
  #othersSeconds = 0
  #loadSeconds = 0

  private constructor(upstream: Child, generator: Child, heavy: Child, upstreamPort: number) {
    this.#upstream = upstream
    this.#generator = generator
    this.#heavy = heavy
    this.upstreamPort = upstreamPort
  }

  static async start(placement: Placement): Promise<Rig> {
    const upstream = startScript('upstream', new URL('./mock-upstream.ts', import.meta.url), placement.upstream)
    const generators = ['generator', 'heavy'].map((name) =>
      startScript(name, new URL('./load-generator.ts', import.meta.url), placement.generator),
    )
    const begun = generators.map((one) => one.message(isReport))
    const ready = await upstream.message(isUpstreamReport)
    await Promise.all(begun)
    const [generator, heavy] = generators
    if (ready.type !== 'ready' || generator === undefined || heavy === undefined)
      throw new Error('the rig is not whole')
    return new Rig(upstream, generator, heavy, ready.port)
  }

  /** Runs one load. Adds to what others on this machine took meanwhile. */
  async load(order: LoadOrder): Promise<LoadResult> {
    const pids = [process.pid, this.#upstream.pid, this.#generator.pid, this.#heavy.pid, ...order.pids]
    const othersBefore = machineCpuSeconds() - cpuSeconds(pids)
    const begun = performance.now()
    const report = await commanded(this.#generator, { type: 'load', order }, order.settleMs + order.windowMs + GRACE_MS)
    this.#othersSeconds += machineCpuSeconds() - cpuSeconds(pids) - othersBefore
    this.#loadSeconds += (performance.now() - begun) / 1000
    if (report.type !== 'loaded') throw new Error(`the generator answered ${report.type} to a load`)
    return report.result
  }

  /** Has somebody ask as fast as answers come; resolves when the first has come. */
  async press(order: PressOrder): Promise<void> {
    await commanded(this.#heavy, { type: 'press', order }, GRACE_MS)
  }

  /** Ends it, and waits until the subject has nothing left to do: what was given up may be worked on for seconds. */
  async relax(pids: readonly number[]): Promise<PressResult> {
    const report = await commanded(this.#heavy, { type: 'relax' }, GRACE_MS)
    if (report.type !== 'relaxed') throw new Error(`the generator answered ${report.type} to a relax`)
    for (let waited = 0, busy = 1; busy > QUIET && waited < QUIET_LIMIT_MS; waited += QUIET_POLL_MS) {
      const before = readCpu(pids)
      await sleep(QUIET_POLL_MS)
      busy = (cpuSecondsBetween(before, readCpu(pids)) * 1000) / QUIET_POLL_MS
    }
    return report.result
  }

  /** Cores that processes of others kept busy while loads ran: above a few hundredths the figures are theirs too. */
  get othersBusyCores(): number {
    return Math.max(0, this.#othersSeconds / this.#loadSeconds)
  }

  async hold(order: HoldOrder): Promise<HoldResult> {
    const report = await commanded(this.#generator, { type: 'hold', order }, GRACE_MS)
    if (report.type !== 'held') throw new Error(`the generator answered ${report.type} to a hold`)
    return report.result
  }

  async release(): Promise<void> {
    await commanded(this.#generator, { type: 'release' }, GRACE_MS)
  }

  /** Streams that somebody still listens to, as the upstream sees it. */
  async openStreams(): Promise<number> {
    const report = await this.#upstream.message(isUpstreamReport, {})
    return report.type === 'count' ? report.openStreams : Number.NaN
  }

  async stop(): Promise<void> {
    await Promise.all([this.#upstream.stop(), this.#generator.stop(), this.#heavy.stop()])
  }
}

async function commanded(generator: Child, command: Command, limitMs: number): Promise<Report> {
  const report = await generator.message(isReport, command, limitMs)
  if (report.type === 'failed') throw new Error(`the ${generator.name} failed: ${report.message}`)
  return report
}

function startScript(name: string, script: URL, core: number | undefined): Child {
  const command = [process.execPath, fileURLToPath(script)]
  return new Child({ name, command, core, withMessages: true })
}
