import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import type { Documents } from '../documents/documents.ts'
import type { GatewayLog } from './gateway-log.ts'
import { GatewayLogs } from './gateway-logs.ts'
import { LogIds, reversed } from './log-id.ts'
import { ALL_LOGS, type LogFilter } from './log-query.ts'
import { gatewayOf, logOf } from './testing/gateway-fixtures.ts'

const DAY_MS = 86_400_000

function logsOver(wrap: (documents: Documents) => Documents = (documents) => documents) {
  const clock = { now: 1_000 }
  const documents = wrap(new MemoryDocuments(() => clock.now))
  const lost: unknown[] = []
  const logs = new GatewayLogs({ documents, now: () => clock.now, onLost: (cause) => void lost.push(cause) })
  let made = 0
  const next = (more: Partial<GatewayLog> = {}): GatewayLog => {
    clock.now += 1
    made += 1
    return logOf({ id: logs.nextId(), createdAt: clock.now, eventId: `event-${made}`, ...more })
  }
  return { clock, documents, lost, logs, next }
}

const ids = (logs: readonly GatewayLog[]): string[] => logs.map(({ eventId }) => eventId)

describe('ids of logs', () => {
  it('are in the order of time, and their counterparts in the other one', () => {
    const log = new LogIds((bytes) => new Uint8Array(bytes).fill(31))
    const [early, same, late] = [log.next(1_000), log.next(1_000), log.next(1_800_000_000_000)]
    assert.match(late, /^[0-9A-HJKMNP-TV-Z]{26}$/)
    assert.notEqual(early, same)
    assert.ok(early < late && reversed(early) > reversed(late))
    const counted = new LogIds((bytes) => new Uint8Array(bytes))
    const many = Array.from({ length: 100 }, () => counted.next(5))
    assert.deepEqual(many.toSorted(), many)
    // A clock that goes back makes no log older.
    assert.ok(counted.next(4) > (many.at(-1) ?? ''))
    assert.equal(reversed(reversed(late)), late)
  })
})

