/** For tests of the operator's API: it on a port of its own, with two organisations that know nothing of each other. */

import { ADMIN_SCOPES, type AdminScope } from '../accounts/account-records.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { RequestRecord } from '../usage/request-record.ts'
import type { Exchange } from '../http/exchange.ts'
import { httpServer } from '../http/http-server.ts'
import { sendError, toApiError } from '../http/send-json.ts'
import { NOW, fakeAccounts, fakeLedger, fakeUsage, requestRecord } from './admin-fixtures.ts'
import { adminRoutes } from './admin-routes.ts'
import type { AdminNote, AdminServices } from './operation.ts'

export interface AdminReply {
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
  ask(method: string, path: string, request?: AdminRequest): Promise<AdminReply>
  adminKey(scopes: readonly AdminScope[], organisation: string | null): Promise<{ key: string; id: string }>
  close(): Promise<void>
}

interface BenchOrganisation {
  readonly id: string
  readonly project: string
  readonly key: string
  /** The API key itself. */
  readonly secret: string
}

export async function adminBench(): Promise<AdminBench> {
  const accounts = fakeAccounts()
  const notes: AdminNote[] = []
  const ledger = fakeLedger(accounts)
  const own = await organisationOf(accounts, 'own')
  const other = await organisationOf(accounts, 'other')
  const usage = fakeUsage([
    recordOf(own, 'req-1', NOW - 60_000),
    recordOf(own, 'req-2', NOW - 120_000),
    recordOf(other, 'req-of-other', NOW - 180_000),
  ])
  const services: AdminServices = {
    accounts,
    ledger,
    usage,
    lastAudit: () => undefined,
    now: () => NOW,
    note: (entry) => void notes.push(entry),
  }
  const adminKey = async (scopes: readonly AdminScope[], organisation: string | null) => {
    const { key, record } = await accounts.createAdminKey({ name: 'ops', scopes, organisation, expiresAt: null })
    return { key, id: record.id }
  }
  const operator = await adminKey(ADMIN_SCOPES, null)
  const answer = adminRoutes(services)
  const handle = async (exchange: Exchange): Promise<void> => {
    try {
      await answer(exchange)
    } catch (error) {
      sendError(exchange, toApiError(error, '', exchange))
    }
  }
  const server = httpServer(handle, { bodyBytes: 8 * 1024 * 1024, bodyTimeoutMs: 60_000 })
  const port = await server.listen('127.0.0.1', 0)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    services,
    notes,
    own,
    other,
    operator: operator.key,
    ask: (method, path, request = {}) => ask(`${url}${path}`, method, { key: operator.key, ...request }),
    adminKey,
    close: () => server.close(),
  }
}

function recordOf({ id, project, key }: BenchOrganisation, request: string, at: number): RequestRecord {
  return requestRecord(request, { at, organisation: id, project, key })
}

async function organisationOf(accounts: Accounts, name: string): Promise<BenchOrganisation> {
  const { id } = await accounts.createOrganisation({ name, currency: 'USD', tier: null })
  const project = await accounts.createProject(id, { name: `project of ${name}`, limits: null, budget: null })
  const { key: secret, record } = await accounts.createApiKey(id, project.id, { name: `key of ${name}` })
  return { id, project: project.id, key: record.id, secret }
}

async function ask(url: string, method: string, { key, body, headers }: AdminRequest): Promise<AdminReply> {
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
