/** One organisation with all that is under it; its open keys hang on the ring of all organisations. */

import type { KeyRing } from '../keys/key-ring.ts'
import type { Nano } from '../records/money.ts'
import type { ApiKeyRecord, OrganisationRecord, ProjectRecord } from '../records/account-records.ts'
import type { KeyAccount, OrganisationAccount } from './accounts.ts'
import { LiveOrganisation } from './live-organisation.ts'
import { ReadyKey } from './ready-key.ts'
import type { TierTable } from './tier-table.ts'

export type OrganisationEntry = OrganisationRecord & { readonly account: OrganisationAccount }

export interface HeldKey {
  readonly record: ApiKeyRecord
  /** Made by the server at its first start. */
  readonly generated: boolean
}

export class OrganisationTable {
  readonly projects = new Map<string, ProjectRecord>()
  readonly keys = new Map<string, HeldKey>()
  readonly #tiers: TierTable
  readonly #ring: KeyRing<KeyAccount>
  /** Projects and keys may come before it. */
  #record: OrganisationRecord | undefined
  #account: LiveOrganisation | undefined
  #entry: OrganisationEntry | undefined
  #recharged: Nano = 0

  constructor(tiers: TierTable, ring: KeyRing<KeyAccount>) {
    this.#tiers = tiers
    this.#ring = ring
  }

  get entry(): OrganisationEntry | undefined {
    return this.#entry
  }

  putOrganisation(record: OrganisationRecord): void {
    const isNew = this.#account === undefined
    this.#record = record
    this.#account ??= new LiveOrganisation(record, this.#recharged, this.#tiers)
    this.#account.follow(record, this.#recharged, this.#tiers)
    this.#entry = { ...record, account: this.#account }
    if (isNew) for (const key of this.keys.values()) this.#hang(key)
  }

  /** Recharges only add up, so of two totals the larger is the later one. */
  putRecharged(total: Nano): void {
    this.#recharged = Math.max(this.#recharged, total)
    this.followTiers()
  }

  followTiers(): void {
    if (this.#record !== undefined) this.#account?.follow(this.#record, this.#recharged, this.#tiers)
  }

  putProject(project: ProjectRecord): void {
    this.projects.set(project.id, project)
    for (const key of this.keys.values()) if (key.record.project === project.id) this.#hang(key)
  }

  putKey(key: HeldKey): void {
    this.keys.set(key.record.id, key)
    this.#hang(key)
  }

  removeKey(id: string): void {
    const held = this.keys.get(id)
    if (held === undefined) return
    this.keys.delete(id)
    this.#take(held)
  }

  /** On the ring as what it opens now, or off it. */
  #hang(held: HeldKey): void {
    const { record, generated } = held
    const project = this.projects.get(record.project)
    const isOpen = record.status === 'active' && project?.status === 'active'
    if (isOpen && this.#account !== undefined) {
      this.#ring.put(digestOf(record), new ReadyKey(record, project, this.#account, generated))
    } else this.#take(held)
  }

  #take({ record }: HeldKey): void {
    const digest = digestOf(record)
    // Where a key was replaced by one with the same text, it is the other's now.
    if (this.#ring.ownerOf(digest)?.id === record.id) this.#ring.delete(digest)
  }
}

function digestOf({ digest }: ApiKeyRecord): Buffer {
  return Buffer.from(digest, 'hex')
}
