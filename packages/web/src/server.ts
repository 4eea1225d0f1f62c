/** What the page asks of its server beside answers: who it is for, its key, what a request would cost. Never with a key of its own: the cookie goes along. */

import type { ChatRequest } from '@moonbase/protocol'

/** As `GET /web/v1/me` has it, what is needed of it. Money is decimals as text. */
export interface Me {
  readonly session: {
    readonly api_key: { readonly name: string } | null
    readonly admin_key: { readonly name: string } | null
    readonly expires_at: string
  } | null
  readonly organisation: { readonly name: string; readonly tier: string; readonly currency: string } | null
  readonly project: { readonly name: string } | null
  readonly key: { readonly name: string } | null
  readonly balance: { readonly available: string; readonly currency: string } | null
  readonly models: readonly {
    readonly id: string
    readonly context_length: number
    readonly thinking: 'switch' | 'always' | 'never'
    readonly default_max_tokens: number
    readonly retired: string | null
    readonly engines: readonly { readonly name: string; readonly stand_in: boolean }[]
  }[]
}

interface Estimated {
  readonly tokens: number
  readonly exact: boolean
  readonly currency: string
  readonly at_most: string | null
  readonly held: string | null
}

/** Every request of the page says that it is one: a form of another page cannot. */
const HEADERS = { 'x-moonbase-web': '1' } as const

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path, {
    ...init,
    headers: { ...HEADERS, ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) },
  })
}

/** JSON of a reply; the shapes are the server's own, and tested on its side. */
async function read<Shape>(reply: Response): Promise<Shape> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's own shape
  return (await reply.json()) as Shape
}

/** null where the server does not know whose page this is. */
export async function me(signal?: AbortSignal): Promise<Me | null> {
  const reply = await ask('/web/v1/me', signal === undefined ? {} : { signal })
  if (reply.status === 401 || reply.status === 403) return null
  if (!reply.ok) throw new Error(`${reply.status}`)
  return read<Me>(reply)
}

export async function enterByToken(token: string): Promise<boolean> {
  const reply = await ask('/web/v1/enter', { method: 'POST', body: JSON.stringify({ token }) })
  return reply.ok
}

export async function enterByKey(key: string): Promise<boolean> {
  const reply = await ask('/web/v1/session', { method: 'POST', body: JSON.stringify({ key }) })
  return reply.ok
}

export async function leave(): Promise<void> {
  await ask('/web/v1/session', { method: 'DELETE' })
}

/** null where the request is none that could be counted yet. */
export async function estimate(request: ChatRequest, signal: AbortSignal): Promise<Estimated | null> {
  const reply = await ask('/web/v1/estimate', { method: 'POST', body: JSON.stringify(request), signal })
  return reply.ok ? read<Estimated>(reply) : null
}
