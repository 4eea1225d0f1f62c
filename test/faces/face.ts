/** What a test must know of one face of the server, so that it can be asked and read like any other. */

import { isFields } from '@moonbase/protocol'
import { type CallOptions, type CalledReply, call } from '../support/call.ts'

export type Fields = Record<string, unknown>

/** A refusal, or a failure in mid-stream, by the words of its wire. */
export interface Refusal {
  /** What programs decide by. */
  readonly type: string
  readonly message: string
}

export interface ReadStream {
  /** Thoughts, text and arguments of calls, joined in the order in which they came. */
  readonly said: string
  /** Whether anything in it says that it is whole: a `[DONE]`, a finish, an event of that name. */
  readonly complete: boolean
  /** Of its last event, where that says one. */
  readonly failure: Refusal | undefined
}

/** Of a request what is not its body. */
export interface Shown {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Face {
  readonly name: string
  /** Where its answers are asked for. */
  readonly path: string
  /** A request for a path that shows a credential, as an `Authorization` has it: each way in which this wire takes one. */
  shown(authorization: string | undefined, path: string): readonly Shown[]
  /** The same with another model, '' for none, where it is not the body that names it. */
  readonly of?: (model: string) => Face
  /** A request of plain words: its body. */
  asking(words: string, stream: boolean): unknown
  /** Thoughts, text and arguments of a whole reply, joined; `undefined` for what is no reply. */
  saidIn(reply: unknown): string | undefined
  readStream(text: string): ReadStream
  /** `undefined` for what is no refusal in the form of this wire. */
  refusalIn(body: unknown): Refusal | undefined
  /** Requests which have, together, everything of this wire. */
  readonly seeds: readonly unknown[]
}

/** Every way to ask with this key, the usual one first. */
export function waysOf(face: Face, key: string, path = face.path): readonly Shown[] {
  return face.shown(`Bearer ${key}`, path)
}

/** Asks in the usual way. */
export function askFace(
  face: Face,
  { url, key }: { readonly url: string; readonly key: string },
  { headers, ...asked }: Omit<CallOptions, 'key'>,
): Promise<CalledReply> {
  const [way] = waysOf(face, key)
  if (way === undefined) throw new Error(`nobody can ask ${face.name}`)
  return call(url + way.path, { ...asked, key: null, headers: { ...way.headers, ...headers } })
}

export function byBearer(authorization: string | undefined, path: string): readonly Shown[] {
  return [{ path, headers: authorization === undefined ? {} : { authorization } }]
}

/** Where it leads, or `undefined`. */
export function at(value: unknown, ...names: readonly (string | number)[]): unknown {
  let found = value
  for (const name of names) {
    if (Array.isArray(found)) found = found[Number(name)] as unknown
    else found = isFields(found) ? found[name] : undefined
  }
  return found
}

export function textAt(value: unknown, ...names: readonly (string | number)[]): string {
  const found = at(value, ...names)
  return typeof found === 'string' ? found : ''
}

export function listAt(value: unknown, ...names: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...names)
  return Array.isArray(found) ? found : []
}

/** A refusal whose type and message stand at these names, both of them. */
export function refusalAt(type: unknown, message: unknown): Refusal | undefined {
  return typeof type === 'string' && typeof message === 'string' ? { type, message } : undefined
}

/** The data of the events of a stream, parsed, but for `[DONE]`. An event that is not ended is none. */
export function dataOf(text: string): unknown[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((event) => /^data: (.*)$/m.exec(event)?.[1] ?? [])
    .map((data): unknown => (data === '[DONE]' ? data : JSON.parse(data)))
}

export const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const PARAMETERS = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    days: { type: 'integer', minimum: 1, maximum: 7 },
    unit: { anyOf: [{ type: 'string', enum: ['c', 'f'] }, { type: 'null' }] },
  },
  required: ['city'],
}
