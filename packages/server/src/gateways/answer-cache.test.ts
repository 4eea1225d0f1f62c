import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AnswerCache, type CachedAnswer } from './answer-cache.ts'

const answer = (bytes: number): CachedAnswer => ({
  status: 200,
  contentType: 'application/json',
  headers: [],
  streamed: false,
  bodyHeaders: [],
  body: new Uint8Array(bytes),
  model: 'kimi-k2.5',
  usage: undefined,
})
/** With what each takes beside its body. */
const ENTRY = 1_024

describe('the cache of answers', () => {
  it('gives back what was kept until its time is over', () => {
    let now = 0
    const cache = new AnswerCache(() => now)
    const kept = answer(10)
    cache.keep('a', 'org-a', 'g', kept, 1_000)
    now = 999
    assert.equal(cache.find('a'), kept)
    now = 1_000
    assert.equal(cache.find('a'), undefined)
    assert.deepEqual(cache.figures, { answers: 0, bytes: 0, hits: 1, misses: 1 })
  })

  it('makes room within an organisation, which takes none of another one', () => {
    const cache = new AnswerCache(() => 0, { organisationBytes: 2 * (ENTRY + 100) })
    cache.keep('b', 'org-b', 'g', answer(100), 1_000)
    for (const key of ['a1', 'a2', 'a3']) {
      cache.keep(key, 'org-a', 'g', answer(100), 1_000)
      // What is used stays.
      cache.find('a1')
    }
    assert.deepEqual(
      ['a1', 'a2', 'a3', 'b'].map((key) => cache.find(key) !== undefined),
      [true, false, true, true],
    )
  })

  it('is bounded in bytes and in answers, whoever asks', () => {
    const cache = new AnswerCache(() => 0, { allBytes: 10 * ENTRY, answers: 4, answerBytes: 500 })
    for (let n = 0; n < 100; n += 1) cache.keep(`k${n}`, `org-${n}`, 'g', answer(100), 1_000)
    assert.equal(cache.figures.answers, 4)
    assert.ok(cache.find('k99'))
    cache.keep('large', 'org-a', 'g', answer(501), 1_000)
    assert.equal(cache.find('large'), undefined)
  })

  it('forgets a gateway, and nothing else', () => {
    const cache = new AnswerCache(() => 0)
    cache.keep('a', 'org-a', 'g', answer(1), 1_000)
    cache.keep('b', 'org-a', 'other', answer(1), 1_000)
    cache.keep('c', 'org-b', 'g', answer(1), 1_000)
    cache.forget('org-a', 'g')
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => cache.find(key) !== undefined),
      [false, true, true],
    )
  })
})

describe('an answer that is gathered', () => {
  it('is whole as it left, and gives its room back', () => {
    const cache = new AnswerCache(() => 0)
    const gathered = cache.gather()
    gathered.take('data: ü\n')
    gathered.take(new Uint8Array([10]))
    assert.equal(cache.figures.bytes, 10)
    assert.equal(Buffer.from(gathered.whole() ?? []).toString(), 'data: ü\n\n')
    gathered.end()
    gathered.end()
    assert.equal(cache.figures.bytes, 0)
  })

  it('is given up where it is too large, and where all of them together are', () => {
    const cache = new AnswerCache(() => 0, { answerBytes: 10, allBytes: 30 })
    const large = cache.gather()
    large.take('12345')
    large.take('123456')
    large.take('1')
    assert.equal(large.whole(), undefined)
    assert.equal(cache.figures.bytes, 0)
    const [one, other] = [cache.gather(), cache.gather()]
    one.take('1234567890')
    other.take('1234567')
    assert.deepEqual([one.whole()?.length, other.whole()], [10, undefined])
    one.end()
  })
})
