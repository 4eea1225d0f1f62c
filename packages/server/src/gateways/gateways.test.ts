import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import { DEFAULT_SETTINGS } from './gateway-object.ts'
import { Gateways, MOST_GATEWAYS } from './gateways.ts'

function gatewaysAt(start: number) {
  const clock = { now: start }
  const documents = new MemoryDocuments(() => clock.now)
  const open = (): Gateways => new Gateways(documents, () => clock.now)
  return { clock, open, gateways: open() }
}

describe('gateways', () => {
  it('are made once, read, changed, listed and removed, each organisation its own', async () => {
    const { clock, gateways } = gatewaysAt(5)
    const made = await gateways.create('org-a', 'one', { ...DEFAULT_SETTINGS, cacheTtl: 60 })
    assert.deepEqual([made?.id, made?.createdAt, made?.isDefault], ['one', 5, false])
    assert.equal(await gateways.create('org-a', 'one', DEFAULT_SETTINGS), undefined)
    clock.now = 7
    const changed = await gateways.change('org-a', 'one', (settings) => ({ ...settings, collectLogs: false }))
    assert.deepEqual(
      [changed?.cacheTtl, changed?.collectLogs, changed?.createdAt, changed?.modifiedAt],
      [60, false, 5, 7],
    )
    assert.deepEqual(await gateways.read('org-a', 'one'), changed)
    assert.deepEqual(
      (await gateways.list('org-a')).map(({ id }) => id),
      ['one'],
    )
    assert.deepEqual([await gateways.read('org-b', 'one'), await gateways.list('org-b')], [undefined, []])
    assert.equal(await gateways.remove('org-a', 'one'), true)
    assert.equal(await gateways.remove('org-a', 'one'), false)
    await assert.rejects(gateways.find('org-a', 'one'), { code: 'gateway_not_found' })
  })

  it('make the default one when it is first asked for, once', async () => {
    const { gateways, open } = gatewaysAt(1)
    const found = await Promise.all([gateways, gateways, open()].map((one) => one.find('org-a', 'default')))
    assert.deepEqual(new Set(found.map(({ createdAt }) => createdAt)), new Set([1]))
    assert.deepEqual([found[0]?.isDefault, found[0]?.collectLogs, found[0]?.cacheTtl], [true, true, 0])
    assert.equal((await gateways.list('org-a')).length, 1)
  })

  it('are those of another server over the same store, a second later at most', async () => {
    const { clock, gateways, open } = gatewaysAt(0)
    const other = open()
    await gateways.create('org-a', 'one', DEFAULT_SETTINGS)
    assert.equal((await other.find('org-a', 'one')).cacheTtl, 0)
    await gateways.change('org-a', 'one', (settings) => ({ ...settings, cacheTtl: 5 }))
    assert.equal((await gateways.find('org-a', 'one')).cacheTtl, 5)
    clock.now = 1_000
    assert.equal((await other.find('org-a', 'one')).cacheTtl, 5)
    await gateways.remove('org-a', 'one')
    clock.now = 2_000
    await assert.rejects(other.find('org-a', 'one'), { code: 'gateway_not_found' })
  })

  it('have ids that can stand in a path, and there are at most so many', async () => {
    const { gateways } = gatewaysAt(0)
    for (const id of ['', 'a/b', 'a b', 'x'.repeat(65), '../x', 'é']) {
      await assert.rejects(gateways.create('org-a', id, DEFAULT_SETTINGS), { code: 'invalid_request' })
      assert.equal(await gateways.read('org-a', id), undefined)
    }
    for (let n = 0; n < MOST_GATEWAYS; n += 1) await gateways.create('org-a', `g${n}`, DEFAULT_SETTINGS)
    await assert.rejects(gateways.create('org-a', 'more', DEFAULT_SETTINGS), { code: 'gateway_conflict' })
    await gateways.create('org-b', 'more', DEFAULT_SETTINGS)
  })
})
