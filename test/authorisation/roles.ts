/** Who may ask: every way of having a key, or none, and what each of them is answered where all goes well. */

import { GIVE_UP_MS, eventually } from '../support/eventually.ts'
import type { TestServer } from '../support/start-server.ts'
import { call } from '../support/call.ts'
import { type Customer, type Operator, TEST_ADMIN_KEY } from '../support/operator.ts'

export const ROLES = [
  'nobody',
  'no bearer token',
  'a key in quotes',
  'an unknown key',
  'an operator',
  'an admin of the organisation',
  'a key of the organisation',
  'a key of another project of it',
  'a key of another organisation',
  'a revoked key',
  'an expired key',
  'a key of an archived project',
  'a key of a suspended organisation',
  'a bound key at another address',
  'a bound key at its address',
] as const

export type Role = (typeof ROLES)[number]

/** What those are answered whose keys open something; who has none is refused with a 401 everywhere. */
export interface Expected {
  readonly own: number
  /** Of another project of the same organisation. Default: as `own`. */
  readonly second?: number
  /** Of another organisation. Default: as `own`. */
  readonly other?: number
  /** Of an organisation that is suspended. Default: as `other`. */
  readonly suspended?: number
  /** The same key as `own` at the address to which it is bound, which asks last. Default: as `own`. */
  readonly bound?: number
}

/** By role, in their order. */
export function statusesOf({
  own,
  second = own,
  other = own,
  suspended = other,
  bound = own,
}: Expected): readonly number[] {
  return [401, 401, 401, 401, 401, 401, own, second, other, 401, 401, 401, suspended, 403, bound]
}

const ALLOWED_NETWORK = '192.0.2.0/24'
export const ALLOWED_ADDRESS = '192.0.2.7'
/** Long enough to be used once. */
const SHORT_LIFE_MS = 1_000

export interface Scene {
  readonly server: TestServer
  readonly operator: Operator
  readonly own: Customer
  readonly other: Customer
}

/** Of each role, what an `Authorization` says. */
export async function authorizationsOf(scene: Scene): Promise<ReadonlyMap<Role, string | undefined>> {
  const all = new Map<Role, string | undefined>()
  for (const role of ROLES) all.set(role, await authorizationOf(role, scene))
  return all
}

async function authorizationOf(role: Role, { server, operator, own, other }: Scene): Promise<string | undefined> {
  const at = `/organisations/${own.organisation}`
  const keyWith = async (fields: Readonly<Record<string, unknown>>): Promise<{ id: string; bearer: string }> => {
    const made = await operator.post(`${at}/api-keys`, { project: own.project, name: role, ...fields })
    return { id: String(made['id']), bearer: `Bearer ${String(made['key'])}` }
  }
  const project = async (name: string): Promise<string> =>
    String((await operator.post(`${at}/projects`, { name }))['id'])
  switch (role) {
    case 'nobody':
      return undefined
    case 'no bearer token':
      return `Basic ${Buffer.from(`user:${own.key}`).toString('base64')}`
    case 'a key in quotes':
      return `Bearer "${own.key}"`
    case 'an unknown key':
      return 'Bearer sk-nobody-has-this-key'
    case 'an operator':
      return `Bearer ${TEST_ADMIN_KEY}`
    case 'an admin of the organisation': {
      const scopes = ['accounts:read', 'accounts:write', 'money:read', 'usage:read', 'metrics']
      const made = await operator.post('/admin-keys', { name: role, scopes, organisation: own.organisation })
      return `Bearer ${String(made['key'])}`
    }
    case 'a key of the organisation':
      return `Bearer ${own.key}`
    case 'a key of another project of it':
      return (await keyWith({ project: await project('second') })).bearer
    case 'a key of another organisation':
      return `Bearer ${other.key}`
    case 'a revoked key': {
      const { id, bearer } = await keyWith({})
      await operator.post(`${at}/api-keys/${id}/revoke`)
      return bearer
    }
    case 'an expired key':
      return expired(server, async (expires_at) => (await keyWith({ expires_at })).bearer)
    case 'a key of an archived project': {
      const archived = await project('old')
      const { bearer } = await keyWith({ project: archived })
      await operator.post(`${at}/projects/${archived}`, { status: 'archived' })
      return bearer
    }
    case 'a key of a suspended organisation': {
      const { organisation, key } = await operator.customer({ voucher: '13' })
      await operator.post(`/organisations/${organisation}`, { status: 'suspended' })
      return `Bearer ${key}`
    }
    case 'a bound key at another address':
    case 'a bound key at its address':
      return (await keyWith({ addresses: [ALLOWED_NETWORK] })).bearer
  }
}

/** Keys are made with a time in the future, which then comes: later, where the machine was too slow to see it open anything. */
async function expired({ url }: TestServer, make: (expiresAt: string) => Promise<string>): Promise<string> {
  let authorization = ''
  const status = async (): Promise<number> =>
    (await call(`${url}/v1/models`, { key: null, headers: { authorization } })).status
  let lifeMs = SHORT_LIFE_MS
  for (let opened = false; !opened; lifeMs *= 2) {
    if (lifeMs > GIVE_UP_MS) throw new Error(`a key that lives for ${lifeMs / 2} ms opens nothing`)
    authorization = await make(new Date(Date.now() + lifeMs).toISOString())
    opened = (await status()) === 200
  }
  await eventually(status, (now) => now !== 200)
  return authorization
}
