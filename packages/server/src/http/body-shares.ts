/**
 * The bytes of request bodies that are in hand, bounded for all together and fair between owners: when there is no room, the
 * newest body of whoever holds most gives way.
 *
 * A body counts from its first byte until its exchange is over, for so long something of it is in memory. Bodies that stop
 * coming, or come a few bytes at a time, are given up: nobody holds memory by not going on.
 */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import { type Linked, LinkedList } from '../collections/linked-list.ts'
import { SHARE_RETRY_MS, shareError } from '../shares/share-error.ts'

export interface BodyLimits {
  /** Of all bodies in hand. */
  readonly bytes: number
  /** A body that comes slower is given up; 0: none is. */
  readonly bytesPerSecond: number
}

/** What is told when a body has to give way, or came too slowly. */
export interface ComingBody {
  fail(error: ApiError): void
}

/** Of the bytes of all; so others find room while one owner's answers are under way, which cannot give way. */
const MOST_OF_ONE = 3 / 4
/** How long a body may come slowly, in looks of a second each: a network may pause. */
const LOOKS = 10
const WHAT = 'request bodies'

class Owner {
  readonly name: string
  bytes = 0
  /** Bodies in hand, whether they still come or not. */
  bodies = 0
  /** Those on their way, the oldest first. */
  readonly coming = new LinkedList<BodyShare>()

  constructor(name: string) {
    this.name = name
  }
}

export class BodyShares {
  readonly #limits: BodyLimits
  /** One stays for a while after its last body: most come back at once. */
  readonly #owners = new Map<string, Owner>()
  #bytes = 0

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  /** Of all bodies in hand. */
  get bytes(): number {
    return this.#bytes
  }

  open(name: string, body: ComingBody): BodyShare {
    let owner = this.#owners.get(name)
    if (owner === undefined) {
      owner = new Owner(name)
      this.#owners.set(name, owner)
    }
    return new BodyShare(this, owner, body)
  }

  /**
   * To be called once a second. What was slow is judged by how often it was looked at and not by a clock: when this server is
   * held up, its clients are not to blame.
   */
  look(): void {
    const { bytesPerSecond } = this.#limits
    for (const [name, { bodies, coming }] of this.#owners) {
      if (bodies === 0) this.#owners.delete(name)
      for (const share of coming) if (share.isSlow(bytesPerSecond)) share.fail(tooSlow(bytesPerSecond))
    }
  }

  /** So many bytes more, or fewer. */
  charge(bytes: number): void {
    this.#bytes += bytes
  }

  /** The refusal of what will pass its owner's part. */
  roomFor(bytes: number, { name, bytes: held }: Owner): ApiError | undefined {
    if (held === 0 || held + bytes <= this.#limits.bytes * MOST_OF_ONE) return undefined
    return shareError(
      name,
      WHAT,
      `its bodies hold ${held} of ${this.#limits.bytes} bytes, and ${bytes} more are announced`,
    )
  }

  /** The refusal of this very body; others may have been told to give way. */
  makeRoom(asking: BodyShare): ApiError | undefined {
    for (;;) {
      const owner = this.#overfull(asking.owner)
      if (owner === undefined) return undefined
      const newest = owner.coming.last
      // Nobody who could give way: all that is in hand is being answered.
      if (newest === undefined) return noRoom(this.#limits.bytes)
      const refusal = shareError(owner.name, WHAT, `its bodies hold ${owner.bytes} of ${this.#limits.bytes} bytes`)
      if (newest === asking) return refusal
      newest.fail(refusal)
    }
  }

  #overfull(asking: Owner): Owner | undefined {
    const { bytes } = this.#limits
    if (asking.bytes > bytes * MOST_OF_ONE) return asking
    if (this.#bytes <= bytes) return undefined
    let largest = asking
    for (const owner of this.#owners.values()) {
      if (owner.coming.size > 0 && owner.bytes > largest.bytes) largest = owner
    }
    return largest
  }
}

/** What one body has of it. */
export class BodyShare implements Linked<BodyShare> {
  readonly owner: Owner
  list: unknown = undefined
  before: BodyShare | undefined
  after: BodyShare | undefined
  readonly #shares: BodyShares
  readonly #body: ComingBody
  #bytes = 0
  /** Bytes and looks since it was last found to come fast enough. */
  #came = 0
  #looks = 0
  #isOver = false

  constructor(shares: BodyShares, owner: Owner, body: ComingBody) {
    this.#shares = shares
    this.owner = owner
    this.#body = body
    owner.bodies += 1
    owner.coming.add(this)
  }

  /** So many bytes are announced. The refusal of this body, where its owner has no room for them: nothing of it need be read. */
  expect(bytes: number): ApiError | undefined {
    return this.#shares.roomFor(bytes, this.owner)
  }

  /** So many bytes have come. The refusal of this body, where there is no room for them. */
  take(bytes: number): ApiError | undefined {
    this.#came += bytes
    this.#charge(bytes)
    return this.#shares.makeRoom(this)
  }

  /** All of it is here: it cannot give way any more. */
  arrived(): void {
    this.owner.coming.delete(this)
  }

  /** Nothing of it is in hand any more. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.owner.coming.delete(this)
    this.owner.bodies -= 1
    this.#charge(-this.#bytes)
  }

  fail(error: ApiError): void {
    this.end()
    this.#body.fail(error)
  }

  /** Asked at each look. */
  isSlow(bytesPerSecond: number): boolean {
    this.#looks += 1
    if (this.#looks < LOOKS) return false
    const isSlow = this.#came < bytesPerSecond * LOOKS
    this.#looks = 0
    this.#came = 0
    return isSlow
  }

  #charge(bytes: number): void {
    this.#bytes += bytes
    this.owner.bytes += bytes
    this.#shares.charge(bytes)
  }
}

function noRoom(bytes: number): ApiError {
  const reason = `request bodies hold all of their ${bytes} bytes`
  return apiErrorWith('server_busy', { reason, retryAfterMs: SHARE_RETRY_MS })
}

function tooSlow(bytes: number): ApiError {
  return apiError('body_too_slow', { bytes })
}
