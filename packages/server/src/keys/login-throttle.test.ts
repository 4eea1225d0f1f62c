import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol'
import { keyAccount } from '../accounts/testing/account-fixtures.ts'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import { LoginThrottle } from './login-throttle.ts'

const right = keyAccount()

class Bench {
  readonly clock = steppedClock()
  readonly guard = new LoginThrottle(this.clock)
  looks = 0

  /** How an attempt ends, `right` or the code of its refusal, and when: milliseconds after it was made. */
  async try(key: string | undefined, address = '192.0.2.1', signal = new AbortController().signal): Promise<string> {
    const began = this.clock.now()
    const find = () => {
      if (key === undefined) throw apiError('incorrect_api_key')
      if (key.includes(' ')) throw apiError('invalid_authentication')
      this.looks += 1
      return key === 'sk-right' ? right : undefined
    }
    try {
      const found = await this.guard.attempt({ address, signal }, find)
      assert.equal(found, right)
      return 'right'
    } catch (error) {
      const code = error instanceof ApiError ? error.code : String(error)
      return `${code} after ${this.clock.now() - began}`
    }
  }

  async tries(count: number, address?: string): Promise<string[]> {
    const all: string[] = []
    for (let tried = 0; tried < count; tried++) all.push(await this.try('sk-wrong', address))
    return all
  }

  /** Attempts that wait, to be waited for. */
  guess(count: number, address?: string): Promise<string>[] {
    return Array.from({ length: count }, () => this.try('sk-wrong', address))
  }
}

const AT_ONCE = 'incorrect_api_key after 0'

test('ten wrong keys a minute are refused at once; then refusals come later, up to eight seconds', async () => {
  const bench = new Bench()
  assert.deepEqual(
    await bench.tries(10),
    Array.from({ length: 10 }, () => AT_ONCE),
  )
  const later = bench.guess(6)
  await bench.clock.pass(999)
  assert.equal(bench.guard.waiting, 6)
  for (const ms of [1, 1_000, 2_000, 4_000]) await bench.clock.pass(ms)
  assert.deepEqual(
    await Promise.all(later),
    [1_000, 2_000, 4_000, 8_000, 8_000, 8_000].map((ms) => `incorrect_api_key after ${ms}`),
  )
  assert.equal(bench.guard.waiting, 0)
})

test('a right key is answered at once, also from an address that guesses', async () => {
  const bench = new Bench()
  await bench.tries(10)
  const later = bench.guess(15)
  assert.equal(await bench.try('sk-right'), 'right')
  assert.equal(await bench.try('sk-right', '192.0.2.2'), 'right')
  await bench.clock.pass(8_000)
  await Promise.all(later)
})

test('when sixteen refusals of an address wait, no further key of it is looked at', async () => {
  const bench = new Bench()
  await bench.tries(10)
  const later = bench.guess(16)
  const { looks } = bench
  assert.equal(await bench.try('sk-wrong'), 'too_many_attempts after 0')
  assert.equal(await bench.try('sk-right'), 'too_many_attempts after 0')
  assert.equal(bench.looks, looks)
  assert.equal(await bench.try('sk-right', '192.0.2.2'), 'right')
  await bench.clock.pass(1_000)
  assert.equal(await bench.try('sk-right'), 'right')
  await bench.clock.pass(7_000)
  await Promise.all(later)
})

test('a refusal without a look says when to come again', async () => {
  const bench = new Bench()
  await bench.tries(10)
  const later = bench.guess(16)
  const { signal } = new AbortController()
  const exchange = { address: '192.0.2.1', signal }
  assert.throws(
    () => bench.guard.attempt(exchange, () => right),
    (error: unknown) =>
      error instanceof ApiError &&
      error.status === 429 &&
      error.type === 'rate_limit_reached_error' &&
      error.retryAfterMs === 8_000 &&
      error.publicMessage === 'Too many attempts with wrong API keys, please try again after 8 seconds',
  )
  await bench.clock.pass(8_000)
  await Promise.all(later)
})

