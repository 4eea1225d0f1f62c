/** One run of load: closed or open loop, a time to settle, then a window in which everything counts. */

import { nowUs, sleep } from '../clock.ts'
import { cpuSecondsBetween, readCpu } from '../process-usage.ts'
import { Samples } from '../statistics.ts'
import { Connection, type Exchange } from './connection.ts'
import { Faults } from './faults.ts'
import type { LoadOrder, LoadResult } from './order.ts'
import { exchangeFor } from './request.ts'

/** Answers that are under way when the window closes may end, so that the next subject finds a quiet machine. */
const DRAIN_MS = 20_000
/** Streams of the scene `paced` take half a second; new ones are spread over it. */
const STAGGER_MS = 500
/** Of those who ask at a rate some share one, but for its last words: each takes a tenth of a second to be made. */
const HISTORIES = 8

export function runLoad(order: LoadOrder): Promise<LoadResult> {
  return new LoadRun(order).run()
}

class LoadRun {
  readonly #order: LoadOrder
  /** The same for all, where it never changes. */
  readonly #exchange: Exchange | undefined
  readonly #connections: Connection[] = []
  /** Open loop only: connections that wait for the next arrival. */
  readonly #spare: Connection[] = []
  readonly #faults = new Faults()
  readonly #wholeUs = new Samples()
  readonly #firstPieceUs = new Samples()
  readonly #pieceUs = new Samples()
  #answers = 0
  #pieces = 0
  /** The window, as far as it is known. */
  #fromUs = Number.POSITIVE_INFINITY
  #untilUs = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(order: LoadOrder) {
    this.#order = order
    // Without time to settle the very first request counts.
    if (order.settleMs === 0) this.#fromUs = 0
    this.#exchange = order.prompt === undefined ? exchangeFor(order, 0) : undefined
  }

  async run(): Promise<LoadResult> {
    const { scene, settleMs, windowMs, pids } = this.#order
    const generating = this.#order.perSecond === undefined ? this.#startLoops() : this.#arrive(this.#order.perSecond)
    await sleep(settleMs + (scene === 'paced' ? STAGGER_MS : 0))
    const startUs = nowUs()
    const cpuBefore = readCpu(pids)
    const ownBefore = process.cpuUsage()
    this.#fromUs = Math.min(this.#fromUs, startUs)
    await sleep(windowMs)
    this.#untilUs = nowUs()
    const own = process.cpuUsage(ownBefore)
    const cpu = cpuSecondsBetween(cpuBefore, readCpu(pids))
    const seconds = (nowUs() - startUs) / 1e6
    this.#stopped = true
    await generating
    await this.#drain()
    const { firstBadAnswer } = this.#faults
    return {
      seconds,
      answers: this.#answers,
      pieces: this.#pieces,
      cpuSeconds: cpu,
      generatorCpuSeconds: (own.user + own.system) / 1e6,
      wholeUs: this.#wholeUs.summary(),
      firstPieceUs: this.#firstPieceUs.summary(),
      pieceUs: this.#pieceUs.summary(),
      faults: this.#faults.counts,
      ...(firstBadAnswer === undefined ? {} : { firstBadAnswer }),
    }
  }

  async #startLoops(): Promise<void> {
    const { connections, scene } = this.#order
    for (let index = 0; index < connections && !this.#stopped; index++) {
      if (scene === 'paced' && index > 0) await sleep(STAGGER_MS / connections)
      this.#newConnection().ask()
    }
  }

  /** Arrivals that do not wait for answers: a slow answer delays nobody, so its whole cost is seen. */
  async #arrive(perSecond: number): Promise<void> {
    // Long bodies take their time to be made, in which nothing could arrive.
    if (this.#exchange === undefined)
      this.#spare.push(...Array.from({ length: this.#order.connections }, () => this.#newConnection()))
    const startUs = nowUs()
    let sent = 0
    while (!this.#stopped) {
      const due = ((nowUs() - startUs) / 1e6) * perSecond
      while (sent < due) {
        sent++
        this.#askSomewhere()
      }
      await sleep(1)
    }
  }

  #askSomewhere(): void {
    const spare = this.#spare.pop()
    if (spare !== undefined) spare.ask()
    else if (this.#connections.length < this.#order.connections) this.#newConnection().ask()
    else this.#faults.add('no free connection', '')
  }

  #newConnection(): Connection {
    const number = this.#connections.length
    const history = this.#order.perSecond === undefined ? number : number % HISTORIES
    const exchange = this.#exchange ?? exchangeFor(this.#order, history)
    const connection: Connection = new Connection(this.#order.target.port, exchange, {
      piece: (index, sentUs) => this.#onPiece(connection, index, sentUs),
      done: (_, fault) => this.#onDone(connection, fault),
    })
    this.#connections.push(connection)
    return connection
  }

  /**
   * What ends in the window has its CPU there. Where requests arrive at a rate, or wait for somebody else's, those asked in
   * it count: of the others the slow ones would be missing.
   */
  #counts(connection: Connection): boolean {
    const { perSecond, countsAsked } = this.#order
    const atUs = perSecond !== undefined || countsAsked === true ? connection.sentUs : connection.arrivedUs
    return atUs >= this.#fromUs && atUs < this.#untilUs
  }

  #onPiece(connection: Connection, index: number, sentUs: number): void {
    if (!this.#counts(connection)) return
    this.#pieces++
    if (index === 0) this.#firstPieceUs.add(connection.arrivedUs - connection.sentUs)
    if (sentUs > 0) this.#pieceUs.add(connection.arrivedUs - sentUs)
  }

  #onDone(connection: Connection, fault: string | undefined): void {
    if (fault !== undefined) {
      this.#faults.add(fault, connection.text)
      if (this.#faults.areTooMany) this.#stopped = true
    } else if (this.#counts(connection)) {
      this.#answers++
      this.#wholeUs.add(connection.arrivedUs - connection.sentUs)
    }
    if (this.#stopped) return
    if (this.#order.perSecond !== undefined) this.#spare.push(connection)
    // A refused connection must not spin: the next attempt waits for the event loop's next turn.
    else if (fault !== undefined) setImmediate(() => this.#stopped || connection.ask())
    else connection.ask()
  }

  async #drain(): Promise<void> {
    const deadline = nowUs() + DRAIN_MS * 1000
    while (this.#connections.some((connection) => connection.isBusy) && nowUs() < deadline) await sleep(5)
    for (const connection of this.#connections) {
      if (connection.isBusy) this.#faults.add('no answer in time', connection.text)
      connection.close()
    }
  }
}
