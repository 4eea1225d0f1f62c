/**
 * Engines that take rendered prompts go on from anywhere. One upstream knows a whole answer; it is cut behind every one of
 * its chunks, and a second request goes on from what was given: both parts joined must be the answer, to the character.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FlavourName, openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
import {
  EngineError,
  EventGuard,
  type GenerationEvent,
  type GenerationRequest,
  Transcript,
} from '@moonbase/core/generation'
import { HANDED_IN } from '../packages/core/src/engines/openai-compatible/testing/handed-in.ts'
import { sampleRequest } from '../packages/core/src/engines/openai-compatible/testing/sample-request.ts'
import { continueRequest } from '../packages/core/src/routing/continue-request.ts'
import { httpTransport } from '../packages/server/src/http/upstream/http-transport.ts'
import { collectUntilFailure, onlyChoice } from './support/collect-events.ts'
import {
  type ModelAnswer,
  type ModelUpstream,
  type UpstreamFault,
  openModelUpstream,
} from './support/model-upstream.ts'

const RAW: readonly FlavourName[] = ['vllm', 'sglang', 'ktransformers', 'llama-server']

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const TOOLS: GenerationRequest['tools'] = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  name,
  parameters: CITY,
  strict: true,
}))

const ANSWERS: Readonly<Record<string, { answer: ModelAnswer; request: GenerationRequest }>> = {
  'thought and text': {
    answer: {
      reasoning: '用户 asks.\nI greet 🌤 them.',
      text: '\n  Hello — 你好!\n\n1 < 2, and that is all.\n',
      calls: [],
    },
    request: sampleRequest(),
  },
  'thought, text and calls': {
    answer: {
      reasoning: 'Two cities:  北京 & Oslo.',
      text: 'Let me look. ',
      calls: [
        { name: 'get_weather', arguments: '{"city": "北京 🌤", "note": "a < b </b> \\"q\\""}' },
        { name: 'get_weather', arguments: '{"city":\n  "Oslo"\n}' },
        { name: 'get_time', arguments: '{"city": "Oslo"}' },
      ],
    },
    request: sampleRequest({ tools: TOOLS }),
  },
  'calls behind a thought alone': {
    answer: { reasoning: 'Now.', text: '', calls: [{ name: 'get_time', arguments: '{"city": "Oslo"}' }] },
    request: sampleRequest({ tools: TOOLS }),
  },
}

const NEVER = new AbortController().signal

/** A fault for the first asking only: what goes on is not cut. */
let fault: UpstreamFault | undefined
let answer: ModelAnswer
let upstream: ModelUpstream
const transport = httpTransport()

before(async () => {
  upstream = await openModelUpstream({
    answer: () => answer,
    chunk: 1,
    fault: () => {
      const now = fault
      fault = undefined
      return now
    },
  })
})
after(async () => {
  await transport.close()
  await upstream.close()
})

/** What a client has in the end. */
function joinedFrom(events: readonly GenerationEvent[]): unknown {
  const { reasoning, text, calls, finish } = onlyChoice(events)
  return { reasoning, text, calls: calls.map(({ name, arguments: given }) => ({ name, arguments: given })), finish }
}

describe('an engine with raw prompts goes on', () => {
  for (const flavour of RAW) {
    for (const [name, play] of Object.entries(ANSWERS)) {
      test(`${flavour}: from behind every chunk of ${name}`, async () => {
        const { request } = play
        answer = play.answer
        const engine = openaiCompatibleEngine({
          name: flavour,
          url: upstream.url,
          flavour,
          transport,
          clock: { now: () => 0 },
          ...HANDED_IN,
        })
        const expected = {
          ...play.answer,
          calls: [...play.answer.calls],
          finish: play.answer.calls.length > 0 ? 'tool_calls' : 'stop',
        }
        /** Characters that were given; behind the last chunk they grow no more. */
        let given = -1
        let places = 0
        for (let chunks = 1; ; chunks += 1) {
          fault = { after: chunks, how: 'cut' }
          const first = await collectUntilFailure(engine.generate(request, NEVER))
          assert.ok(first.failure instanceof EngineError && first.failure.kind === 'cut', String(first.failure))
          const transcript = new Transcript()
          for (const event of first.events) transcript.see(event)
          if (transcript.size === given) break
          given = transcript.size
          places += 1
          const guard = new EventGuard(flavour, 1, transcript.calls.length)
          const second = await collectUntilFailure(engine.generate(continueRequest(request, transcript, 5), NEVER))
          const where = `after chunk ${chunks}: ${JSON.stringify(upstream.bodies.at(-1))}`
          assert.equal(second.failure, undefined, where)
          for (const event of second.events) guard.see(event)
          guard.end()
          assert.deepEqual(joinedFrom([...first.events, ...second.events]), expected, where)
        }
        assert.ok(places > 8, `only ${places} places`)
      })
    }
  }
})
