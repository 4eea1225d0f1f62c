/**
 * What may be spent through a gateway: a budget for each rule, and for each value of what a rule is parted by.
 *
 * What was spent is kept as documents, so that a restart forgets nothing and all servers over one store share a budget. It is a
 * budget that a customer sets for himself: it stops what begins when it is used up, and what runs by then is paid in full.
 * Nothing here holds or takes money, which is the ledger's affair.
 */

import { createHash } from 'node:crypto'
import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import type { Documents } from '../documents/documents.ts'
import type { Document } from '../records/document.ts'
import { NANO_PER_UNIT, type Nano } from '../records/money.ts'
import type { GatewayMetadata } from './gateway.ts'
import type { Gateway, SpendRule } from './gateway-object.ts'
import { valueOf } from './kept-value.ts'
import { removeAll } from './remove-all.ts'
import { type WindowCell, type WindowShape, added, cellsIn, sumOf, waitOf } from './windows.ts'

const KIND = 'gateway-spend'
/** Somebody else adds to the same budget at the same time. */
const MOST_TRIES = 8

/** What a request is, as rules name it. */
export interface SpentOn {
  readonly provider: string
  readonly model: string
  readonly metadata: GatewayMetadata
}

export class SpendLimitsKeeper {
  readonly #documents: Documents
  readonly #now: () => number

  /** @param now milliseconds since the Unix epoch */
  constructor(documents: Documents, now: () => number) {
    this.#documents = documents
    this.#now = now
  }

  /** Why a request may not begin; `undefined`: no budget that it would take from is used up. */
  async refusal(owner: string, gateway: Gateway, on: SpentOn): Promise<ApiError | undefined> {
    const now = this.#now()
    for (const { rule, id } of budgetsOf(gateway, on)) {
      const shape = shapeOf(rule)
      const cells = cellsIn(cellsOf(await this.#documents.get(KIND, owner, id)), shape, now)
      if (sumOf(cells) < rule.limit * NANO_PER_UNIT) continue
      const retryAfterMs = waitOf(cells, shape, now)
      return apiErrorWith(
        'gateway_spend_limit',
        { retryAfterMs },
        {
          gateway: gateway.id,
          limit: rule.limit,
          rule: rule.id,
          window: rule.window,
          seconds: Math.ceil(retryAfterMs / 1000),
        },
      )
    }
    return undefined
  }

  /** Adds what a request cost. False where others were always faster: that budget knows nothing of it. */
  async add(owner: string, gateway: Gateway, on: SpentOn, cost: Nano): Promise<boolean> {
    if (cost === 0) return true
    let all = true
    for (const budget of budgetsOf(gateway, on)) all = (await this.#addTo(owner, budget, cost)) && all
    return all
  }

  /** Of a gateway that is gone. */
  forget(owner: string, gateway: string): Promise<void> {
    return removeAll(this.#documents, KIND, owner, `${gateway}/`, this.#now())
  }

  async #addTo(owner: string, { rule, id }: RuleBudget, cost: Nano): Promise<boolean> {
    const shape = shapeOf(rule)
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      const now = this.#now()
      const before = await this.#documents.get(KIND, owner, id)
      const cells = added(cellsOf(before), shape, now, cost)
      const kept = await this.#documents.put([
        {
          kind: KIND,
          owner,
          id,
          label: null,
          createdAt: before?.createdAt ?? now,
          dueAt: null,
          // Twice, as what slides leaves a little late.
          expiresAt: now + shape.lengthMs * 2,
          value: { cells: cells.map(([at, amount]) => [at, amount]) },
          expects: before?.revision ?? 'absent',
        },
      ])
      if (kept === 'kept') return true
    }
    return false
  }
}

interface RuleBudget {
  readonly rule: SpendRule
  /** Of its document: another one where the rule has changed, so that it begins anew. */
  readonly id: string
}

/** Of the rules that this request falls under. */
function budgetsOf({ id: gateway, spendLimits }: Gateway, on: SpentOn): readonly RuleBudget[] {
  if (spendLimits === null || !spendLimits.enabled) return []
  return spendLimits.rules.flatMap((rule) => {
    if (!rule.enabled || !isMeant(rule, on)) return []
    const parts = Object.entries(rule.metadata).map(([name, way]) =>
      way === 'partition' ? [name, on.metadata[name] ?? null] : [name],
    )
    const digest = createHash('sha256')
      .update(JSON.stringify([rule, parts]))
      .digest('hex')
      .slice(0, 32)
    return [{ rule, id: `${gateway}/${digest}` }]
  })
}

function isMeant({ models, providers, metadata }: SpendRule, on: SpentOn): boolean {
  if (models !== null && !models.some((model) => bareModel(model) === bareModel(on.model))) return false
  if (providers !== null && !providers.includes(on.provider)) return false
  return Object.entries(metadata).every(
    ([name, way]) => way === 'partition' || way.includes(String(on.metadata[name] ?? '')),
  )
}

/** One model has many names: `kimi-k2.5`, `moonshotai/kimi-k2.5`, `workers-ai/@cf/moonshotai/kimi-k2.5`. */
function bareModel(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function shapeOf({ window, technique }: SpendRule): WindowShape {
  return { lengthMs: window * 1000, technique }
}

function cellsOf(document: Document | undefined): readonly WindowCell[] {
  return document === undefined ? [] : valueOf<{ readonly cells: readonly WindowCell[] }>(document).cells
}
