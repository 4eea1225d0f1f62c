/** Tokens by id and ids by bytes, in flat arrays: a vocabulary of 160,000 tokens takes some 6 MB and few objects. */

/** Odd, and of no pattern: a hash is a polynomial of the bytes in it, so that it is known for any stretch of a piece. */
const BASE = 0x2c_1b_3c_6d
const SPREAD = 0x9e_37_79_b1

const SLOT = 4
const INLINE_BYTES = 8
/** Ids are below a million, and tokens no longer than 1024 bytes: both fit into 31 bits. */
const ID_BITS = 20
const ID_MASK = (1 << ID_BITS) - 1
/** The filter has four bits for a slot. */
const FILTER_BITS = 2

export class DuplicateTokenError extends Error {
  override readonly name = 'DuplicateTokenError'
  readonly first: number
  readonly second: number

  constructor(first: number, second: number) {
    super(`tokens ${first} and ${second} have the same bytes`)
    this.first = first
    this.second = second
  }
}

export class TokenTable {
  readonly count: number
  /** Of the longest token, in bytes. */
  readonly longest: number
  readonly #bytes: Uint8Array
  /** Where each token begins in `#bytes`, and where the last one ends. */
  readonly #offsets: Uint32Array
  /**
   * Four numbers each: a hash; length and id + 1, or 0 where there is nothing; the first bytes of the token. One place in
   * memory answers for all but long tokens. Two in three are taken at most, so that a search ends soon.
   */
  readonly #slots: Int32Array
  /** The same as bytes. */
  readonly #slotBytes: Uint8Array
  readonly #shift: number
  /** A bit for some hashes, set where a token may have such a one: most searches are in vain, and end here. */
  readonly #filter: Uint8Array
  readonly #powers: Int32Array

  /** Throws a `DuplicateTokenError`. No token is empty. */
  constructor(bytes: Uint8Array, offsets: Uint32Array) {
    this.#bytes = bytes
    this.#offsets = offsets
    this.count = offsets.length - 1
    const bits = 32 - Math.clz32(Math.floor(Math.max(256, this.count) * 1.5))
    this.#slots = new Int32Array(SLOT << bits)
    this.#slotBytes = new Uint8Array(this.#slots.buffer)
    this.#shift = 32 - bits
    this.#filter = new Uint8Array(1 << (bits - 1))
    let longest = 0
    for (let id = 0; id < this.count; id += 1) longest = Math.max(longest, this.#add(id))
    this.longest = longest
    this.#powers = new Int32Array(longest + 1)
    this.#powers[0] = 1
    for (let power = 1; power <= longest; power += 1) {
      this.#powers[power] = Math.imul(this.#powers[power - 1] ?? 0, BASE)
    }
  }

  /** A view of the token's bytes; nothing when there is no such token. */
  bytesOf(id: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[id] ?? 0, this.#offsets[id + 1] ?? 0)
  }

  /** The id of the token with these bytes, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.longest) return -1
    return this.#search(bytes, start, end, hashOf(bytes, start, end))
  }

  /** As `find`, for a stretch of a piece that begins at `base` and has these `prefixes`; bounds are relative to the piece. */
  findWithin(bytes: Uint8Array, base: number, prefixes: Int32Array, start: number, end: number): number {
    const length = end - start
    if (length > this.longest) return -1
    const hash = ((prefixes[end] ?? 0) - Math.imul(prefixes[start] ?? 0, this.#powers[length] ?? 0)) | 0
    return this.#search(bytes, base + start, base + end, hash)
  }

  /** Returns the token's length. */
  #add(id: number): number {
    const start = this.#offsets[id] ?? 0
    const end = this.#offsets[id + 1] ?? 0
    const hash = hashOf(this.#bytes, start, end)
    const found = this.#search(this.#bytes, start, end, hash)
    if (found >= 0) throw new DuplicateTokenError(found, id)
    const spread = Math.imul(hash, SPREAD)
    const bit = spread >>> (this.#shift - FILTER_BITS)
    this.#filter[bit >> 3] = (this.#filter[bit >> 3] ?? 0) | (1 << (bit & 7))
    const slots = this.#slots
    let slot = (spread >>> this.#shift) * SLOT
    while (slots[slot + 1] !== 0) slot = (slot + SLOT) & (slots.length - 1)
    const length = end - start
    slots[slot] = hash
    slots[slot + 1] = (length << ID_BITS) | (id + 1)
    this.#slotBytes.set(this.#bytes.subarray(start, Math.min(end, start + INLINE_BYTES)), (slot + 2) * 4)
    return length
  }

  #search(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const spread = Math.imul(hash, SPREAD)
    const bit = spread >>> (this.#shift - FILTER_BITS)
    if (((this.#filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return -1
    const slots = this.#slots
    const length = end - start
    let slot = (spread >>> this.#shift) * SLOT
    for (;;) {
      const entry = slots[slot + 1] ?? 0
      if (entry === 0) return -1
      if (slots[slot] === hash && entry >> ID_BITS === length && this.#is(slot, entry, bytes, start, length)) {
        return (entry & ID_MASK) - 1
      }
      slot = (slot + SLOT) & (slots.length - 1)
    }
  }

  #is(slot: number, entry: number, bytes: Uint8Array, start: number, length: number): boolean {
    const long = length > INLINE_BYTES
    const own = long ? this.#bytes : this.#slotBytes
    const first = long ? (this.#offsets[(entry & ID_MASK) - 1] ?? 0) : (slot + 2) * 4
    for (let at = 0; at < length; at += 1) if (own[first + at] !== bytes[start + at]) return false
    return true
  }
}

/** Writes the hashes of `bytes[start..start + n)` for every n up to the length: what `findWithin` needs. */
export function writePrefixes(prefixes: Int32Array, bytes: Uint8Array, start: number, end: number): void {
  let hash = 0
  prefixes[0] = 0
  for (let at = start; at < end; at += 1) {
    hash = step(hash, bytes[at] ?? 0)
    prefixes[at - start + 1] = hash
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at += 1) hash = step(hash, bytes[at] ?? 0)
  return hash
}

/** One is added so that zeros in front are not nothing. */
function step(hash: number, byte: number): number {
  return (Math.imul(hash, BASE) + byte + 1) | 0
}
