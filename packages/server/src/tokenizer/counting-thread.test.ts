import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ApiError } from '@moonbase/protocol'
import { bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import { tinyTiktokenFile } from '../../../../test/support/tiny-byte-pairs.ts'
import type { PoolLimits } from '../shares/fair-pool.ts'
import { CountingThread, type CountingThreadOptions } from './counting-thread.ts'

/** A thread that runs these lines in place of the real ones: `port`, and `text`, all that is told of a count, are at hand. */
function program(onCount: string, atStart = ''): URL {
  const lines = `
    import { parentPort as port } from 'node:worker_threads'
    ${atStart}
    const texts = new Map()
    port.on('message', ({ count, stop, texts: parts, last }) => {
      if (stop) return
      texts.set(count, (texts.get(count) ?? '') + parts.join(''))
      const text = texts.get(count)
      if (last) {
        ${onCount}
      }
      port.postMessage({ count, tokens: text.length, parts: 1, done: last })
    })`
  return new URL(`data:text/javascript,${encodeURIComponent(lines)}`)
}

/** Breaks at the text `break`, hangs at `hang`, and else tells the number of characters. */
const FRAGILE = program(`
  if (text === 'break') throw new Error('a fault of the test')
  if (text === 'exit') process.exit(3)
  if (text === 'hang') return
`)

const LIMITS: PoolLimits = { running: 8, waiting: 99, waitingOfOne: 99, waitingSize: 1e9, waitingSizeOfOne: 1e9 }

function open(options: Partial<CountingThreadOptions> = {}) {
  const starts = { count: 0 }
  const thread = new CountingThread({
    program: FRAGILE,
    vocabulary: () => {
      starts.count += 1
      return new Uint8Array(1)
    },
    ...options,
  })
  return { thread, starts, [Symbol.asyncDispose]: () => thread.close() }
}

/** With the program that a server runs. */
function openReal() {
  const thread = new CountingThread({ vocabulary: tinyTiktokenFile })
  return { thread, [Symbol.asyncDispose]: () => thread.close() }
}

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error))
  assert.equal(error.code, code)
  return true
}

