/** More buyers than there is money for, at once: not one nano-dollar more than there was is spent, and all of it is. */

import { unitsText } from '../../packages/server/src/records/money.ts'
import { readRound } from '../crash/ledger-round.ts'
import { bodyOf, ITEM, priceOf } from './goods.ts'
import { type Sales, rush } from './rush.ts'
import type { Scene } from './scene.ts'
import { call } from '../support/call.ts'

export interface OverspendingPlan {
  readonly affordable: number
  readonly buyers: number
  readonly seed: number
  /** The last server is killed when this share of the items is paid. */
  readonly killAt?: number
}

export interface Outcome {
  readonly sales: Sales
  /** Items that were paid, by the books; and other charges, of streams that were cut. */
  readonly charged: number
  readonly cut: number
  /** Holds of the server that was killed, which another one has ended. */
  readonly recovered: number
  readonly left: number
  readonly seconds: number
  readonly problems: readonly string[]
}

/** A server that was killed keeps its holds for 15 seconds. */
const PATIENCE_S = 60

export async function raceForMoney(scene: Scene, plan: OverspendingPlan): Promise<Outcome> {
  const { affordable, buyers, seed, killAt } = plan
  const startedAt = Date.now()
  const began = performance.now()
  const { organisation, key } = await scene.customer({ tier: 'development' })
  const price = await priceOf(scene.urls[0] ?? '', key)
  const budget = affordable * price
  await scene.operator.credit(organisation, 'vouchers', unitsText(budget))
  const victim = killAt === undefined ? undefined : scene.gateways.at(-1)
  let killed: Promise<void> | undefined
  const sales = await rush({
    urls: scene.urls,
    key,
    organisation,
    buyers,
    affordable,
    seed,
    onPaid(paid) {
      if (victim !== undefined && killed === undefined && paid >= affordable * (killAt ?? 1)) killed = victim.kill()
    },
  })
  await killed
  await scene.quiet(organisation, PATIENCE_S)
  const problems = [...sales.odd]
  const audit = await scene.view.audit()
  if (!audit.clean || audit.open > 0) problems.push(`the audit: ${audit.open} open holds`, ...audit.problems)
  const transfers = await scene.view.transfersBehind(organisation, undefined)
  const round = readRound(transfers, await scene.view.requestsSince(organisation, startedAt))
  problems.push(...round.problems)
  const costs = [...round.entries.values()].map(({ record }) => record.cost).filter((cost) => cost > 0)
  const charged = costs.filter((cost) => cost === price).length
  const cut = costs.length - charged
  const recovered = [...round.entries.values()].filter(({ record }) => record.error === 'server_restarted').length
  if (victim !== undefined && recovered === 0) problems.push('it had no holds when it was killed')
  const { left, held } = await scene.view.balance(organisation)
  if (held !== 0) problems.push(`${held} is still held`)
  if (left !== budget - round.spent) problems.push(`${left} is left of ${budget} less ${round.spent}`)
  if (left < 0 || left >= price) problems.push(`${left} is left, and an item costs ${price}`)
  if (charged < sales.paid) problems.push(`${sales.paid} were got, and ${charged} were paid`)
  if (victim === undefined && (sales.paid !== affordable || charged !== affordable || cut > 0 || sales.lost > 0)) {
    problems.push(`${sales.paid} of ${affordable} were got, ${charged} were paid, ${cut} cut, ${sales.lost} lost`)
  }
  const late = await call(`${scene.urls[0]}/v1/chat/completions`, { key, body: bodyOf(ITEM, false) })
  if (late.status !== 429) problems.push(`one more was answered with ${late.status}`)
  return { sales, charged, cut, recovered, left, seconds: (performance.now() - began) / 1_000, problems }
}