describe('the logs of a gateway', () => {
  it('are read, judged and listed, the newest first, by nobody else', async () => {
    const { logs, next } = logsOver()
    const gateway = gatewayOf()
    const kept = [next(), next(), next()]
    for (const log of kept) await logs.keep('org-a', gateway, log, undefined)
    const { id } = kept[0] ?? assert.fail()
    assert.deepEqual(await logs.read('org-a', 'g', id), kept[0])
    await logs.patch('org-a', 'g', id, { feedback: 1, score: 80, metadata: { a: 1 } })
    await logs.patch('org-a', 'g', id, { feedback: -1 })
    assert.deepEqual(await logs.read('org-a', 'g', id), { ...kept[0], feedback: -1, score: 80, metadata: { a: 1 } })
    const page = await logs.find('org-a', 'g', ALL_LOGS, 1, 2)
    assert.deepEqual([ids(page.logs), page.total], [['event-3', 'event-2'], 3])
    assert.deepEqual(ids((await logs.find('org-a', 'g', ALL_LOGS, 2, 2)).logs), ['event-1'])
    for (const [owner, name] of [
      ['org-b', 'g'],
      ['org-a', 'h'],
    ] as const) {
      assert.equal(await logs.read(owner, name, id), undefined)
      assert.equal(await logs.patch(owner, name, id, { score: 1 }), undefined)
      assert.deepEqual(await logs.find(owner, name, ALL_LOGS, 1, 10), { logs: [], total: 0 })
    }
    assert.equal(await logs.read('org-a', 'g', 'no-id'), undefined)
  })

  it('are found by what is asked of them, in the order that is asked for', async () => {
    const { logs, next } = logsOver()
    const gateway = gatewayOf()
    await logs.keep('org-a', gateway, next({ cost: 3, success: false, metadata: { user: 'ann' } }), undefined)
    await logs.keep('org-a', gateway, next({ cost: 1, cached: true, tokensIn: null, tokensOut: null }), undefined)
    await logs.keep('org-a', gateway, next({ cost: 2, feedback: 1, model: 'moonshotai/kimi-k2.5' }), undefined)
    const found = async (...filters: readonly LogFilter[]): Promise<string[]> =>
      ids((await logs.find('org-a', 'g', { ...ALL_LOGS, filters }, 1, 10)).logs)
    assert.deepEqual(await found({ key: 'success', operator: 'eq', values: [false] }), ['event-1'])
    assert.deepEqual(await found({ key: 'cached', operator: 'eq', values: ['true'] }), ['event-2'])
    assert.deepEqual(await found({ key: 'cost', operator: 'gt', values: [1] }), ['event-3', 'event-1'])
    assert.deepEqual(
      await found({ key: 'cost', operator: 'gt', values: ['1'] }, { key: 'cost', operator: 'lt', values: [3] }),
      ['event-3'],
    )
    assert.deepEqual(await found({ key: 'tokens_in', operator: 'lt', values: [99] }), ['event-3', 'event-1'])
    assert.deepEqual(await found({ key: 'metadata.key', operator: 'eq', values: ['user'] }), ['event-1'])
    assert.deepEqual(await found({ key: 'metadata.value', operator: 'contains', values: ['nn'] }), ['event-1'])
    assert.deepEqual(await found({ key: 'feedback', operator: 'neq', values: [1] }), ['event-2', 'event-1'])
    const byCost = await logs.find('org-a', 'g', { ...ALL_LOGS, orderBy: 'cost', direction: 'asc' }, 1, 10)
    assert.deepEqual(ids(byCost.logs), ['event-2', 'event-3', 'event-1'])
    const searched = await logs.find('org-a', 'g', { ...ALL_LOGS, search: 'moonshotai' }, 1, 10)
    assert.deepEqual([ids(searched.logs), searched.total], [['event-3'], 1])
    const oldest = await logs.find('org-a', 'g', { ...ALL_LOGS, direction: 'asc' }, 1, 2)
    assert.deepEqual(ids(oldest.logs), ['event-1', 'event-2'])
  })

  it('are waited for by who asks while one is written', async () => {
    const written = Promise.withResolvers<void>()
    const { logs, next } = logsOver((documents) => ({
      get: (kind, owner, id) => documents.get(kind, owner, id),
      remove: (kind, owner, id) => documents.remove(kind, owner, id),
      list: (kind, owner, page) => documents.list(kind, owner, page),
      count: (kind, owner, of) => documents.count(kind, owner, of),
      lease: (kind, of) => documents.lease(kind, of),
      async put(writes) {
        await written.promise
        return documents.put(writes)
      },
    }))
    const log = next()
    const keeping = logs.keep('org-a', gatewayOf(), log, undefined)
    const reading = logs.read('org-a', 'g', log.id)
    written.resolve()
    assert.equal((await reading)?.id, log.id)
    await keeping
  })

  it('that cannot be written are told to the operator, and to nobody else', async () => {
    const broken = new Error('no disk')
    const { logs, next, lost } = logsOver((documents) =>
      Object.assign(documents, { put: () => Promise.reject(broken) }),
    )
    await logs.keep('org-a', gatewayOf(), next(), undefined)
    assert.deepEqual(lost, [broken])
  })

  it('have their bodies apart, for as long as the project keeps contents', async () => {
    const { clock, logs, next } = logsOver()
    const log = next()
    const bodies = { request: { text: '{"a":1}', complete: true }, response: { text: 'data: ü', complete: false } }
    await logs.keep('org-a', gatewayOf(), log, { ...bodies, days: 3 })
    assert.deepEqual(await logs.body('org-a', 'g', log.id, 'request'), bodies.request)
    assert.deepEqual(await logs.body('org-a', 'g', log.id, 'response'), bodies.response)
    assert.equal(await logs.body('org-b', 'g', log.id, 'response'), undefined)
    clock.now += 3 * DAY_MS
    assert.equal(await logs.body('org-a', 'g', log.id, 'request'), undefined)
    assert.ok(await logs.read('org-a', 'g', log.id))
  })

  it('stand without their bodies where these are too large as JSON', async () => {
    const { logs, next, lost } = logsOver()
    const log = next()
    const escapes = { text: '\u0000'.repeat(60_000), complete: true }
    await logs.keep('org-a', gatewayOf(), log, { request: escapes, response: escapes, days: 1 })
    assert.deepEqual([(await logs.read('org-a', 'g', log.id))?.id, lost], [log.id, []])
    assert.equal(await logs.body('org-a', 'g', log.id, 'request'), undefined)
  })

  it('are at most so many: the oldest go, or no more come', async () => {
    const { clock, logs, next } = logsOver()
    const dropping = gatewayOf({ logManagement: 3, logManagementStrategy: 'DELETE_OLDEST' })
    for (let n = 0; n < 6; n += 1) {
      assert.equal(await logs.hasRoom('org-a', dropping), true)
      await logs.keep('org-a', dropping, next(), undefined)
    }
    const left = await logs.find('org-a', 'g', ALL_LOGS, 1, 10)
    assert.deepEqual([ids(left.logs), left.total], [['event-6', 'event-5', 'event-4'], 3])
    const stopping = gatewayOf({ id: 'h', logManagement: 2, logManagementStrategy: 'STOP_INSERTING' })
    for (const room of [true, true, false]) {
      assert.equal(await logs.hasRoom('org-a', stopping), room)
      if (room) await logs.keep('org-a', stopping, next(), undefined)
    }
    await logs.remove('org-a', 'h', ALL_LOGS, 1)
    assert.equal(await logs.hasRoom('org-a', stopping), true)
    assert.ok(clock.now > 0)
  })

  it('are removed as they are asked for, with their bodies, and all of them with their gateway', async () => {
    const { documents, logs, next } = logsOver()
    const gateway = gatewayOf()
    const bodies = { request: { text: 'q', complete: true }, response: { text: 'a', complete: true }, days: 1 }
    for (let n = 0; n < 5; n += 1) await logs.keep('org-a', gateway, next({ success: n % 2 === 0 }), bodies)
    const failed = { ...ALL_LOGS, filters: [{ key: 'success', operator: 'eq' as const, values: [false] }] }
    assert.equal(await logs.remove('org-a', 'g', failed, 1_000), 2)
    assert.equal((await logs.find('org-a', 'g', ALL_LOGS, 1, 10)).total, 3)
    assert.equal(await documents.count('gateway-log-body', 'org-a', {}), 6)
    await logs.keep('org-a', gatewayOf({ id: 'g2' }), next(), bodies)
    await logs.forget('org-a', 'g')
    assert.equal((await logs.find('org-a', 'g', ALL_LOGS, 1, 10)).total, 0)
    assert.equal(await documents.count('gateway-log-body', 'org-a', {}), 2)
  })
})
