import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load } from './configuration/testing/in-memory-load.ts'
import { httpLimits, mostDescriptors } from './http-limits.ts'

const MEGABYTE = 1024 * 1024
const limitsOf = async (files: string, heapMb: number, descriptors: number | undefined) =>
  httpLimits((await load({ files })).limits, heapMb * MEGABYTE, descriptors)

describe('what HTTP may take of a machine', () => {
  it('is a quarter of the heap for bodies, and half of the descriptors for connections', async () => {
    const large = await limitsOf('metrics: { open: false }', 4096, 100_000)
    assert.deepEqual([large.bodiesBytes, large.connections], [1024 * MEGABYTE, 20_000])
    const small = await limitsOf('metrics: { open: false }', 512, 1024)
    assert.deepEqual([small.bodiesBytes, small.connections], [200 * MEGABYTE, 448])
    assert.equal((await limitsOf('metrics: { open: false }', 512, 64)).connections, 1)
    assert.equal((await limitsOf('metrics: { open: false }', 512, undefined)).connections, 20_000)
  })

  it('is what the operator says', async () => {
    const { bodiesBytes, connections } = await limitsOf(
      'limits: { shares: { bodies_bytes: 150000000, connections: 7 } }',
      4096,
      100_000,
    )
    assert.deepEqual([bodiesBytes, connections], [150_000_000, 7])
    const many = await limitsOf('limits: { shares: { connections: 5000 } }', 4096, 1024)
    assert.equal(many.connections, 448, 'but for connections that there are no descriptors for')
  })

  it('is read where the system tells it', { skip: process.platform !== 'linux' }, () => {
    const said =
      'Limit      Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n'
    assert.equal(
      mostDescriptors(() => said),
      1024,
    )
    assert.equal(
      mostDescriptors(() => 'nothing'),
      undefined,
    )
    assert.ok(Number(mostDescriptors()) > 0)
  })
})
