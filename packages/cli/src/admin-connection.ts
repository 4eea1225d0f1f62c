/** One question to the operator's API of a running server, and what went wrong with it in words. */

import type { Terminal } from './terminal.ts'

/** Options of every command that asks a server. */
export interface ConnectionFlags {
  readonly url?: string
  readonly config?: string
  readonly data?: string
}

export interface AdminQuestion {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Behind `/admin/v1`, its parts encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly csv?: boolean
}

export interface AdminAnswer {
  readonly text: string
  /** `undefined` for a table. */
  readonly json: unknown
  /** Where the next page of a table begins. */
  readonly nextAfter: string | undefined
}

/** The operator can mend it. */
export class AdminFailure extends Error {
  override readonly name = 'AdminFailure'
  readonly lines: readonly string[]
  readonly exitCode: number

  constructor(lines: readonly string[], exitCode: number, cause?: unknown) {
    super(lines.join('\n'), { cause })
    this.lines = lines
    this.exitCode = exitCode
  }
}

export const REFUSED = 1
/** `EX_UNAVAILABLE` of sysexits.h: trying again later may help. */
export const UNAVAILABLE = 69

const USUAL_URL = 'http://127.0.0.1:2500'
/** An audit of large books takes minutes. */
const PATIENCE_MS = 600_000

/** @throws AdminFailure, or StartError for files that cannot be read */
export async function askServer(
  question: AdminQuestion,
  flags: ConnectionFlags,
  terminal: Terminal,
): Promise<AdminAnswer> {
  const base = serverUrl(flags, terminal)
  const key = await adminKey(flags, terminal)
  const response = await send(question, base, key)
  return answerOf(response, base)
}

/** @throws AdminFailure for a refusal, and for what is no answer of ours */
export async function answerOf(response: Response, base: string): Promise<AdminAnswer> {
  const text = await response.text().catch((error: unknown) => {
    throw new AdminFailure([`the answer of ${base} broke off: ${reasonOf(error)}`], UNAVAILABLE, error)
  })
  const type = response.headers.get('content-type') ?? ''
  const json: unknown = type.startsWith('application/json') ? parsed(text) : undefined
  if (!response.ok) throw refusal(response, json, base)
  if (json === undefined && !type.startsWith('text/csv')) throw notOurs(response, base)
  return { text, json, nextAfter: response.headers.get('x-moonbase-next-after') ?? undefined }
}

/** @throws AdminFailure */
export function serverUrl({ url }: Pick<ConnectionFlags, 'url'>, { environment }: Terminal): string {
  const given = url ?? environment['MOONBASE_URL'] ?? USUAL_URL
  const address = URL.parse(given)
  if (address === null || !/^https?:$/.test(address.protocol) || address.username !== '' || address.search !== '') {
    throw new AdminFailure([`--url and MOONBASE_URL must be the address of a server, such as ${USUAL_URL}`], REFUSED)
  }
  return address.href.replace(/\/+$/, '')
}

/** From the environment, or as the server on this machine made it. */
async function adminKey({ config, data }: ConnectionFlags, { environment }: Terminal): Promise<string> {
  const brought = environment['MOONBASE_ADMIN_KEY']
  if (brought !== undefined && brought !== '') return headerSafe(brought)
  const [{ loadConfiguration }, { generatedAdminKey }] = await Promise.all([
    import('@moonbase/server/configuration'),
    import('@moonbase/server/admin'),
  ])
  const places = { ...(config === undefined ? {} : { config }), ...(data === undefined ? {} : { data }) }
  const { dataFolder } = await loadConfiguration({ arguments: places, environment })
  const made = generatedAdminKey(dataFolder)
  if (made !== undefined) return made
  throw new AdminFailure(
    [
      `no admin key: MOONBASE_ADMIN_KEY is not set, and ${dataFolder} has no credentials of a server`,
      'Set MOONBASE_ADMIN_KEY, or name the data folder of the server with --data.',
    ],
    REFUSED,
  )
}

/** Anything else would be quoted in an error of `fetch`. */
function headerSafe(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new AdminFailure(['MOONBASE_ADMIN_KEY holds blanks or signs that no key has'], REFUSED)
}

async function send(question: AdminQuestion, base: string, key: string): Promise<Response> {
  const { method, path, query = {}, body, idempotencyKey, csv } = question
  const url = new URL(`${base}/admin/v1${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  const headers = new Headers({
    Authorization: `Bearer ${key}`,
    Accept: csv === true ? 'text/csv' : 'application/json',
  })
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey)
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  return reach(base, url, { method, headers, ...content })
}

/** A key goes nowhere but to the server that was named. @throws AdminFailure where nobody answers */
export async function reach(base: string, url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (error) {
    throw new AdminFailure(
      [
        `no server answers at ${base} (${reasonOf(error)})`,
        'Start one with `moonbase serve`, or name another with --url or MOONBASE_URL.',
      ],
      UNAVAILABLE,
      error,
    )
  }
}

function refusal(response: Response, json: unknown, base: string): AdminFailure {
  const message = field(field(json, 'error'), 'message')
  if (typeof message !== 'string') return notOurs(response, base)
  const id = response.headers.get('x-request-id')
  return new AdminFailure(
    [`the server refused it: ${plain(message)}`, ...hints(response.status), ...(id === null ? [] : [`request: ${id}`])],
    response.status >= 500 ? UNAVAILABLE : REFUSED,
  )
}

function hints(status: number): string[] {
  if (status === 401) {
    return ['The admin key is that of MOONBASE_ADMIN_KEY, or the one in the data folder (--data) of the server.']
  }
  if (status === 403) return ['This admin key lacks the scope for it; `moonbase whoami` shows what it may do.']
  return []
}

function notOurs(response: Response, base: string): AdminFailure {
  return new AdminFailure([`${base} answers with status ${response.status}, and not as moonbase does`], REFUSED)
}

/** Texts of others may hold signs that steer a terminal. */
export function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}

export function field(value: unknown, name: string): unknown {
  return new Map<string, unknown>(Object.entries(Object(value))).get(name)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return cause instanceof Error ? cause.message : String(cause)
}
