/** What a key may look like, and how a new one is made. */

import { randomBytes } from 'node:crypto'

export const KEY_CHARACTERS = { least: 8, most: 512 } as const

/**
 * RFC 6750 allows letters, digits and `-._~+/=` in a bearer token; to these come the signs that password generators
 * like. Not among them: quotes, commas, brackets and the backslash, which reach a header only by mistake.
 */
const KEY_TEXT = /^[A-Za-z0-9\-._~+/=!#$%&*:@^|]+$/

/** Whether a text is made of the characters of a key, whatever its length. */
export function isKeyText(text: string): boolean {
  return KEY_TEXT.test(text)
}

/** What is wrong with a key that an operator chose, in words that do not repeat it. `undefined`: nothing. */
export function wrongWithKey(key: string): string | undefined {
  const { least, most } = KEY_CHARACTERS
  if (key.length < least || key.length > most) return `must have ${least} to ${most} characters (it has ${key.length})`
  if (/^(["']).*\1$/.test(key))
    return 'holds quotation marks at both ends, which would be part of the key; leave them out'
  if (!isKeyText(key)) {
    return 'may hold letters, digits and - . _ ~ + / = ! # $ % & * : @ ^ | and nothing else, also no space or line end'
  }
  return undefined
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const GENERATED_CHARACTERS = 48

const API_KEY = 'sk-'
/** An API key never begins like this, for base 62 has no dash; and whoever looks for leaked `sk-…` finds these too. */
const ADMIN_KEY = 'sk-admin-'

/** `sk-` and 48 characters of base 62: 285 bits. `random` is for tests. */
export function generateKey(random: (bytes: number) => Uint8Array = randomBytes): string {
  return API_KEY + fairCharacters(random)
}

/** `sk-admin-` and 48 characters of base 62. `random` is for tests. */
export function generateAdminKey(random: (bytes: number) => Uint8Array = randomBytes): string {
  return ADMIN_KEY + fairCharacters(random)
}

const SHOWN_CHARACTERS = 4
/** Of a key that has fewer, the first characters would tell too much. */
const LEAST_HIDDEN = 16

/** The first characters of a key, by which people recognise it: `sk-Ab3d`. Empty for a short one. */
export function shownPrefix(key: string): string {
  const fixed = [ADMIN_KEY, API_KEY].find((prefix) => key.startsWith(prefix)) ?? ''
  const shown = key.slice(0, fixed.length + SHOWN_CHARACTERS)
  return key.length - shown.length < LEAST_HIDDEN ? '' : shown
}

function fairCharacters(random: (bytes: number) => Uint8Array): string {
  // 248 is the largest multiple of 62 in a byte; bytes from there on are thrown away, so that no character is likelier.
  const fair = 256 - (256 % ALPHABET.length)
  let characters = ''
  while (characters.length < GENERATED_CHARACTERS) {
    for (const byte of random(64)) {
      if (byte < fair && characters.length < GENERATED_CHARACTERS) characters += ALPHABET[byte % ALPHABET.length]
    }
  }
  return characters
}
