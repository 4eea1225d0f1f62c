import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import { NANO_PER_UNIT } from '../records/money.ts'
import type { SpendRule } from './gateway-object.ts'
import { SpendLimitsKeeper } from './spend-limits.ts'
import { gatewayOf, spendRule } from './testing/gateway-fixtures.ts'

const on = { provider: 'openai', model: 'kimi-k2.5', metadata: {} }
const withRules = (...rules: readonly SpendRule[]) => gatewayOf({ spendLimits: { enabled: true, rules } })

function keeperAt(start: number) {
  const clock = { now: start }
  const documents = new MemoryDocuments(() => clock.now)
  return { clock, documents, keeper: new SpendLimitsKeeper(documents, () => clock.now) }
}

describe('what may be spent through a gateway', () => {
  it('is refused when it is used up, and free again in the next window', async () => {
    const { clock, keeper } = keeperAt(60_000)
    const gateway = withRules(spendRule({ limit: 1, window: 60 }))
    assert.equal(await keeper.refusal('org-a', gateway, on), undefined)
    assert.equal(await keeper.add('org-a', gateway, on, 0.6 * NANO_PER_UNIT), true)
    assert.equal(await keeper.refusal('org-a', gateway, on), undefined)
    await keeper.add('org-a', gateway, on, 0.6 * NANO_PER_UNIT)
    clock.now = 90_000
    const refusal = await keeper.refusal('org-a', gateway, on)
    assert.deepEqual([refusal?.code, refusal?.status, refusal?.retryAfterMs], ['gateway_spend_limit', 429, 30_000])
    assert.equal(await keeper.refusal('org-b', gateway, on), undefined)
    clock.now = 120_000
    assert.equal(await keeper.refusal('org-a', gateway, on), undefined)
  })

  it('outlives the process, and is one budget for all that keep the same documents', async () => {
    const { clock, documents, keeper } = keeperAt(0)
    const gateway = withRules(spendRule())
    const other = new SpendLimitsKeeper(documents, () => clock.now)
    await Promise.all([
      ...[0.3, 0.3].map((units) => keeper.add('org-a', gateway, on, units * NANO_PER_UNIT)),
      ...[0.3, 0.3].map((units) => other.add('org-a', gateway, on, units * NANO_PER_UNIT)),
    ])
    assert.ok(await new SpendLimitsKeeper(documents, () => clock.now).refusal('org-a', gateway, on))
  })

  it('is apart for each value of what a rule is parted by, and only for what it names', async () => {
    const { keeper } = keeperAt(0)
    const gateway = withRules(
      spendRule({ id: 'each', metadata: { user: 'partition' } }),
      spendRule({
        id: 'team',
        limit: 5,
        metadata: { team: ['red'] },
        models: ['moonshotai/kimi-k2.5'],
        providers: ['openai'],
      }),
    )
    const of = (metadata: Record<string, string>) => ({ ...on, metadata })
    await keeper.add('org-a', gateway, of({ user: 'ann' }), 2 * NANO_PER_UNIT)
    assert.ok(await keeper.refusal('org-a', gateway, of({ user: 'ann' })))
    assert.equal(await keeper.refusal('org-a', gateway, of({ user: 'bob' })), undefined)
    await keeper.add('org-a', gateway, of({ user: 'carl', team: 'red' }), 6 * NANO_PER_UNIT)
    assert.match(
      (await keeper.refusal('org-a', gateway, of({ user: 'dora', team: 'red' })))?.publicMessage ?? '',
      /rule team/,
    )
    assert.equal(await keeper.refusal('org-a', gateway, of({ user: 'dora', team: 'blue' })), undefined)
    assert.equal(
      await keeper.refusal('org-a', gateway, { ...of({ user: 'dora', team: 'red' }), provider: 'other' }),
      undefined,
    )
  })

  it('begins anew where its rule has changed, and is not looked at where it is off', async () => {
    const { keeper } = keeperAt(0)
    const rule = spendRule()
    await keeper.add('org-a', withRules(rule), on, 2 * NANO_PER_UNIT)
    assert.ok(await keeper.refusal('org-a', withRules(rule), on))
    assert.equal(await keeper.refusal('org-a', withRules({ ...rule, window: 120 }), on), undefined)
    assert.equal(await keeper.refusal('org-a', withRules({ ...rule, enabled: false }), on), undefined)
    const off = gatewayOf({ spendLimits: { enabled: false, rules: [rule] } })
    assert.equal(await keeper.refusal('org-a', off, on), undefined)
  })

  it('is forgotten with its gateway', async () => {
    const { keeper, documents } = keeperAt(0)
    const gateway = withRules(spendRule())
    await keeper.add('org-a', gateway, on, 2 * NANO_PER_UNIT)
    await keeper.forget('org-a', 'g')
    assert.equal(await documents.count('gateway-spend', 'org-a', {}), 0)
  })
})
