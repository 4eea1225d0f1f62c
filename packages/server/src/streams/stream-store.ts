/**
 * The streams that a client can come back to: those that run, and those that ended in the last minutes.
 *
 * Everything here has a limit. What is finished makes room first, the oldest before the others. When only running streams
 * are left, the one that grows is given up: it goes on for its own client, and only a stream without one is stopped.
 */

import { randomUUID } from 'node:crypto'
import type { Clock } from '@moonbase/core/generation'
import { type ApiError, apiError } from '@moonbase/protocol'
import { ByteCells } from './byte-cells.ts'
import { KeptStream, type OrganisationStreams } from './kept-stream.ts'
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts'
import type { StreamWishes } from './stream-wishes.ts'
import { type Keeper, type Limit, type StreamClient, StreamWriter } from './stream-writer.ts'

/** How often expired streams are looked for. Nobody gets one that has expired, whenever the last look was. */
const SWEEP_EVERY_MS = 5_000

export class StreamStore {
  readonly #cells = new ByteCells()
  readonly #clock: Clock
  readonly #limits: StreamLimits
  readonly #streams = new Map<string, KeptStream>()
  /** By organisation; none without a stream. */
  readonly #byOrganisation = new Map<string, OrganisationStreams>()
  #bytes = 0
  /** Generations without a client, and since when, in milliseconds since the Unix epoch. */
  readonly #detached = new Map<StreamWriter, number>()
  readonly #end = new AbortController()
  #sweeping = false
  #closing: ApiError | undefined
  #onQuiet: (() => void) | undefined
  readonly #keeper: Keeper

