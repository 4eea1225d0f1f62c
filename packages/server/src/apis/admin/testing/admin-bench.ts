/** For tests of the operator's API: it on a port of its own, over a store in memory, with two organisations that know nothing of each other. */

import { randomBytes } from 'node:crypto'
import { ADMIN_SCOPES, type AdminScope } from '../../../records/account-records.ts'
import type { Accounts } from '../../../accounts/accounts.ts'
import { Directory } from '../../../accounts/directory.ts'
import type { RequestContent } from '../../../contents/request-content.ts'
import { type RequestRecord, newRecord } from '../../../records/request-record.ts'
import { httpServer } from '../../../http/http-server.ts'
import { ROOMY } from '../../../http/testing/serve-exchanges.ts'
import { openSqliteStore } from '../../../store/sqlite/open-sqlite-store.ts'
import { apiError } from '@moonbase/protocol'
import { mount, serveApis } from '../../serve-apis.ts'
import { adminApi } from '../admin-api.ts'
import type { AdminNote, AdminServices } from '../operation.ts'

export const NOW = Date.UTC(2026, 2, 15, 10, 20)

export interface BenchReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** `undefined` where the body is no JSON. */
  readonly json: unknown
}

export interface AdminRequest {
  readonly key?: string | undefined
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface AdminBench {
  readonly url: string
  readonly services: AdminServices
  readonly notes: AdminNote[]
  readonly own: BenchOrganisation
  readonly other: BenchOrganisation
  /** Of an operator with all scopes. */
  readonly operator: string
  /** Sees to it that the first request of each organisation has its contents. */
  keepContents(): void
  ask(method: string, path: string, request?: AdminRequest): Promise<BenchReply>
  adminKey(scopes: readonly AdminScope[], organisation: string | null): Promise<{ key: string; id: string }>
  close(): Promise<void>
}

interface BenchOrganisation {
  readonly id: string
  readonly project: string
  readonly key: string
  /** The first of its requests. */
  readonly request: string
  /** The API key itself. */
  readonly secret: string
}

export async function adminBench(): Promise<AdminBench> {
  const sweeps: (() => Promise<void>)[] = []
  const every = (_: number, work: () => Promise<void>) => {
    sweeps.push(work)
    return () => undefined
  }
  const store = await openSqliteStore({ path: ':memory:', now: () => NOW, every })
  const accounts: Accounts = await Directory.open({
    store: store.accounts,
    now: () => NOW,
    random: randomBytes,
    onProblem: (problem, cause) => {
      throw new Error(problem, { cause })
    },
  })
  const notes: AdminNote[] = []
  const { ledger, usage, contents } = store
  const own = await organisationOf(accounts, 'own', 'req-1')
  const other = await organisationOf(accounts, 'other', 'req-of-other')
  ledger.note(recordOf(own, own.request, NOW - 60_000))
  ledger.note({ ...recordOf(own, 'req-2', NOW - 120_000), ...PART })
  ledger.note(recordOf(other, other.request, NOW - 180_000))
  for (const sweep of sweeps) await sweep()
  const services: AdminServices = {
    accounts,
    ledger,
    usage,
    contents,
    lastAudit: () => undefined,
    now: () => NOW,
    note: (entry) => void notes.push(entry),
  }
  const adminKey = async (scopes: readonly AdminScope[], organisation: string | null) => {
    const name = `ops ${accounts.adminKeys().length}`
    const { key, record } = await accounts.createAdminKey({ name, scopes, organisation, expiresAt: null })
    return { key, id: record.id }
  }
  const operator = await adminKey(ADMIN_SCOPES, null)
  const throttle = {
    attempt<Found>(_: unknown, find: () => Found | undefined): Found {
      const found = find()
      if (found === undefined) throw apiError('incorrect_api_key')
      return found
    },
  }
  const nothing = (): void => undefined
  const handle = serveApis(
    {
      throttle,
      cors: { origins: [] },
      now: () => NOW,
      ready: () => true,
      hint: nothing,
      overload: () => undefined,
      began: nothing,
      ended: nothing,
    },
    // Nobody else is there: what is below no path of the operator's API is refused by it, too.
    [mount({ ...adminApi(services), prefixes: ['/'] })],
  )
  const server = httpServer(handle, {
    limits: { ...ROOMY, bodyBytes: 8 * 1024 * 1024 },
    refusalBody: ({ publicMessage }) => ({ contentType: 'text/plain', body: publicMessage }),
  })
  const port = await server.listen('127.0.0.1', 0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    services,
    notes,
    own,
    other,
    operator: operator.key,
    keepContents() {
      for (const each of [own, other]) contents.keep(contentOf(each))
    },
    ask: (method, path, request = {}) => ask(`${url}${path}`, method, { key: operator.key, ...request }),
    adminKey,
    async close() {
      await server.close()
      await store.close()
    },
  }
}

/** Of the second request: it is a part of the first. */
const PART: Partial<RequestRecord> = {
  api: 'anthropic',
  parent: 'req-1',
  run: 'nightly 7',
  class: 'batch',
  labels: { step: 'two' },
  timeline: {
    attempts: [{ replica: 'cluster/2', outcome: 'complete', beganMs: 1, firstTokenMs: 120, endedMs: 900 }],
    seams: [{ from: 'cluster/1', to: 'cluster/2', reason: 'network', atMs: null }],
  },
}

/** What a request left that was streamed, and answered well. */
function recordOf({ id, project, key }: BenchOrganisation, request: string, at: number): RequestRecord {
  return {
    ...newRecord({ request, at, organisation: id, project, key, model: 'kimi-k2.5' }),
    engine: 'cluster',
    servedModel: 'kimi-k2.5',
    streamed: true,
    prompt: 100,
    cached: 60,
    completion: 50,
    reasoning: 20,
    cost: 180_000,
    firstTokenMs: 120,
    totalMs: 900,
    attempts: 1,
  }
}

/** Does nothing where it is kept already. */
function contentOf({ id, project, request }: BenchOrganisation): RequestContent {
  return {
    request,
    at: NOW - 60_000,
    organisation: id,
    project,
    expiresAt: NOW + 60_000,
    error: null,
    asked: '{"messages":[]}',
    askedShortened: false,
    answered: '{"choices":[]}',
    answeredShortened: false,
    cut: false,
  }
}

async function organisationOf(accounts: Accounts, name: string, request: string): Promise<BenchOrganisation> {
  const { id } = await accounts.createOrganisation({ name, currency: 'USD', tier: null })
  const settings = { limits: null, budget: null, contentRetentionDays: 7 }
  const project = await accounts.createProject(id, { name: `project of ${name}`, ...settings })
  const { key: secret, record } = await accounts.createApiKey(id, project.id, { name: `key of ${name}` })
  return { id, project: project.id, key: record.id, secret, request }
}

async function ask(url: string, method: string, { key, body, headers }: AdminRequest): Promise<BenchReply> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
