/**
 * Promise 2: a cut stream never ends as success. A recorded answer (reasoning, text in several scripts, two tool calls,
 * finish, usage, [DONE]) is cut at every byte, by a broken connection and by a clean end; each time the engine must fail,
 * and what it gave before must be the beginning of the whole answer.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EngineError, type EngineErrorKind, type GenerationEvent } from '@moonbase/core/generation'
import { type FlavourName, type Transport, openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import { FLAVOUR_NAMES } from '../packages/core/src/engines/openai-compatible/flavours.ts'
import { HANDED_IN } from '../packages/core/src/engines/openai-compatible/testing/handed-in.ts'
import {
  MemoryTransport,
  type ScriptedReply,
} from '../packages/core/src/engines/openai-compatible/testing/memory-transport.ts'
import { sampleRequest } from '../packages/core/src/engines/openai-compatible/testing/sample-request.ts'
import { httpTransport } from '../packages/server/src/http/upstream/http-transport.ts'
import { collectUntilFailure } from './support/collect-events.ts'
import { type Fault, openHostileUpstream } from './support/hostile-upstream.ts'

function recorded(name: string): Uint8Array {
  return readFileSync(new URL(`../packages/core/src/engines/openai-compatible/fixtures/${name}`, import.meta.url))
}

async function generate(flavour: FlavourName, url: string, transport: Transport, whole = false) {
  const engine = openaiCompatibleEngine({
    name: 'test',
    url,
    flavour,
    transport,
    clock: { now: () => 0 },
    ...HANDED_IN,
  })
  return collectUntilFailure(engine.generate(sampleRequest({ whole }), new AbortController().signal))
}

async function generateFromMemory(flavour: FlavourName, reply: ScriptedReply, whole = false) {
  return generate(flavour, 'http://upstream.test/v1', new MemoryTransport(() => reply), whole)
}

async function wholeAnswer(flavour: FlavourName, stream: Uint8Array): Promise<readonly GenerationEvent[]> {
  const { events, failure } = await generateFromMemory(flavour, { reads: [stream] })
  assert.equal(failure, undefined)
  return events
}

/** It failed, in a way that fits, and took nothing back. */
function assertCut(
  { events, failure }: { events: readonly GenerationEvent[]; failure: unknown },
  answer: readonly GenerationEvent[],
  kinds: readonly EngineErrorKind[],
  where: string,
): void {
  assert.ok(failure instanceof EngineError, `${where}: ended as if it were complete`)
  assert.ok(kinds.includes(failure.kind), `${where}: ${failure.kind}: ${failure.message}`)
  // Compared as text: this runs for every byte.
  assert.ok(JSON.stringify(answer).startsWith(JSON.stringify(events).slice(0, -1)), where)
  // Nobody has heard that everything is finished, so somebody else can still go on.
  assert.ok(
    events.every(({ type }) => type !== 'finish' && type !== 'usage'),
    where,
  )
}

for (const flavour of FLAVOUR_NAMES) {
  test(`a stream of ${flavour} that is cut at any byte never ends as success`, async () => {
    const stream = recorded(`${flavour}.sse`)
    const answer = await wholeAnswer(flavour, stream)
    // The last byte is the one that completes `data: [DONE]`; where lines end in CRLF, the LF after it is only its tail.
    const complete = flavour === 'generic' ? stream.length - 1 : stream.length
    for (let bytes = 0; bytes < complete; bytes += 1) {
      const reads = [stream.subarray(0, bytes)]
      for (const ending of ['reset', 'end'] as const) {
        const cut = await generateFromMemory(flavour, { reads, ending })
        assertCut(cut, answer, ['cut'], `${ending} after byte ${bytes}`)
      }
    }
  })

  test(`a whole reply of ${flavour} that is cut at any byte never ends as success`, async () => {
    const reply = new TextEncoder().encode(new TextDecoder().decode(recorded(`${flavour}.json`)).trimEnd())
    const headers = { 'content-type': 'application/json' }
    for (let bytes = 0; bytes < reply.length; bytes += 1) {
      const reads = [reply.subarray(0, bytes)]
      for (const ending of ['reset', 'end'] as const) {
        const cut = await generateFromMemory(flavour, { headers, reads, ending }, true)
        assertCut(cut, [], ending === 'reset' ? ['cut'] : ['protocol'], `${ending} after byte ${bytes}`)
      }
    }
  })
}

/** What breaks, how HTTP frames the body, and what it is then taken for. */
const ON_THE_WIRE: readonly (readonly [
  Fault['kind'] & ('cut' | 'end' | 'reset' | 'malformed'),
  'chunked' | 'length' | 'close',
  EngineErrorKind[],
])[] = [
  ['cut', 'chunked', ['cut']],
  ['cut', 'length', ['cut']],
  ['cut', 'close', ['cut']],
  ['end', 'chunked', ['cut']],
  ['end', 'length', ['cut']],
  // A reset may overtake the head of the reply.
  ['reset', 'chunked', ['cut', 'unavailable']],
  ['malformed', 'chunked', ['protocol']],
]

for (const [kind, framing, kinds] of ON_THE_WIRE) {
  test(`over real sockets, ${kind} in a ${framing} body never ends as success`, async () => {
    const stream = recorded('vllm.sse')
    const answer = await wholeAnswer('vllm', stream)
    const places = Array.from({ length: Math.ceil(stream.length / 50) }, (_, at) => at * 50)
    const upstream = await openHostileUpstream((_request, count) => ({
      body: stream,
      framing,
      fault: { kind, after: places[count] ?? 0 },
    }))
    const transport = httpTransport()
    try {
      for (const bytes of places) {
        const cut = await generate('vllm', `${upstream.url}/v1`, transport)
        assertCut(cut, answer, kinds, `${kind} after byte ${bytes}`)
      }
      assert.equal(upstream.requests.length, places.length)
    } finally {
      await transport.close()
      await upstream.close()
    }
  })
}
