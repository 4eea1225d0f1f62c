/** Words of a POSIX shell, and the one call of curl that two spellings share. */

import { JSON_STYLE, printValue } from './print-value.ts'
import { KEY_VARIABLE, SpellingError } from './spelling.ts'

/**
 * One word, whatever is in it: between single quotes nothing is special but the quote itself.
 *
 * @throws SpellingError for NUL, which no argument of a program can hold
 */
export function quoteShell(text: string): string {
  if (text.includes('\0')) throw new SpellingError('nul', 'a word of a shell cannot hold NUL')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Linux takes no argument over 128 KiB, in bytes; a character of UTF-16 has three of them at most. */
const LONGEST_ARGUMENT = Math.floor((128 * 1024) / 3) - 1

export interface CurlCall {
  readonly url: string
  readonly body: object
  readonly stream: boolean
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * A call with this JSON. Long bodies go in by a here-document: its delimiter is quoted, so the shell changes nothing in it,
 * and no line of JSON is that word.
 */
export function curlCall({ url, body, stream, headers = {} }: CurlCall): string {
  const json = printValue(body, JSON_STYLE)
  const long = json.length > LONGEST_ARGUMENT
  const lines = [
    `curl ${stream ? '-N ' : ''}${quoteAddress(url)}`,
    `-H "Authorization: Bearer $${KEY_VARIABLE}"`,
    `-H 'Content-Type: application/json'`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoteShell(`${name}: ${value}`)}`),
    long ? `--data-binary @- <<'JSON'\n${json}\nJSON` : `-d ${quoteShell(json)}`,
  ]
  return `${lines.join(' \\\n  ')}\n`
}

/** Plain where it needs no quotes, as people write it. */
function quoteAddress(url: string): string {
  return /^[\w:/.@%+,-]+$/.test(url) ? url : quoteShell(url)
}
