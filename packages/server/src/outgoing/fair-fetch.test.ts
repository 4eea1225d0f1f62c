import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { FairFetch } from './fair-fetch.ts'
import type { GuardedFetch, OutgoingReply } from './guarded-fetch.ts'

const REPLY: OutgoingReply = { type: undefined, bytes: Buffer.from('bytes') }
const request = (url: string, signal = new AbortController().signal) => ({
  url,
  accept: '*/*',
  takes: () => true,
  mostBytes: 1,
  totalMs: 1,
  signal,
})

/** Fetches end when a test says so. */
function held(): { fetch: GuardedFetch; begun: string[]; end: (url: string) => void } {
  const ends = new Map<string, () => void>()
  const begun: string[] = []
  const fetch: GuardedFetch = ({ url, signal }) =>
    new Promise((resolve, reject) => {
      begun.push(url)
      signal.addEventListener('abort', () => reject(signal.reason))
      ends.set(url, () => resolve(REPLY))
    })
  return { fetch, begun, end: (url) => ends.get(url)?.() }
}

it('fetches one thing of an owner at a time, and turns go round between owners', async () => {
  const { fetch, begun, end } = held()
  const fair = new FairFetch(fetch, 'images', { running: 2 })
  const all = ['a1', 'a2', 'a3', 'b1', 'c1'].map((url) => fair.get(url.slice(0, 1), request(url)))
  await turn()
  assert.deepEqual(begun, ['a1', 'b1'])
  end('a1')
  await turn()
  assert.deepEqual(begun, ['a1', 'b1', 'c1'])
  for (const url of ['b1', 'c1', 'a2', 'a3']) {
    end(url)
    await turn()
  }
  assert.deepEqual(
    await Promise.all(all),
    all.map(() => REPLY),
  )
})

it('refuses who has too many waiting, and others go on', async () => {
  const { fetch, end } = held()
  const fair = new FairFetch(fetch, 'images to fetch', { running: 1, waitingOfOne: 1 })
  const first = fair.get('a', request('a1'))
  await turn()
  const second = fair.get('a', request('a2'))
  await assert.rejects(
    fair.get('a', request('a3')),
    (error) => error instanceof ApiError && error.code === 'share_limit',
  )
  const other = fair.get('b', request('b1'))
  for (const url of ['a1', 'b1', 'a2']) {
    end(url)
    await turn()
  }
  await Promise.all([first, second, other])
})

it('lets go of who leaves, waiting or under way, and of all when it closes', async () => {
  const { fetch, begun } = held()
  const fair = new FairFetch(fetch, 'images', { running: 1 })
  const stop = new AbortController()
  const running = fair.get('a', request('a1', stop.signal))
  const waiting = fair.get('a', request('a2', stop.signal))
  const next = fair.get('b', request('b1'))
  await turn()
  stop.abort(new Error('left'))
  await assert.rejects(running, /left/)
  await assert.rejects(waiting, /left/)
  await turn()
  assert.deepEqual(begun, ['a1', 'b1'])
  fair.close()
  await assert.rejects(next, (error) => error instanceof ApiError && error.code === 'shutting_down')
  await assert.rejects(
    fair.get('c', request('c1')),
    (error) => error instanceof ApiError && error.code === 'shutting_down',
  )
})
