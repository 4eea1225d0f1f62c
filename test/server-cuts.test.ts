/**
 * Promise 2 as a client sees it: the upstream of a running server is cut at places all over a recorded stream, in every
 * way a socket can fail. The server's own stream must then end with an error event, and never with `[DONE]`; before the
 * first event the failure has a status. A whole reply is a 5xx, never a shorter 200.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { call, eventsOf } from './support/call.ts'
import { type Fault, openHostileUpstream } from './support/hostile-upstream.ts'
import { startServer } from './support/start-server.ts'

/** What is shown here is what one failure looks like: nobody is asked again, and nobody goes on. */
const ONCE = 'routing: { attempts: 1, seams: 0, breaker: { failures: 0 } }'

const stream = readFileSync(
  new URL('../packages/core/src/engines/openai-compatible/fixtures/vllm.sse', import.meta.url),
)
/** Coprime to the length of an event, so that cuts fall on every part of one. */
const STEP = 37
const KINDS = ['cut', 'end', 'reset', 'malformed'] as const

interface Delta {
  readonly reasoning_content?: string
  readonly content?: string
  readonly tool_calls?: readonly { readonly function: { readonly arguments?: string } }[]
}

/** Reasoning, content and arguments of a stream, joined in the order in which they came. */
function joined(events: readonly unknown[]): string {
  let text = ''
  for (const event of events as { choices?: { delta?: Delta }[] }[]) {
    const { reasoning_content: reasoning = '', content = '', tool_calls: calls = [] } = event.choices?.[0]?.delta ?? {}
    text += reasoning + content
    for (const { function: called } of calls) text += called.arguments ?? ''
  }
  return text
}

describe('a server whose upstream is cut', () => {
  const body = { model: 'kimi-k2.5', stream: true, messages: [{ role: 'user', content: 'Weather?' }] }

  for (const kind of KINDS) {
    it(`never says [DONE] after a ${kind}`, async () => {
      const places = Array.from({ length: Math.ceil(stream.length / STEP) }, (_, at) => at * STEP)
      const faults: (Fault | undefined)[] = [undefined, ...places.map((after) => ({ kind, after }))]
      await using upstream = await openHostileUpstream((_, count) => {
        const fault = faults[count]
        return { body: stream, ...(fault === undefined ? {} : { fault }) }
      })
      await using server = await startServer({
        environment: { MOONBASE_UPSTREAM: `${upstream.url}/v1`, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
        config: ONCE,
      })
      const ask = () => call(`${server.url}/v1/chat/completions`, { body })

      const complete = await ask()
      const whole = eventsOf(complete.text)
      assert.equal(whole.at(-1), '[DONE]')
      for (const after of places) {
        const reply = await ask()
        const where = `${kind} after byte ${after}: ${reply.text.slice(-300)}`
        assert.ok(!reply.text.includes('[DONE]'), where)
        if (reply.status !== 200) {
          assert.ok(reply.status >= 500, where)
          continue
        }
        const events = eventsOf(reply.text)
        assert.ok(Object.hasOwn(events.at(-1) as object, 'error'), where)
        assert.ok(joined(whole).startsWith(joined(events)), where)
      }
    })
  }

  it('never gives a shorter whole reply', async () => {
    const reply = readFileSync(
      new URL('../packages/core/src/engines/openai-compatible/fixtures/vllm.json', import.meta.url),
    )
    const places = Array.from({ length: Math.floor(reply.length / STEP) }, (_, at) => at * STEP)
    await using upstream = await openHostileUpstream((_, count) => ({
      headers: { 'content-type': 'application/json' },
      body: reply,
      fault: { kind: count % 2 === 0 ? 'cut' : 'end', after: places[count] ?? 0 },
    }))
    await using server = await startServer({
      environment: { MOONBASE_UPSTREAM: `${upstream.url}/v1`, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
      config: ONCE,
    })
    for (const after of places) {
      const cut = await call(`${server.url}/v1/chat/completions`, { body: { ...body, stream: false } })
      assert.ok(cut.status >= 500, `after byte ${after}: ${cut.status} ${cut.text}`)
    }
  })
})
