/** Ways to cut a text or bytes into consecutive pieces, for tests in which chunking must not matter. */

/**
 * Every way to cut `input` into 1 to `maxPieces` non-empty consecutive pieces; one empty piece when `input` is empty.
 *
 * The count grows as the binomials of the length, so it is for small inputs: 23 characters in up to 3 pieces are 254 ways.
 * Pieces of bytes are views into `input` with an offset of their own: a reader that forgets `byteOffset` is caught.
 */
export function everySplit(input: string, maxPieces: number): Generator<string[]>
export function everySplit(input: Uint8Array, maxPieces: number): Generator<Uint8Array[]>
export function everySplit(
  input: string | Uint8Array,
  maxPieces: number,
): Generator<string[]> | Generator<Uint8Array[]> {
  const choices = everyChoice(input.length, maxPieces)
  return typeof input === 'string'
    ? cutAt(choices, (from, to) => input.slice(from, to))
    : cutAt(choices, (from, to) => input.subarray(from, to))
}

/** `count` ways to cut `input` at random places, into 1 to 12 pieces; the same ones for the same `seed`. */
export function randomSplits(input: string, seed: number, count: number): Generator<string[]>
export function randomSplits(input: Uint8Array, seed: number, count: number): Generator<Uint8Array[]>
export function randomSplits(
  input: string | Uint8Array,
  seed: number,
  count: number,
): Generator<string[]> | Generator<Uint8Array[]> {
  const choices = randomChoices(input.length, seededRandom(seed), count)
  return typeof input === 'string'
    ? cutAt(choices, (from, to) => input.slice(from, to))
    : cutAt(choices, (from, to) => input.subarray(from, to))
}

/** Numbers in [0, 1), the same ones for the same `seed`: a 32-bit counter whose bits are mixed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** The places of each way to cut: where one piece ends and the next begins, then the length. */
function* everyChoice(length: number, maxPieces: number): Generator<number[]> {
  yield [length]
  for (let cuts = 1; cuts < maxPieces && cuts < length; cuts += 1) {
    for (const places of risingNumbers(1, length - 1, cuts)) yield [...places, length]
  }
}

/** Every choice of `count` whole numbers from `first` to `last`, each in rising order. */
function* risingNumbers(first: number, last: number, count: number): Generator<number[]> {
  if (count === 0) {
    yield []
    return
  }
  for (let head = first; head <= last - count + 1; head += 1) {
    for (const rest of risingNumbers(head + 1, last, count - 1)) yield [head, ...rest]
  }
}

function* randomChoices(length: number, random: () => number, count: number): Generator<number[]> {
  for (let made = 0; made < count; made += 1) {
    const places = new Set<number>()
    const wanted = length > 1 ? Math.floor(random() * 12) : 0
    for (let cut = 0; cut < wanted; cut += 1) places.add(1 + Math.floor(random() * (length - 1)))
    yield [...[...places].toSorted((a, b) => a - b), length]
  }
}

function* cutAt<Piece>(choices: Generator<number[]>, pieceOf: (from: number, to: number) => Piece): Generator<Piece[]> {
  for (const places of choices) yield places.map((to, index) => pieceOf(places[index - 1] ?? 0, to))
}
