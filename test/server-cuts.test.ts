/**
 * Promise 2 as a client of each face sees it: the upstream of a running server is cut at places all over a recorded stream, in
 * every way a socket can fail. The server's own stream must then end with a failure in the form of that face, and nothing in it
 * may mean complete; before the first event the failure has a status. A whole reply is a failure, never a shorter 200. The suite
 * `cut-streams` cuts at every byte.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Face, askFace } from './faces/face.ts'
import { FACES } from './faces/faces.ts'
import type { CalledReply } from './support/call.ts'
import { type Fault, openHostileUpstream } from './support/hostile-upstream.ts'
import { type TestServer, startServer } from './support/start-server.ts'

/** What is shown here is what one failure looks like: nobody is asked again, and nobody goes on. */
const ONCE = 'routing: { attempts: 1, seams: 0, breaker: { failures: 0 } }'

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../packages/core/src/engines/openai-compatible/fixtures/${name}`, import.meta.url))
const stream = recorded('vllm.sse')
/** Without the end of its line: what lacks nothing else is whole. */
const reply = Buffer.from(recorded('vllm.json').toString().trimEnd())

/** Coprime to the length of an event, so that cuts fall on every part of one, and odd, so that every kind has its turn. */
const STEP = Number(process.env['MOONBASE_CUT_STEP'] ?? 53)
const PARALLEL = 8
const KINDS = ['cut', 'end', 'reset', 'malformed'] as const
const ENDINGS = ['cut', 'end'] as const

/** One after another in each way: a place is cut in one of them. */
function faultsOf<Kind extends Fault['kind'] & (typeof KINDS)[number]>(
  { length }: Buffer,
  kinds: readonly Kind[],
): { readonly kind: Kind; readonly after: number }[] {
  const places = Array.from({ length: Math.floor((length - 1) / STEP) + 1 }, (_, place) => place * STEP)
  return places.flatMap((after) => {
    const kind = kinds[after % kinds.length]
    return kind === undefined ? [] : [{ kind, after }]
  })
}

/** As it is asked for, in the last words of a request. */
const wordsOf = ({ kind, after }: ReturnType<typeof faultsOf>[number]): string => `Weather? ${kind} after ${after}.`

function askedFault(body: string): { readonly fault?: Fault } {
  const [, said, after] = /Weather\? (\w+) after (\d+)\./.exec(body) ?? []
  const kind = KINDS.find((one) => one === said)
  return kind === undefined ? {} : { fault: { kind, after: Number(after) } }
}

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
}

function behind(upstream: { readonly url: string }): Promise<TestServer> {
  return startServer({
    environment: { MOONBASE_UPSTREAM: `${upstream.url}/v1`, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
    config: ONCE,
  })
}

function ask(face: Face, server: TestServer, words: string, streamed: boolean): Promise<CalledReply> {
  return askFace(face, server, { body: face.asking(words, streamed) })
}

/** It is not the caller's fault, and says that he may ask again: Cloudflare's number for a run that was cut comes with a 408. */
function assertFailed(face: Face, { status, text, json }: CalledReply, where: string): void {
  assert.ok((status >= 500 || status === 408) && face.refusalIn(json) !== undefined, `${where} ${status} ${text}`)
}

/** @param whole what is said where nothing is cut */
function assertCut(face: Face, cut: CalledReply, whole: string, where: string): void {
  const { status, text } = cut
  if (status !== 200) return assertFailed(face, cut, where)
  const { said, complete, failure } = face.readStream(text)
  assert.ok(!complete, where)
  assert.ok(failure !== undefined && failure.message !== '', where)
  assert.ok(whole.startsWith(said), where)
}

describe('a server whose upstream is cut', () => {
  for (const face of FACES) {
    it(`never says at ${face.name} that a stream is complete`, async () => {
      await using upstream = await openHostileUpstream(({ body }) => ({ body: stream, ...askedFault(body) }))
      await using server = await behind(upstream)
      const complete = await ask(face, server, 'Weather?', true)
      const whole = face.readStream(complete.text)
      assert.ok(whole.complete && whole.failure === undefined && whole.said !== '', complete.text)
      await inTurns(faultsOf(stream, KINDS), async (fault) => {
        const cut = await ask(face, server, wordsOf(fault), true)
        assertCut(face, cut, whole.said, `${wordsOf(fault)} ${cut.text.slice(-600)}`)
      })
    })

    it(`never gives a shorter whole reply at ${face.name}`, async () => {
      const headers = { 'content-type': 'application/json' }
      await using upstream = await openHostileUpstream(({ body }) => ({ headers, body: reply, ...askedFault(body) }))
      await using server = await behind(upstream)
      const complete = await ask(face, server, 'Weather?', false)
      assert.ok((face.saidIn(complete.json) ?? '') !== '', complete.text)
      await inTurns(faultsOf(reply, ENDINGS), async (fault) => {
        assertFailed(face, await ask(face, server, wordsOf(fault), false), wordsOf(fault))
      })
    })
  }
})
