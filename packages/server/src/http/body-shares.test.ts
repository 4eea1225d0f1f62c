import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ApiError } from '@moonbase/protocol'
import { type BodyShare, BodyShares } from './body-shares.ts'

const MEGABYTE = 1024 * 1024

/** A body that comes, of which is known whether it was told to give way. */
class Body {
  readonly share: BodyShare
  refusal: ApiError | undefined

  constructor(shares: BodyShares, owner: string) {
    this.share = shares.open(owner, { fail: (error) => (this.refusal = error) })
  }

  /** As a body takes it: whoever is refused lets go. */
  take(bytes: number): string {
    if (this.refusal !== undefined) return this.refusal.code
    this.refusal = this.share.take(bytes)
    if (this.refusal !== undefined) this.share.end()
    return this.refusal?.code ?? 'taken'
  }
}

const bodiesOf = (shares: BodyShares, owner: string, count: number) =>
  Array.from({ length: count }, () => new Body(shares, owner))

describe('the bytes of bodies in hand', () => {
  it('are at most so many, and ten unfinished bodies of one owner stand in nobody else’s way', () => {
    const shares = new BodyShares({ bytes: 1024 * MEGABYTE, bytesPerSecond: 1024 })
    const hostile = bodiesOf(shares, 'hostile', 11)
    let most = 0
    // All eleven come side by side, up to a byte before the end of a hundred megabytes each.
    for (let sent = 0; sent < 100; sent += 1) {
      for (const body of hostile) body.take(MEGABYTE)
      most = Math.max(most, shares.bytes)
      // Meanwhile somebody else's small and large requests come and go.
      for (const size of [1, 177 * 1024, MEGABYTE]) {
        const other = new Body(shares, 'other')
        assert.equal(other.take(size), 'taken')
        other.share.arrived()
        other.share.end()
      }
    }
    assert.ok(most <= 768 * MEGABYTE, `${most} bytes were in hand`)
    // The newest gave way, and heard why and when to come again; the oldest are still here.
    assert.deepEqual(
      hostile.map(({ refusal }) => refusal?.code ?? 'here'),
      [...Array<string>(7).fill('here'), ...Array<string>(4).fill('share_limit')],
    )
    assert.deepEqual([hostile[10]?.refusal?.status, hostile[10]?.refusal?.retryAfterMs], [429, 1000])
    // And nothing more comes of them: within ten looks they are gone, and what they held is free.
    for (let look = 0; look < 20; look += 1) shares.look()
    assert.equal(shares.bytes, 0)
    assert.deepEqual(new Set(hostile.slice(0, 7).map(({ refusal }) => refusal?.code)), new Set(['body_too_slow']))
  })

  it('are taken from whoever holds most when all of them are in hand', () => {
    const shares = new BodyShares({ bytes: 100, bytesPerSecond: 0 })
    const [first, second] = [new Body(shares, 'large'), new Body(shares, 'large')]
    const small = new Body(shares, 'small')
    assert.deepEqual([first.take(30), second.take(30), small.take(40)], ['taken', 'taken', 'taken'])
    assert.equal(small.take(5), 'taken')
    assert.deepEqual([first.refusal, second.refusal?.code, shares.bytes], [undefined, 'share_limit', 75])
    // Now it holds most itself.
    assert.equal(new Body(shares, 'third').take(25), 'taken')
    assert.equal(small.take(1), 'share_limit')
  })

  it('are not taken from who is being answered, and then whoever comes is told that the server is busy', () => {
    const shares = new BodyShares({ bytes: 100, bytesPerSecond: 0 })
    const answered = ['a', 'b'].map((owner) => new Body(shares, owner))
    for (const body of answered) {
      assert.equal(body.take(50), 'taken')
      body.share.arrived()
    }
    const late = new Body(shares, 'c')
    assert.equal(late.take(1), 'share_limit')
    assert.deepEqual(
      answered.map(({ refusal }) => refusal),
      [undefined, undefined],
    )
    answered[0]?.share.end()
    assert.equal(new Body(shares, 'c').take(50), 'taken')
  })

  it('are not begun to be read where those of one owner announce too many, but one body alone may be as large as it is', () => {
    const shares = new BodyShares({ bytes: 100, bytesPerSecond: 0 })
    const [first, second, other] = ['one', 'one', 'other'].map((owner) => new Body(shares, owner))
    assert.equal(first?.share.expect(90), undefined)
    assert.equal(first?.take(10), 'taken')
    assert.equal(second?.share.expect(66)?.code, 'share_limit')
    assert.deepEqual([second?.share.expect(65), other?.share.expect(90)], [undefined, undefined])
  })

  it('are held by no body that comes slower than it may, and by every one that comes fast enough', () => {
    const shares = new BodyShares({ bytes: 10_000, bytesPerSecond: 10 })
    const [slow, fast, stopped] = ['slow', 'fast', 'stopped'].map((owner) => new Body(shares, owner))
    assert.equal(stopped?.take(5000), 'taken')
    for (let look = 0; look < 25; look += 1) {
      slow?.take(9)
      fast?.take(10)
      shares.look()
    }
    assert.deepEqual(
      [slow, fast, stopped].map((body) => body?.refusal?.code),
      ['body_too_slow', undefined, 'body_too_slow'],
    )
    assert.equal(shares.bytes, 250)
  })
})
