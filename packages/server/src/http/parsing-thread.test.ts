import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { PoolLimits } from '../shares/fair-pool.ts'
import { type ParsingOptions, ParsingThread } from './parsing-thread.ts'

const MEGABYTE = 1024 * 1024
const never = { signal: new AbortController().signal }
const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

/** Full of values, and small: parsed in this thread, in turn. */
const full = (mark: string) => bytesOf({ mark, values: Array.from({ length: 20_000 }, () => 0) })
/** Large: parsed in the other one. */
const large = (mark: string) => bytesOf({ mark, text: 'moon '.repeat(MEGABYTE / 4) })
const markOf = (value: unknown): unknown => (value as { mark: unknown }).mark

function opened(options: Partial<ParsingOptions> = {}) {
  const thread = new ParsingThread({ now: () => 0, ...options })
  return Object.assign(thread, { [Symbol.asyncDispose]: () => thread.close() })
}

/** One in which turns end when the test says so, each after as long a hold as it says. */
function stepped(limits?: Partial<PoolLimits>) {
  let [now, active] = [0, 0]
  const steps: (() => void)[] = []
  const pauses: number[] = []
  const thread = opened({
    now: () => now,
    activeMs: () => active,
    whenHeld: (done) => void steps.push(done),
    later(done, ms) {
      pauses.push(ms)
      steps.push(done)
    },
    limits: { running: 1, waiting: 99, waitingSize: Infinity, waitingOfOne: 99, waitingSizeOfOne: Infinity, ...limits },
  })
  const step = (heldMs = 0, activeMs = heldMs): void => {
    now += heldMs
    active += activeMs
    steps.shift()?.()
  }
  return { thread, pauses, step }
}

