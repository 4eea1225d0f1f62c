/** Whether a pasted text is a request: JSON of a body, or a cURL command. Keys in it are dropped, for nothing but the body is read. */

import type { ChatRequest } from '@moonbase/protocol'
import { isRequest } from '../request/request-text.ts'
import type { Offered } from '../screens/desk.ts'

/** Words of a command as a shell reads them: single, double and ANSI quotes, and lines that go on. */
export function shellWords(command: string): string[] {
  const words: string[] = []
  let word: string | null = null
  const text = command.replace(/\\\r?\n/g, ' ')
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? ''
    if (/\s/.test(sign)) {
      if (word !== null) words.push(word)
      word = null
    } else if (sign === "'") {
      const ansi: boolean = word === '$'
      const end = closing(text, at + 1, "'", ansi)
      const inside = text.slice(at + 1, end)
      word = ansi ? unescaped(inside) : (word ?? '') + inside
      at = end
    } else if (sign === '"') {
      const end = closing(text, at + 1, '"', true)
      word = (word ?? '') + text.slice(at + 1, end).replace(/\\(["\\$`])/g, '$1')
      at = end
    } else if (sign === '\\') {
      at += 1
      word = (word ?? '') + (text[at] ?? '')
    } else word = (word ?? '') + sign
  }
  if (word !== null) words.push(word)
  return words
}

function closing(text: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1
    else if (text[at] === quote) return at
  }
  return text.length
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', "'": "'", '"': '"', '\\': '\\' }

const unescaped = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (whole, sign: string) =>
    sign.length === 5 ? String.fromCharCode(Number.parseInt(sign.slice(1), 16)) : (ESCAPES[sign] ?? whole),
  )

const BODY = new Set(['-d', '--data', '--data-raw', '--data-binary', '--json', '--data-ascii'])

function bodyOf(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return trimmed
  if (!/^\$?\s*curl\s/.test(trimmed)) return null
  const words = shellWords(trimmed)
  const at = words.findIndex((word) => BODY.has(word))
  return at === -1 ? null : (words[at + 1] ?? null)
}

export function requestInPaste(text: string): ChatRequest | null {
  const body = bodyOf(text)
  if (body === null) return null
  try {
    const value: unknown = JSON.parse(body)
    return isRequest(value) ? value : null
  } catch {
    return null
  }
}

export function offerIn(text: string): Offered | null {
  if (text.length > 20_000_000) return null
  return requestInPaste(text) === null ? null : { kind: 'request', text }
}