describe('the counting thread', () => {
  it('starts at the first count, once, and answers each with its own', async () => {
    await using at = open()
    assert.equal(at.starts.count, 0)
    const counts = [1, 5, 3, 9, 2].map((length) => at.thread.count(['x'.repeat(length)]))
    assert.deepEqual(await Promise.all(counts), [1, 5, 3, 9, 2])
    assert.equal(await at.thread.count(['a', 'bc', '', 'd']), 4)
    assert.equal(await at.thread.count([]), 0)
    assert.equal(at.starts.count, 1)
  })

  it('takes the shortest of those that wait', async () => {
    await using at = open()
    const order: number[] = []
    const lengths = [4, 900, 30, 2, 50]
    await Promise.all(
      lengths.map(async (length) => {
        order.push(await at.thread.count(['x'.repeat(length)]))
      }),
    )
    assert.deepEqual(order, [4, 2, 30, 50, 900])
  })

  it('refuses what there is no room to wait for, by number and by length, of all and of one', async () => {
    const cases: readonly (readonly [Partial<PoolLimits>, readonly [text: string, owner: string][]])[] = [
      [
        { running: 1, waiting: 2 },
        [
          ['12345', 'b'],
          ['1234', 'c'],
          ['', 'd'],
        ],
      ],
      [
        { running: 1, waitingSize: 10 },
        [
          ['12345', 'b'],
          ['1234', 'c'],
          ['12', 'd'],
        ],
      ],
      [
        { waitingOfOne: 2 },
        [
          ['12345', 'a'],
          ['1234', 'a'],
          ['', 'a'],
        ],
      ],
      [
        { waitingSizeOfOne: 10 },
        [
          ['12345', 'a'],
          ['1234', 'a'],
          ['12', 'a'],
        ],
      ],
    ]
    for (const [limits, [first, second, refused]] of cases) {
      const at = open({ limits: { ...LIMITS, ...limits } })
      const waiting = [at.thread.count(['hang'], { owner: 'a' })]
      for (const asked of [first, second]) if (asked) waiting.push(at.thread.count([asked[0]], { owner: asked[1] }))
      await assert.rejects(at.thread.count([refused?.[0] ?? ''], { owner: refused?.[1] ?? '' }), (error) => {
        assert.ok(error instanceof ApiError)
        const code = Object.keys(limits)[0]?.endsWith('OfOne') === true ? 'share_limit' : 'server_busy'
        assert.deepEqual([error.code, error.retryAfterMs], [code, 1000])
        return true
      })
      const ended = Promise.all(waiting.map((count) => assert.rejects(count, refusedWith('shutting_down'))))
      await at.thread.close()
      await ended
    }
  })

  it('lets one through however long it is when nothing else is there', async () => {
    const limits = { ...LIMITS, waiting: 0, waitingSize: 0, waitingOfOne: 0, waitingSizeOfOne: 0 }
    await using at = open({ limits })
    assert.equal(await at.thread.count(['x'.repeat(1000)]), 1000)
    assert.equal(await at.thread.count(['x'.repeat(1000)]), 1000)
  })

  it('lets nobody wait for the giant of another owner, and counts both as it would count each', async () => {
    await using at = openReal()
    const order: string[] = []
    const counted = async (name: string, texts: readonly string[]): Promise<number> => {
      const tokens = await at.thread.count(texts, { owner: name })
      order.push(name)
      return tokens
    }
    const giant = 'the moon is there '.repeat(500_000)
    const small = ['the moon', '', 'is '.repeat(30_000)]
    const tokenizer = bpeTokenizer(readTiktokenVocabulary(tinyTiktokenFile()))
    const [giants, smalls] = await Promise.all([counted('giant', [giant, 'and on']), counted('small', small)])
    assert.deepEqual(order, ['small', 'giant'])
    assert.equal(giants, tokenizer.count(giant) + tokenizer.count('and on'))
    assert.equal(smalls, tokenizer.count('the moon') + tokenizer.count('is '.repeat(30_000)))
  })

  it('stops where somebody knows enough', async () => {
    await using at = openReal()
    const tokens = await at.thread.count(['a b c d '.repeat(2_000_000)], { mostTokens: 1000 })
    assert.ok(tokens > 1000 && tokens < 1_000_000, String(tokens))
  })

  it('lets go of a count that nobody waits for any more, under way or not', async () => {
    await using at = open({ limits: { ...LIMITS, running: 1 } })
    const leaves = new AbortController()
    const running = at.thread.count(['hang'], { signal: leaves.signal })
    const waiting = at.thread.count(['hang'], { owner: 'b', signal: leaves.signal })
    const stays = at.thread.count(['stays'], { owner: 'c' })
    leaves.abort(new Error('it left'))
    await assert.rejects(running, /it left/)
    await assert.rejects(waiting, /it left/)
    await assert.rejects(at.thread.count(['x'], { signal: leaves.signal }), /it left/)
    assert.equal(await stays, 5)
  })

  it('finds out which of those under way broke the thread, and counts the others', async () => {
    await using at = open()
    const counts = await Promise.allSettled(
      ['abc', 'break', 'abcdefg', 'exit', 'ab'].map((text, index) => at.thread.count([text], { owner: `o${index}` })),
    )
    assert.deepEqual(
      counts.map((count) => (count.status === 'fulfilled' ? count.value : 'broke')),
      [3, 'broke', 7, 'broke', 2],
    )
  })

  for (const fault of ['break', 'exit']) {
    it(`rejects the count at which the thread broke (${fault}), and counts the others in a new one`, async () => {
      await using at = open()
      const counts = await Promise.allSettled([
        at.thread.count(['abc']),
        at.thread.count([fault]),
        at.thread.count(['abcdefg']),
      ])
      assert.deepEqual(
        counts.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.throws(() => {
        throw counts[1]?.status === 'rejected' ? counts[1].reason : undefined
      }, refusedWith('internal'))
      assert.equal(await at.thread.count(['still here']), 10)
      assert.equal(at.starts.count, 2)
    })
  }

  it('rejects each count once when no thread can be started, and waits for none of them', async () => {
    for (const options of [
      { program: program('', 'throw new Error("no start")') },
      {
        vocabulary: () => {
          throw new Error('no vocabulary')
        },
      },
    ]) {
      await using at = open(options)
      const counts = [at.thread.count(['a']), at.thread.count(['b']), at.thread.count(['c'])]
      await Promise.all(counts.map((count) => assert.rejects(count, refusedWith('internal'))))
    }
  })

  it('refuses after it was closed, and closes twice', async () => {
    const at = open()
    assert.equal(await at.thread.count(['a']), 1)
    await at.thread.close()
    await at.thread.close()
    await assert.rejects(at.thread.count(['a']), refusedWith('shutting_down'))
  })

  it('stops handing over when it is closed in the middle', async () => {
    const at = open()
    const count = assert.rejects(at.thread.count(['x'.repeat(20_000_000)]), refusedWith('shutting_down'))
    await nextTurn()
    await at.thread.close()
    await count
  })
})
