/** An organisation as requests see it: one object for as long as the server runs, so that a suspension holds at once. */

import type { Currency, Nano } from '../records/money.ts'
import type { OrganisationRecord, RateLimits } from '../records/account-records.ts'
import type { OrganisationAccount } from './accounts.ts'
import type { HoldingTier, TierTable } from './tier-table.ts'

export class LiveOrganisation implements OrganisationAccount {
  #record: OrganisationRecord
  #recharged: Nano
  #tier: HoldingTier

  constructor(record: OrganisationRecord, recharged: Nano, tiers: TierTable) {
    this.#record = record
    this.#recharged = recharged
    this.#tier = tiers.holding(record.tier, record.currency, recharged)
  }

  /** What has changed: its record, its recharges, or the tiers. */
  follow(record: OrganisationRecord, recharged: Nano, tiers: TierTable): void {
    this.#record = record
    this.#recharged = recharged
    this.#tier = tiers.holding(record.tier, record.currency, recharged)
  }

  get id(): string {
    return this.#record.id
  }

  get name(): string {
    return this.#record.name
  }

  get currency(): Currency {
    return this.#record.currency
  }

  get status(): OrganisationRecord['status'] {
    return this.#record.status
  }

  get recharged(): Nano {
    return this.#recharged
  }

  get tier(): string {
    return this.#tier.name
  }

  get limits(): RateLimits {
    return this.#tier.limits
  }
}