describe('the parsing of bodies', () => {
  it('is done at once for whatever holds up nobody', async () => {
    await using thread = opened()
    const turn = {
      messages: Array.from({ length: 200 }, (_, index) => ({ role: 'user', content: 'x'.repeat(900 + index) })),
    }
    assert.deepEqual(thread.parse(bytesOf(turn), 'a', never), turn)
    assert.throws(() => thread.parse(bytesOf('{"a":'), 'a', never), { code: 'invalid_request' })
  })

  it('listens to nobody any more when it is done', async () => {
    await using thread = opened()
    const { signal } = new AbortController()
    const parsed = thread.parse(large('a'), 'a', { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    assert.equal(markOf(await parsed), 'a')
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('is done in another thread for large bodies, with the same values and the same refusals', async () => {
    await using thread = opened()
    const value = {
      short: 'é',
      list: [1, { deep: null }],
      wide: '月'.repeat(MEGABYTE / 2),
      narrow: 'a"\n'.repeat(5000),
    }
    const own = Buffer.from(new ArrayBuffer(bytesOf(value).length))
    own.set(bytesOf(value))
    for (const body of [bytesOf(value), own]) assert.deepEqual(await thread.parse(body, 'a', never), value)
    assert.equal(own.length, 0, 'the thread has had it')
    const broken: readonly (readonly [Buffer, RegExp])[] = [
      [bytesOf(`{"a":"${'x'.repeat(2 * MEGABYTE)}`), /the body is not valid JSON: /],
      [Buffer.concat([bytesOf(`"${'x'.repeat(2 * MEGABYTE)}`), Buffer.from([0xc3, 0x22])]), /not valid UTF-8/],
      [bytesOf('['.repeat(2 * MEGABYTE)), /nested deeper than 512 levels/],
      [bytesOf(`[${'{},'.repeat(6 * MEGABYTE)}{}]`), /more than 100000 values/],
    ]
    for (const [body, words] of broken) {
      await assert.rejects(async () => await thread.parse(body, 'a', never), {
        code: 'invalid_request',
        publicMessage: words,
      })
    }
    assert.deepEqual(await thread.parse(bytesOf(value), 'a', never), value, 'goes on')
  })

  it('goes round by owner: a dozen of one stand in front of nobody else but for the one in hand', async () => {
    const { thread, step } = stepped()
    const order: unknown[] = []
    const asked = (owner: string, mark: string): void => {
      void (async () => order.push(markOf(await thread.parse(full(mark), owner, never))))()
    }
    for (let index = 0; index < 12; index += 1) asked('hostile', `h${index}`)
    asked('other', 'o')
    for (let steps = 0; steps < 40; steps += 1) {
      await setImmediate()
      step()
    }
    assert.deepEqual(order.slice(0, 3), ['h0', 'o', 'h1'])
    assert.equal(order.length, 13)
    await thread.close()
  })

  it('leaves three quarters of the time to everybody else, whatever is sent', async () => {
    const { thread, pauses, step } = stepped()
    const bodies = ['a', 'b', 'c'].map((mark) => thread.parse(full(mark), 'hostile', never) as Promise<unknown>)
    const done = (index: number) => Promise.race([bodies[index], setImmediate('waits')])
    assert.equal(markOf(await done(0)), 'a')
    assert.equal(await done(1), 'waits')
    step(100)
    assert.deepEqual(pauses, [300])
    assert.equal(await done(1), 'waits')
    step()
    assert.equal(markOf(await done(1)), 'b')
    // What has held up nobody is followed at once.
    step(1)
    assert.equal(markOf(await done(2)), 'c')
    assert.deepEqual(pauses, [300])
    await thread.close()
  })

  it('counts what a turn has led to since, up to twenty-one times what it held', async () => {
    const { thread, pauses, step } = stepped()
    const bodies = ['a', 'b'].map((mark) => thread.parse(full(mark), 'hostile', never) as Promise<unknown>)
    await bodies[0]
    step(100)
    step(0, 50)
    assert.deepEqual(pauses, [300, 150])
    step(0, 10_000)
    assert.equal(
      pauses.reduce((sum, ms) => sum + ms),
      2100,
    )
    step(0, 10_000)
    assert.equal(markOf(await bodies[1]), 'b')
    await thread.close()
  })

  it('refuses whose bodies, or all bodies, are too many, and says when to come again', async () => {
    const { thread } = stepped({ waitingOfOne: 2, waiting: 3 })
    // The first has its turn at once, and it is not over before the first step.
    const held = ['a', 'a', 'a', 'b'].map((owner) => thread.parse(full('x'), owner, never) as Promise<unknown>)
    const refusal = { code: 'share_limit', status: 429, retryAfterMs: 1000 }
    await assert.rejects(async () => await thread.parse(full('x'), 'a', never), refusal)
    await assert.rejects(async () => await thread.parse(full('x'), 'c', never), { code: 'server_busy', status: 503 })
    const ended = Promise.allSettled(held)
    await thread.close()
    assert.deepEqual(
      (await ended).map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'rejected'],
    )
    await assert.rejects(async () => await thread.parse(full('x'), 'a', never), { code: 'shutting_down' })
  })

  it('is not done for who has left, in hand or waiting, and goes on with the next', async () => {
    await using thread = opened()
    const [running, waiting] = [new AbortController(), new AbortController()]
    const held = [running, waiting].map((client) => thread.parse(large('x'), 'a', client) as Promise<unknown>)
    const next = thread.parse(large('next'), 'b', never)
    const gone = new Error('gone')
    running.abort(gone)
    waiting.abort(gone)
    await Promise.all(held.map((parsing) => assert.rejects(parsing, gone)))
    assert.equal(markOf(await next), 'next')
    await assert.rejects(async () => await thread.parse(large('x'), 'a', running), gone)
  })

  it('is left at once by who waits for his turn, which others have then', async () => {
    const { thread, step } = stepped()
    const client = new AbortController()
    const [first, left, next] = [
      thread.parse(full('first'), 'a', never),
      thread.parse(full('left'), 'b', client),
      thread.parse(full('next'), 'c', never),
    ]
    assert.equal(markOf(await first), 'first')
    const gone = new Error('gone')
    client.abort(gone)
    await assert.rejects(async () => await left, gone)
    step()
    assert.equal(markOf(await next), 'next')
  })

  it('fails alone when the thread breaks at it', async () => {
    const words = `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ body }) => {
        if (Buffer.from(body).includes('bomb')) throw new Error('broken')
        parentPort.postMessage({ text: '{"mark":"fine"}', block: new Uint8Array(0), strings: [] })
      })`
    await using thread = opened({ program: new URL(`data:text/javascript,${encodeURIComponent(words)}`) })
    const [bomb, fine] = [thread.parse(large('bomb'), 'a', never), thread.parse(large('x'), 'b', never)]
    await assert.rejects(async () => await bomb, { code: 'internal' })
    assert.equal(markOf(await fine), 'fine')
  })
})
