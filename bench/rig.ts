/** The upstream and the generator, running: what every measurement needs and both the bench and its test start. */

import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'
import {
  isReport,
  type Command,
  type HoldOrder,
  type HoldResult,
  type LoadOrder,
  type LoadResult,
  type Report,
} from './load/order.ts'
import type { Placement } from './machine.ts'
import { cpuSeconds, machineCpuSeconds } from './process-usage.ts'
import { isUpstreamReport } from './upstream/report.ts'

/** A run has its own limits; this one is for a generator that does not answer at all. */
const GRACE_MS = 30_000

export class Rig {
  readonly upstreamPort: number
  readonly #upstream: Child
  readonly #generator: Child
  #othersSeconds = 0
  #loadSeconds = 0

  private constructor(upstream: Child, generator: Child, upstreamPort: number) {
    this.#upstream = upstream
    this.#generator = generator
    this.upstreamPort = upstreamPort
  }

  static async start(placement: Placement): Promise<Rig> {
    const upstream = startScript('upstream', new URL('./mock-upstream.ts', import.meta.url), placement.upstream)
    const generator = startScript('generator', new URL('./load-generator.ts', import.meta.url), placement.generator)
    const [ready] = await Promise.all([upstream.message(isUpstreamReport), generator.message(isReport)])
    if (ready.type !== 'ready') throw new Error('the upstream did not say its port')
    return new Rig(upstream, generator, ready.port)
  }

  /** Runs one load. Adds to what others on this machine took meanwhile. */
  async load(order: LoadOrder): Promise<LoadResult> {
    const pids = [process.pid, this.#upstream.pid, this.#generator.pid, ...order.pids]
    const othersBefore = machineCpuSeconds() - cpuSeconds(pids)
    const begun = performance.now()
    const report = await this.#command({ type: 'load', order }, order.settleMs + order.windowMs + GRACE_MS)
    this.#othersSeconds += machineCpuSeconds() - cpuSeconds(pids) - othersBefore
    this.#loadSeconds += (performance.now() - begun) / 1000
    if (report.type !== 'loaded') throw new Error(`the generator answered ${report.type} to a load`)
    return report.result
  }

  /** Cores that processes of others kept busy while loads ran: above a few hundredths the figures are theirs too. */
  get othersBusyCores(): number {
    return Math.max(0, this.#othersSeconds / this.#loadSeconds)
  }

  async hold(order: HoldOrder): Promise<HoldResult> {
    const report = await this.#command({ type: 'hold', order }, GRACE_MS)
    if (report.type !== 'held') throw new Error(`the generator answered ${report.type} to a hold`)
    return report.result
  }

  async release(): Promise<void> {
    await this.#command({ type: 'release' }, GRACE_MS)
  }

  /** Streams that somebody still listens to, as the upstream sees it. */
  async openStreams(): Promise<number> {
    const report = await this.#upstream.message(isUpstreamReport, {})
    return report.type === 'count' ? report.openStreams : Number.NaN
  }

  async stop(): Promise<void> {
    await Promise.all([this.#upstream.stop(), this.#generator.stop()])
  }

  async #command(command: Command, limitMs: number): Promise<Report> {
    const report = await this.#generator.message(isReport, command, limitMs)
    if (report.type === 'failed') throw new Error(`the generator failed: ${report.message}`)
    return report
  }
}

function startScript(name: string, script: URL, core: number | undefined): Child {
  const command = [process.execPath, fileURLToPath(script)]
  return new Child({ name, command, core, withMessages: true })
}
