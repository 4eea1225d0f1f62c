import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { describe, it } from 'node:test'
import { EntryTokens, isThisMachine } from './entry-tokens.ts'

const KEYS = { key: 'a', admin: null }

describe('tokens that let somebody in', () => {
  it('do so once, within ten minutes', () => {
    let now = 0
    const entries = new EntryTokens(() => now)
    const [one, other] = [entries.issue(KEYS), entries.issue({ key: null, admin: 'b' })]
    assert.notEqual(one, other)
    now = 599_999
    assert.deepEqual(entries.take(one), KEYS)
    assert.equal(entries.take(one), undefined)
    now = 600_000
    assert.equal(entries.take(other), undefined)
    assert.equal(entries.take('nobody was given this'), undefined)
  })

  it('are 32 at most: one more makes the oldest worthless', () => {
    const entries = new EntryTokens(() => 0)
    const tokens = Array.from({ length: 33 }, () => entries.issue(KEYS))
    assert.equal(entries.take(tokens[0] ?? ''), undefined)
    for (const token of tokens.slice(1)) assert.deepEqual(entries.take(token), KEYS)
  })
})

it('this machine has its loopback and the addresses of its interfaces, and no others', () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? [])
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', ...own]) assert.ok(isThisMachine(address), address)
  for (const address of ['192.0.2.1', '2001:db8::1', '', '128.0.0.1', '1270.0.0.1']) {
    assert.ok(!isThisMachine(address), address)
  }
})
