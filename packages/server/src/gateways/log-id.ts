/** Ids of logs: 26 characters, of which the first ten are the time, as Cloudflare's are (ULIDs). */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const OPPOSITE = new Map(
  Array.from(ALPHABET, (character, at) => [character, ALPHABET.charAt(ALPHABET.length - 1 - at)]),
)
const TIME_CHARACTERS = 10
const CHANCE_CHARACTERS = 16

/** In the order in which they were made, also within one millisecond. */
export class LogIds {
  readonly #random: (bytes: number) => Uint8Array
  #madeAt = Number.NEGATIVE_INFINITY
  /** Places in the alphabet, behind the time. */
  #chance: number[] = []

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random
  }

  /** @param now milliseconds since the Unix epoch; a clock that went back stands still here */
  next(now: number): string {
    if (now > this.#madeAt) {
      this.#madeAt = now
      this.#chance = Array.from(this.#random(CHANCE_CHARACTERS), (byte) => byte % ALPHABET.length)
    } else this.#count()
    let time = ''
    for (let rest = this.#madeAt; time.length < TIME_CHARACTERS; rest = Math.floor(rest / ALPHABET.length)) {
      time = ALPHABET.charAt(rest % ALPHABET.length) + time
    }
    return time + this.#chance.map((place) => ALPHABET.charAt(place)).join('')
  }

  /** One more; the last of all numbers is followed by the first, of which nobody makes so many in a millisecond. */
  #count(): void {
    for (let at = this.#chance.length - 1; at >= 0; at -= 1) {
      const place = ((this.#chance[at] ?? 0) + 1) % ALPHABET.length
      this.#chance[at] = place
      if (place !== 0) return
    }
  }
}

export function isLogId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text)
}

/** Its counterpart, which comes earlier in order the later the log is: documents are listed in one direction only. And back. */
export function reversed(id: string): string {
  let other = ''
  for (const character of id) other += OPPOSITE.get(character) ?? ''
  return other
}
