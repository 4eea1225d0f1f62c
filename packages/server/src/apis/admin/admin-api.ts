/** The operator's API under `/admin/`: who asks, may they, is it well formed, do it, note it, reply. */

import { failureOf } from '@moonbase/core/inference'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { AdminKeyRecord } from '../../records/account-records.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Api, Caller } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { refuse } from '../refuse.ts'
import { adminError, notFound } from './admin-errors.ts'
import { sendTable, wantsTable } from './admin-table.ts'
import type { AdminServices, Operation, RawCall, AdminReply } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { RequestCheck } from './request-check.ts'

/** @throws ApiError every refusal */
export function adminApi(services: AdminServices): Api<AdminKeyRecord> {
  const check = new RequestCheck()
  return {
    name: 'admin',
    prefixes: ['/admin'],
    order: 'key-first',
    pages: true,
    // Replies hold keys, or what is nobody else's business.
    headers: [['Cache-Control', 'no-store']],
    authentication: {
      shown: bearerKey,
      // An API key is refused like one that nobody has: what it opens is not told to who tries keys.
      find: (key) => services.accounts.findAdmin(key),
      ofSession: ({ admin }) => (admin === null ? undefined : services.accounts.adminOf(admin)),
      admit(admin, exchange) {
        exchange.notes.keyId = admin.id
        if (admin.organisation !== null) exchange.notes.organisation = admin.organisation
      },
    },
    routes: OPERATIONS.map((operation) => ({
      method: operation.method,
      path: operation.path,
      answer: (exchange, caller) => answer(operation, exchange, caller, services, check),
    })),
    refuse,
  }
}

async function answer(
  operation: Operation,
  exchange: Exchange,
  { key: admin, parameters }: Caller<AdminKeyRecord>,
  services: AdminServices,
  check: RequestCheck,
): Promise<void> {
  assertMay(admin, operation)
  assertSees(admin, operation, parameters, services)
  const call: RawCall = {
    admin,
    services,
    parameters: await check.parameters(operation, parameters),
    query: await check.query(operation, exchange.query),
    idempotencyKey: operation.idempotent === true ? idempotencyKeyOf(exchange) : '',
    body: await check.body(operation, exchange),
  }
  const table = wantsTable(operation, call.query, exchange.header('accept'))
  const reply = await run(operation, call, exchange)
  if (table) sendTable(exchange, operation, call.query, reply)
  else sendJson(exchange, 200, reply)
}

/** Before any organisation is looked for, so that a refusal says nothing about one. */
function assertMay(admin: AdminKeyRecord, { scope, operatorOnly }: Operation): void {
  const lacksScope = scope !== null && !admin.scopes.includes(scope)
  if (lacksScope || (operatorOnly && admin.organisation !== null)) throw apiError('api_not_open')
}

function assertSees(
  admin: AdminKeyRecord,
  { organisation }: Operation,
  parameters: Readonly<Record<string, string | undefined>>,
  { accounts }: AdminServices,
): void {
  if (organisation === null) return
  const id = parameters[organisation] ?? ''
  const visible = admin.organisation === null || admin.organisation === id
  if (!visible || !accounts.organisations().some((one) => one.id === id)) throw notFound('organisation', id)
}

/** Printable ASCII: it is compared byte by byte. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/

function idempotencyKeyOf(exchange: Exchange): string {
  const key = exchange.header('idempotency-key')
  if (key !== undefined && IDEMPOTENCY_KEY.test(key)) return key
  const what = 'a text of your own, the same one for each try of the same payment, at most 128 characters of ASCII'
  const wrong = key === undefined ? 'is missing' : 'is no such text'
  throw apiError('invalid_request', { details: `the header Idempotency-Key ${wrong}: ${what}` })
}

async function run(operation: Operation, call: RawCall, exchange: Exchange): Promise<AdminReply> {
  const ids = textsOf(call.parameters)
  const note = (more: Readonly<Record<string, string>>, error: ApiError['code'] | null): void => {
    // Who reads what others have said is noted like who changes something.
    if (operation.method === 'GET' && operation.scope !== 'contents:read') return
    const { id: request } = exchange
    call.services.note({ request, admin: call.admin.id, operation: operation.id, ids: { ...ids, ...more }, error })
  }
  try {
    const reply = await operation.run(call)
    const { made } = operation
    note(made === undefined ? {} : { [made]: String(reply['id']) }, null)
    return reply
  } catch (error) {
    const refusal = failureOf(adminError(error, ids), '', exchange.signal)
    note({}, refusal.code)
    throw refusal
  }
}

function textsOf(parameters: unknown): Record<string, string> {
  const texts = Object.entries(Object(parameters)).map(([name, value]) => [name, String(value)])
  return Object.fromEntries(texts)
}
