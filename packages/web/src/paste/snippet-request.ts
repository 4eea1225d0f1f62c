/** A request out of a program that calls `chat.completions.create`, in Python or TypeScript, and the id of a request in a text. */

import { isTable, type Literal, LiteralReader, UNKNOWN } from './read-literal.ts'

/** UTF-16 units: a program with pictures in it. */
const MOST_OF_PROGRAM = 20_000_000
const CALL = /\bchat\s*\.\s*completions\s*\.\s*(?:create|stream|parse)\s*\(/

export interface SnippetRequest {
  /** As far as it is written down: fields whose value a program works out are left out. */
  readonly request: Readonly<Record<string, unknown>>
  readonly leftOut: readonly string[]
}

/** What a client takes for itself, and never sends. */
const OF_THE_CLIENT = new Set(['extra_headers', 'extra_query', 'extra_body', 'timeout', 'api_key', 'apiKey', 'headers'])

/** `undefined`: there is no such call, or it cannot be read. Keys are never looked at: they stand in another call. */
export function snippetRequest(text: string): SnippetRequest | undefined {
  const found = text.length > MOST_OF_PROGRAM ? null : CALL.exec(text)
  if (found === null) return undefined
  let fields: Readonly<Record<string, Literal>>
  try {
    fields = new LiteralReader(text, found.index + found[0].length).call()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  const body = fields['extra_body']
  const all = Object.entries({ ...fields, ...(body !== undefined && isTable(body) && body) })
  const sent = all.filter(([name]) => !OF_THE_CLIENT.has(name))
  const known = sent.filter(([, value]) => isKnown(value))
  if (known.length === 0) return undefined
  const leftOut = sent.filter(([, value]) => !isKnown(value)).map(([name]) => name)
  return { request: Object.fromEntries(known), leftOut }
}

function isKnown(value: Literal): boolean {
  if (value === UNKNOWN) return false
  if (typeof value !== 'object' || value === null) return true
  return Object.values<Literal>(value).every(isKnown)
}

/** A text that is the id of a request and nothing else, as headers and logs have it. */
export function requestIdIn(text: string): string | undefined {
  const id = text.trim()
  return /^(?:req|request|chatcmpl)-[\w-]{8,64}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? id
    : undefined
}