  constructor(clock: Clock, limits: Partial<StreamLimits> = {}) {
    this.#clock = clock
    this.#limits = { ...STREAM_LIMITS, ...limits }
    this.#keeper = {
      refusal: (stream, units) => this.#refusal(stream, units),
      append: (stream, text) => this.#weigh(stream, stream.append(text)),
      giveUp: (stream) => this.#weigh(stream, stream.giveUp()),
      detached: (writer) => this.#detach(writer),
      ended: (writer) => this.#ended(writer),
    }
  }

  /**
   * The writing end of a new stream; it must be ended in any case. `client` is `undefined` where there is none.
   *
   * @throws ApiError `stream_limit` when the stream is to go on without its client and there is no room for it
   */
  open(organisation: string, wishes: StreamWishes, client: StreamClient | undefined): StreamWriter {
    const limit = this.#placeFor(organisation)
    if (limit !== undefined && wishes.detach) throw apiError('stream_limit', limit)
    const stream = limit === undefined ? this.#add(organisation) : undefined
    return new StreamWriter({ keeper: this.#keeper, stream, wishes, client })
  }

  /**
   * A promise, because a stream may be another worker's one day.
   *
   * @throws ApiError `stream_not_found` for one that is unknown, not begun, expired, or of another organisation
   */
  // oxlint-disable-next-line typescript/require-await -- whoever asks must not count on having it at once
  async find(id: string, organisation: string): Promise<KeptStream> {
    const stream = this.#own(id, organisation)
    if (stream?.begun !== true) throw apiError('stream_not_found', { id })
    return stream
  }

  /** Stops a running stream, which then ends with `reason`. False when there is none of this id: of others, or ended. */
  stop(id: string, organisation: string, reason: ApiError): boolean {
    const running = this.#own(id, organisation)?.running
    running?.stop(reason)
    return running !== undefined
  }

  /** @throws ApiError `stream_limit` when too many read the stream already */
  admitReader(stream: KeptStream): void {
    const { readers } = this.#limits
    if (stream.readers >= readers) throw apiError('stream_limit', { limit: readers, unit: 'readers of one stream' })
    stream.readers += 1
  }

  /** What is kept now, for metrics. */
  get size(): { readonly streams: number; readonly bytes: number; readonly detached: number } {
    return { streams: this.#streams.size, bytes: this.#bytes, detached: this.#detached.size }
  }

  /** Stops the generations without a client; resolves when they have ended. */
  async close(reason: ApiError): Promise<void> {
    this.#closing = reason
    this.#end.abort()
    for (const writer of this.#detached.keys()) writer.stop(reason)
    if (this.#detached.size > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve))
  }

  #own(id: string, organisation: string): KeptStream | undefined {
    const stream = this.#streams.get(id)
    const own = stream !== undefined && stream.owner.organisation === organisation
    return own && stream.expiresAt > this.#clock.now() ? stream : undefined
  }

  /** The limit that leaves no place for another stream, after what is finished has made room. */
  #placeFor(organisation: string): Limit | undefined {
    const { organisationStreams, allStreams } = this.#limits
    const owner = this.#byOrganisation.get(organisation)
    if (owner !== undefined && owner.streams >= organisationStreams && !this.#forgetOldest(owner)) {
      return { limit: organisationStreams, unit: 'running streams of one organisation' }
    }
    if (this.#streams.size >= allStreams && !this.#forgetOfHeaviest()) {
      return { limit: allStreams, unit: 'running streams of this server' }
    }
    return undefined
  }

  #add(organisation: string): KeptStream {
    let owner = this.#byOrganisation.get(organisation)
    if (owner === undefined) {
      owner = { organisation, streams: 0, bytes: 0, finished: [] }
      this.#byOrganisation.set(organisation, owner)
    }
    const stream = new KeptStream(newStreamId(), owner, this.#cells)
    owner.streams += 1
    this.#streams.set(stream.id, stream)
    if (!this.#sweeping && !this.#end.signal.aborted) void this.#sweep()
    return stream
  }

  /** Asked for each event of each stream; what is finished is looked at only when it must go. */
  #refusal({ bytes, owner }: KeptStream, more: number): Limit | undefined {
    const { streamBytes, organisationBytes, allBytes } = this.#limits
    if (bytes + more > streamBytes) return { limit: streamBytes, unit: 'bytes of one stream' }
    while (owner.bytes + more > organisationBytes) {
      if (!this.#forgetOldest(owner)) return { limit: organisationBytes, unit: 'bytes of one organisation' }
    }
    while (this.#bytes + more > allBytes) {
      if (!this.#forgetOfHeaviest()) return { limit: allBytes, unit: 'bytes of this server' }
    }
    return undefined
  }

  #weigh({ owner }: KeptStream, grown: number): void {
    owner.bytes += grown
    this.#bytes += grown
  }

  /** The organisation that takes most of the room pays for it, with a hundredth at once: finding it takes time. */
  #forgetOfHeaviest(): boolean {
    const heaviest = this.#heaviestOwner()
    let left = Math.ceil(this.#limits.allStreams / 100)
    while (left > 0 && this.#forgetOldest(heaviest)) left -= 1
    return heaviest !== undefined
  }

  /** Of those that have something finished to forget. */
  #heaviestOwner(): OrganisationStreams | undefined {
    let heaviest: OrganisationStreams | undefined
    for (const owner of this.#byOrganisation.values()) {
      if (owner.finished.length > 0 && (heaviest === undefined || owner.bytes > heaviest.bytes)) heaviest = owner
    }
    return heaviest
  }

  #forgetOldest(owner: OrganisationStreams | undefined): boolean {
    const oldest = owner?.finished.shift()
    if (oldest !== undefined) this.#forget(oldest)
    return oldest !== undefined
  }

  #forget(stream: KeptStream): void {
    const { id, owner } = stream
    this.#streams.delete(id)
    // Whoever is reading it is told so.
    this.#weigh(stream, stream.giveUp())
    owner.streams -= 1
    if (owner.streams === 0) this.#byOrganisation.delete(owner.organisation)
  }

  #detach(writer: StreamWriter): void {
    this.#detached.set(writer, this.#clock.now())
    if (this.#closing !== undefined) writer.stop(this.#closing)
  }

  #ended(writer: StreamWriter): void {
    if (this.#detached.delete(writer) && this.#detached.size === 0) this.#onQuiet?.()
    const { stream } = writer
    if (stream === undefined) return
    // Nobody was told its id.
    if (!writer.begun) return this.#forget(stream)
    this.#weigh(stream, stream.end())
    stream.expiresAt = this.#clock.now() + this.#limits.keepMs
    stream.owner.finished.push(stream)
  }

  /** One sleeping loop for all streams; it sleeps for as long as there are any. */
  async #sweep(): Promise<void> {
    this.#sweeping = true
    try {
      while (this.#streams.size > 0) {
        await this.#clock.sleep(SWEEP_EVERY_MS, this.#end.signal)
        this.#look(this.#clock.now())
      }
    } catch (error) {
      // Only its own end wakes it early.
      if (!this.#end.signal.aborted) throw error
    } finally {
      this.#sweeping = false
    }
  }

  #look(now: number): void {
    const { keepMs, detachedMs } = this.#limits
    for (const [writer, since] of this.#detached) {
      if (now - since >= detachedMs) {
        writer.stop(apiError('detached_limit', { limit: Math.round(detachedMs / 1000), unit: 'seconds' }))
      }
    }
    for (const { finished } of this.#byOrganisation.values()) {
      for (let oldest = finished[0]; oldest !== undefined && oldest.expiresAt <= now; oldest = finished[0]) {
        finished.shift()
        if (oldest.readers === 0) this.#forget(oldest)
        else {
          // Nobody is cut off in the middle of a replay for its age; for want of room he may be.
          oldest.expiresAt = now + keepMs
          finished.push(oldest)
        }
      }
    }
  }
}

/** 122 bits of chance. A UUID comes as a tree of small strings; taking its dashes out leaves one string of a tenth the size. */
function newStreamId(): string {
  return `stream-${randomUUID().replaceAll('-', '')}`
}
