/** One operation of the operator's API: everything that is known of it, and the function. The table is made of these. */

import type { AdminKeyRecord, AdminScope } from '../../records/account-records.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import type { AuditReport, Ledger } from '../../ledger/ledger.ts'
import type { ContentLog } from '../../contents/content-log.ts'
import type { UsageReader } from '../../usage/usage-reader.ts'
import { type Fields, type JsonSchema, type ReadFields, type Shape, record } from './shape.ts'

export interface AdminServices {
  readonly accounts: Accounts
  readonly ledger: Pick<Ledger, 'credit' | 'balance' | 'transfers' | 'audit'>
  readonly usage: UsageReader
  readonly contents: Pick<ContentLog, 'refusal' | 'read' | 'forget' | 'forgetProject'>
  /** The last one that was made by itself. */
  readonly lastAudit: () => AuditReport | undefined
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** Takes one line for each thing that was done, or tried. */
  readonly note: (entry: AdminNote) => void
}

/** Who did what to whom. No keys, no bodies. */
export interface AdminNote {
  /** The request's. */
  readonly request: string
  /** Of the admin key. */
  readonly admin: string
  readonly operation: string
  readonly ids: Readonly<Record<string, string>>
  /** Code of the error table, when it was tried and failed. */
  readonly error: string | null
}

export type AdminReply = Readonly<Record<string, unknown>>

interface Who {
  readonly admin: AdminKeyRecord
  readonly services: AdminServices
  /** The header; empty where the operation asks for none. */
  readonly idempotencyKey: string
}

/** What has passed the checks, as it was sent. */
export interface RawCall extends Who {
  readonly parameters: unknown
  readonly query: unknown
  readonly body: unknown
}

interface Call<Parameters, Query, Body> extends Who {
  readonly parameters: Parameters
  readonly query: Query
  readonly body: Body
}

interface Description {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As find-my-way writes it. */
  readonly path: `/admin/v1/${string}`
  readonly id: string
  readonly summary: string
  readonly description?: string
  /** `null`: any admin key. */
  readonly scope: AdminScope | null
  /** Not for keys of one organisation. */
  readonly operatorOnly: boolean
  /** The part of the path that names the organisation that it concerns. */
  readonly organisation: 'organisation' | null
  readonly reply: JsonSchema
  /** Whether the reply's list may be asked for as a table. */
  readonly csv?: boolean
  /** Asks for the header `Idempotency-Key`. */
  readonly idempotent?: boolean
  /** What the `id` of the reply is the id of, for the line that is noted. */
  readonly made?: string
}

export interface Operation extends Description {
  readonly parameters: JsonSchema
  readonly query: JsonSchema
  /** `undefined`: there is none. */
  readonly body: JsonSchema | undefined
  run(call: RawCall): AdminReply | Promise<AdminReply>
}

interface Spec<Parameters extends Fields, Query extends Fields, Body> extends Description {
  readonly parameters?: Parameters
  readonly query?: Query
  readonly body?: Shape<Body>
  run(call: Call<ReadFields<Parameters>, ReadFields<Query>, Body>): AdminReply | Promise<AdminReply>
}

const NOTHING: Shape<undefined> = { schema: {}, read: () => undefined }

/** Ties the function to what was checked: it gets its fields read, and typed by their shapes. */
export function operation<Parameters extends Fields = {}, Query extends Fields = {}, Body = undefined>(
  spec: Spec<Parameters, Query, Body>,
): Operation {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without fields or body their types are those of nothing
  const { parameters = {} as Parameters, query = {} as Query, body = NOTHING as Shape<Body>, ...rest } = spec
  const [parameterFields, queryFields] = [record(parameters), record(query)]
  return {
    ...rest,
    parameters: parameterFields.schema,
    query: queryFields.schema,
    body: spec.body?.schema,
    run: (call) =>
      spec.run({
        ...call,
        parameters: parameterFields.read(call.parameters),
        query: queryFields.read(call.query),
        body: body.read(call.body),
      }),
  }
}
