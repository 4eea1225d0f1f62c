/** What a matrix of who may ask what must know of one API: written by hand, apart from its table of routes. */

import { type Face, askFace } from '../faces/face.ts'
import type { Customer } from '../support/operator.ts'
import type { Expected } from './roles.ts'

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As the table of routes has it; `undefined`: it is no route of it. */
  readonly route: string | undefined
  /** `{own.name}` and `{other.name}` are what was made for two organisations; `{n}` is another number for each who asks. */
  readonly path: string
  readonly body?: unknown
  /** Of a body that is no JSON. */
  readonly contentType?: string
  readonly expected: Expected
}

export type Made = Readonly<Record<string, string>>

export interface ApiRoutes {
  /** Which says how it is asked and how it refuses. */
  readonly face: Face
  /** What its table has: method and path. */
  readonly known: readonly string[]
  readonly asks: readonly Ask[]
  /** What is there of a customer when the others ask. */
  make(server: { readonly url: string }, customer: Customer): Promise<Made>
  /** Of each refusal its type and its words: `type: words`. */
  readonly refusals: Readonly<Record<number, RegExp>>
}

/** An entry whose path is that of its route, filled in where that has a name. */
export function ask(
  route: string,
  expected: Expected,
  { path, ...asked }: Partial<Pick<Ask, 'path' | 'body' | 'contentType'>> = {},
): Ask {
  const [method = '', pattern = ''] = route.split(' ')
  if (!isMethod(method)) throw new Error(`${method} is no method that is asked here`)
  return { method, route, path: path ?? pattern, expected, ...asked }
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function isMethod(name: string): name is Ask['method'] {
  return METHODS.some((method) => method === name)
}

export function known(routes: readonly { readonly method: string; readonly path: string }[]): readonly string[] {
  return routes.map(({ method, path }) => `${method} ${path}`)
}

/** Asks for an answer as a customer does. @returns the header by which it is found again */
export async function headerOfAnswer(
  face: Face,
  { url }: { readonly url: string },
  { key }: Customer,
  header: string,
): Promise<string> {
  const { headers, text } = await askFace(face, { url, key }, { body: face.asking('say-it', true) })
  const found = headers.get(header)
  if (found === null) throw new Error(`no ${header}: ${text}`)
  return found
}