test('time forgives: one wrong key every six seconds, and all that counts for delays within half a minute', async () => {
  const bench = new Bench()
  await bench.tries(10)
  await bench.clock.pass(6_000)
  assert.equal(await bench.try('sk-wrong'), AT_ONCE)
  const later = bench.guess(16)
  await bench.clock.pass(8_000)
  await Promise.all(later)
  await bench.clock.pass(22_000)
  assert.equal(await bench.try('sk-wrong'), AT_ONCE)
})

test('whoever shows no key, or what cannot be one, does not guess', async () => {
  const bench = new Bench()
  for (let tried = 0; tried < 30; tried++) {
    assert.equal(await bench.try(undefined), AT_ONCE)
    assert.equal(await bench.try('two words'), 'invalid_authentication after 0')
  }
  assert.equal(await bench.try('sk-wrong'), AT_ONCE)
})

test('addresses are told apart, IPv6 ones by their first 64 bits, however they are written', async () => {
  const bench = new Bench()
  await bench.tries(10, '2001:db8:0:1::1')
  const later = [
    '2001:db8:0:1::2',
    '2001:DB8:0000:1:ffff::',
    '2001:db8:0:1:1:2:3:4',
    '2001:db8:0:1:1:2:192.0.2.1',
  ].flatMap((address) => bench.guess(1, address))
  assert.equal(bench.guard.waiting, later.length)
  for (const other of ['2001:db8:0:2::1', '2001:db8::1', '::1', '::1:0:0:0:1', 'fe80::1%eth0', '192.0.2.1', '']) {
    assert.deepEqual(await bench.tries(1, other), [AT_ONCE], other)
  }
  await bench.clock.pass(8_000)
  await Promise.all(later)
})

test('a client that leaves makes room, and the server’s own end is what it hears', async () => {
  const bench = new Bench()
  await bench.tries(10)
  const leaving = new AbortController()
  const left = Array.from({ length: 16 }, () => bench.try('sk-wrong', '192.0.2.1', leaving.signal))
  assert.equal(await bench.try('sk-right'), 'too_many_attempts after 0')
  leaving.abort(apiError('shutting_down'))
  assert.deepEqual(new Set(await Promise.all(left)), new Set(['shutting_down after 0']))
  assert.equal(bench.guard.waiting, 0)
  assert.equal(await bench.try('sk-right'), 'right')
})

test('refusals that wait are bounded in all; others than those who guess notice nothing of it', async () => {
  const bench = new Bench()
  const later: Promise<string>[] = []
  for (let host = 0; host < 64; host++) {
    await bench.tries(10, `10.0.0.${host}`)
    later.push(...bench.guess(16, `10.0.0.${host}`))
  }
  assert.equal(bench.guard.waiting, 1_024)
  // A new address has its ten, and then is not looked at as long as there is no room.
  const { looks } = bench
  assert.deepEqual(await bench.tries(12, '10.0.1.1'), [
    ...Array.from({ length: 10 }, () => AT_ONCE),
    'too_many_attempts after 0',
    'too_many_attempts after 0',
  ])
  assert.equal(bench.looks, looks + 10)
  assert.equal(await bench.try('sk-right', '10.0.1.2'), 'right')
  await bench.clock.pass(8_000)
  await Promise.all(later)
  assert.equal(bench.guard.waiting, 0)
})

test('of more addresses than are remembered the one that tried longest ago is forgotten, and none that waits', async () => {
  const bench = new Bench()
  await bench.tries(10, 'oldest')
  const later = bench.guess(1, 'oldest')
  await bench.tries(10, 'next')
  for (let host = 0; host < 9_999; host++) await bench.try('sk-wrong', `host ${host}`)
  // Nobody has forgotten the one whose refusal waits; the next one has its allowance again.
  const again = bench.guess(1, 'oldest')
  assert.equal(bench.guard.waiting, 2)
  assert.equal(await bench.try('sk-wrong', 'next'), AT_ONCE)
  await bench.clock.pass(8_000)
  await Promise.all([...later, ...again])
})
