/** Ids of logs: 26 characters, of which the first ten are the time, as Cloudflare's are (ULIDs). */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_CHARACTERS = 10
const CHANCE_CHARACTERS = 16

/** @param chance 16 random bytes */
export function newLogId(now: number, chance: Uint8Array): string {
  let time = ''
  for (let rest = now; time.length < TIME_CHARACTERS; rest = Math.floor(rest / 32)) {
    time = `${ALPHABET.charAt(rest % 32)}${time}`
  }
  return time + Array.from(chance.subarray(0, CHANCE_CHARACTERS), (byte) => ALPHABET.charAt(byte % 32)).join('')
}

export function isLogId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text)
}

/** Its counterpart, which comes earlier in order the later the log is: documents are listed in one direction only. And back. */
export function reversed(id: string): string {
  return Array.from(id, (character) => ALPHABET.charAt(ALPHABET.length - 1 - ALPHABET.indexOf(character))).join('')
}
