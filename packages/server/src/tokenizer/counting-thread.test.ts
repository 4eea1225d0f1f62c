import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ApiError } from '@moonbase/protocol'
import { CountingThread, type CountingThreadOptions } from './counting-thread.ts'

/** A thread that runs these lines in place of the real ones: `port` and `texts` are at hand. */
function program(onText: string, atStart = ''): URL {
  const lines = `
    import { parentPort as port } from 'node:worker_threads'
    ${atStart}
    let texts = []
    port.on('message', (message) => {
      if (message !== 'end') {
        texts.push(...message.texts)
        return
      }
      ${onText}
      port.postMessage(texts.join('').length)
      texts = []
    })`
  return new URL(`data:text/javascript,${encodeURIComponent(lines)}`)
}

/** Breaks at the text `break`, hangs at `hang`, and else tells the number of characters. */
const FRAGILE = program(`
  if (texts[0] === 'break') throw new Error('a fault of the test')
  if (texts[0] === 'exit') process.exit(3)
  if (texts[0] === 'hang') return
`)

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

  it('refuses what there is no room to wait for, by number and by length', async () => {
    const at = open({ limits: { waiting: 2, waitingUnits: 10 } })
    const running = at.thread.count(['hang'])
    const waiting = [at.thread.count(['12345']), at.thread.count(['1234'])]
    await assert.rejects(at.thread.count(['']), refusedWith('server_busy'))
    const long = open({ limits: { waiting: 2, waitingUnits: 10 } })
    const first = long.thread.count(['hang'])
    await assert.rejects(long.thread.count(['12345678901']), refusedWith('server_busy'))
    const refused = Promise.all(
      [running, ...waiting, first].map((count) => assert.rejects(count, refusedWith('shutting_down'))),
    )
    await Promise.all([at.thread.close(), long.thread.close()])
    await refused
  })

  it('lets one through however long it is when nothing else is there', async () => {
    await using at = open({ limits: { waiting: 0, waitingUnits: 0 } })
    assert.equal(await at.thread.count(['x'.repeat(1000)]), 1000)
    assert.equal(await at.thread.count(['x'.repeat(1000)]), 1000)
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
