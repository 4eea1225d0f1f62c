/** What a key opens, made when the key, its project or its organisation came in, and not for each request. */

import type { BlockList } from 'node:net'
import type { LenientSwitch } from '@moonbase/protocol'
import { addressList, isListed } from '../keys/address-list.ts'
import type { ApiKeyRecord, ProjectRecord } from '../records/account-records.ts'
import type { KeyAccount, OrganisationAccount } from './accounts.ts'

/** Of nearly all keys, of which there may be many. */
const STRICT: ReadonlySet<LenientSwitch> = new Set()

export class ReadyKey implements KeyAccount {
  readonly id: string
  readonly name: string
  readonly organisation: string
  readonly account: OrganisationAccount
  readonly project: string
  readonly projectLimits: KeyAccount['projectLimits']
  readonly projectBudget: KeyAccount['projectBudget']
  readonly contentRetentionDays: number | null
  readonly limits: KeyAccount['limits']
  readonly budget: KeyAccount['budget']
  readonly models: ReadonlySet<string> | null
  readonly lenient: ReadonlySet<LenientSwitch>
  readonly queueMs: number
  readonly expiresAt: number | null
  readonly generated: boolean
  /** Of all that it may come from. It knows an IPv4 address also in its IPv6 form, both ways. */
  readonly #addresses: BlockList | null

  constructor(key: ApiKeyRecord, project: ProjectRecord, account: OrganisationAccount, generated: boolean) {
    this.id = key.id
    this.name = key.name
    this.organisation = account.id
    this.account = account
    this.project = project.id
    this.projectLimits = project.limits
    this.projectBudget = project.budget
    this.contentRetentionDays = project.contentRetentionDays
    this.limits = key.limits
    this.budget = key.budget
    this.models = key.models === null ? null : new Set(key.models)
    this.lenient = key.lenient.length === 0 ? STRICT : new Set(key.lenient)
    this.queueMs = key.queueMs
    this.expiresAt = key.expiresAt
    this.generated = generated
    this.#addresses = key.addresses === null ? null : addressList(key.addresses)
  }

  mayComeFrom(client: { readonly address: string }): boolean {
    return this.#addresses === null || isListed(client.address, this.#addresses)
  }
}
