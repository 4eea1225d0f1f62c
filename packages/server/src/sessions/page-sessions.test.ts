import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import { PageSessions, SESSION_MS } from './page-sessions.ts'

const MINUTE_MS = 60_000
const KEYS = { key: 'a'.repeat(64), admin: 'b'.repeat(64) }

function bench() {
  const clock = { now: 1_000_000 }
  const now = (): number => clock.now
  const documents = new MemoryDocuments(now)
  return { clock, documents, sessions: new PageSessions({ documents, now, random: randomBytes }) }
}

describe('sessions', () => {
  it('are found by their token for twelve hours from the last use, and not by what is kept of it', async () => {
    const { clock, documents, sessions } = bench()
    const { token, session } = await sessions.begin(KEYS)
    assert.deepEqual(session, { ...KEYS, expiresAt: 1_000_000 + SESSION_MS })
    const [kept] = await documents.list('page-session', 'page', { limit: 10 })
    assert.ok(kept !== undefined && !JSON.stringify(kept).includes(token))
    assert.equal(await sessions.find(kept.id), undefined)

    for (let hour = 0; hour < 30; hour++) {
      clock.now += 60 * MINUTE_MS
      const found = await sessions.find(token)
      assert.deepEqual(found, { ...KEYS, expiresAt: clock.now + SESSION_MS, renewed: true })
    }
    clock.now += SESSION_MS
    assert.equal(await sessions.find(token), undefined)
  })

  it('are written anew after five minutes, and not for each request', async () => {
    const { clock, sessions } = bench()
    const { token } = await sessions.begin(KEYS)
    clock.now += 4 * MINUTE_MS
    assert.deepEqual(await sessions.find(token), { ...KEYS, expiresAt: 1_000_000 + SESSION_MS, renewed: false })
    clock.now += 2 * MINUTE_MS
    const both = await Promise.all([sessions.find(token), sessions.find(token)])
    assert.deepEqual(new Set(both.map((one) => one?.renewed)), new Set([false, true]))
  })

  it('end, and a use at that moment does not call them back', async () => {
    const { clock, sessions } = bench()
    const { token } = await sessions.begin(KEYS)
    clock.now += 10 * MINUTE_MS
    await Promise.all([sessions.find(token), sessions.end(token)])
    assert.equal(await sessions.find(token), undefined)
    await sessions.end(token)
  })

  it('take the place of the one before, and have a token of their own', async () => {
    const { sessions } = bench()
    const first = await sessions.begin(KEYS)
    const second = await sessions.begin({ ...KEYS, admin: null }, first.token)
    assert.notEqual(first.token, second.token)
    assert.equal(await sessions.find(first.token), undefined)
    assert.equal((await sessions.find(second.token))?.admin, null)
  })

  it('of one key are 64: another ends the one that was used the longest time ago', async () => {
    const { clock, sessions } = bench()
    const tokens: string[] = []
    for (let made = 0; made < 64; made++) {
      clock.now += 6 * MINUTE_MS
      tokens.push((await sessions.begin(KEYS)).token)
    }
    const [first = '', second = ''] = tokens
    assert.equal((await sessions.find(first))?.renewed, true)
    const { token } = await sessions.begin(KEYS)
    const others = await sessions.begin({ key: 'c'.repeat(64), admin: null })
    assert.equal(await sessions.find(second), undefined)
    for (const one of [first, token, others.token]) assert.ok((await sessions.find(one)) !== undefined)
  })

  it('are not looked for where a text can be no token', async () => {
    const { documents, sessions } = bench()
    documents.get = () => assert.fail('it was looked for')
    for (const token of ['', 'x', 'x'.repeat(44), `${'x'.repeat(42)}=`, `${'x'.repeat(42)}\n`]) {
      assert.equal(await sessions.find(token), undefined)
    }
  })
})
