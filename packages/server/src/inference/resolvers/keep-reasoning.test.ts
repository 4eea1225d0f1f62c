import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type GenerationEvent, type RequestDraft, foldReply } from '@moonbase/core/generation'
import type { LenientSwitch } from '@moonbase/protocol'
import type { Script } from '../../../../../test/support/scripted-engines.ts'
import { steppedClock } from '../../../../../test/support/stepped-clock.ts'
import type { Documents } from '../../documents/documents.ts'
import { MemoryDocuments } from '../../documents/memory-documents.ts'
import type { DocumentWrite } from '../../records/document.ts'
import type { InferenceRequest } from '../inference.ts'
import { FINISH, START, USAGE, inferenceBench, requestOf, text } from '../testing/inference-bench.ts'
import { digestsOf } from './conversation-digests.ts'
import { keepReasoning } from './keep-reasoning.ts'
import { REASONING_KIND, type ReasoningOutcome } from './reasoning-parts.ts'
import { ReasoningStore } from './reasoning-store.ts'
import { worldOf } from './reasoning-world.ts'

const thought = (words: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: words })
const CALL: GenerationEvent = { type: 'tool-call', choice: 0, call: 0, name: 'Read', arguments: '{"path":"a"}' }
const CALLED: GenerationEvent = { type: 'finish', choice: 0, reason: 'tool_calls' }
const THINKS: Script = { events: [START, thought('Hm, '), thought('a file.'), CALL, CALLED, USAGE] }

const asking: Partial<RequestDraft> = {
  thinking: true,
  tools: [{ type: 'function', name: 'Read', parameters: { type: 'object', properties: {} }, strict: true }],
}

function opened(script: Script, put?: Documents['put']) {
  const bench = inferenceBench([script])
  const documents = new MemoryDocuments(() => bench.clock.now())
  const counted: ReasoningOutcome[] = []
  const store = new ReasoningStore({
    documents: {
      put: put ?? ((writes) => documents.put(writes)),
      list: (...asked) => documents.list(...asked),
      count: (...asked) => documents.count(...asked),
      lease: (...asked) => documents.lease(...asked),
    },
    limits: { keepMs: 1000, entries: 100, bytes: 1_000_000 },
    // Nobody passes its time: a wait that would be given up lasts.
    clock: steppedClock(),
    count: (outcome) => void counted.push(outcome),
    onProblem: () => undefined,
  })
  const service = keepReasoning(bench.service, store)
  const ask = async (
    draft: Partial<RequestDraft> = {},
    more: Partial<InferenceRequest> = {},
    lenient: readonly LenientSwitch[] = ['restore-reasoning'],
  ) => {
    const terms = { lenient: new Set(lenient), scope: 'org-1' }
    const running = await service.start(requestOf(bench, { ...asking, ...draft }, { terms, ...more }))
    return foldReply(running.events)
  }
  const kept = async () => {
    const list = await documents.list(REASONING_KIND, 'org-1', { limit: 10 })
    return list.map(({ value }) => (value as { reasoning: string }).reasoning)
  }
  return { bench, documents, counted, service, ask, kept }
}

describe('keepReasoning', () => {
  it('keeps a thought before calls, in whole replies and in streams, before their end is told', async () => {
    for (const whole of [true, false]) {
      const { ask, kept, bench, counted } = opened(THINKS)
      let before = -1
      bench.seen.onSettle = async () => void (before = (await kept()).length)
      await ask({ whole })
      assert.deepEqual(await kept(), ['Hm, a file.'])
      assert.deepEqual([before, counted], [1, ['kept']])
      await bench.close()
    }
  })

  it('keeps nothing where there is no switch, no call, no thought, or nothing to call', async () => {
    interface Row {
      readonly what: string
      readonly script?: Script
      readonly draft?: Partial<RequestDraft>
      readonly lenient?: readonly LenientSwitch[]
    }
    const rows: readonly Row[] = [
      { what: 'no switch', lenient: ['relax-schema'] },
      { what: 'no call', script: { events: [START, thought('Hm.'), text('No.'), FINISH, USAGE] } },
      { what: 'no thought', script: { events: [START, CALL, CALLED, USAGE] } },
      { what: 'no tools', draft: { tools: [] } },
      { what: 'no thinking', draft: { thinking: false } },
    ]
    for (const { what, script = THINKS, draft = {}, lenient } of rows) {
      const { ask, kept, counted, bench } = opened(script)
      await ask(draft, {}, lenient)
      assert.deepEqual([await kept(), counted], [[], []], what)
      await bench.close()
    }
  })

  it('keeps the place of an answer that goes on from a prefix, with the prefix’s thought', async () => {
    const { ask, documents, kept, bench } = opened(THINKS)
    const user = { role: 'user', content: 'hi' } as const
    const prefix = { role: 'assistant', content: 'So', reasoning: 'First: ', toolCalls: [], partial: true } as const
    await ask({ messages: [user, prefix] })
    const [one] = await documents.list(REASONING_KIND, 'org-1', { limit: 10 })
    assert.deepEqual(await kept(), ['First: Hm, a file.'])
    const digests = digestsOf([user], worldOf('kimi-k2.5', {}))
    assert.ok(one?.id.startsWith(`${digests?.turn}.${digests?.before.at(-1)}.`))
    await bench.close()
  })

  it('never fails an answer, and leaves what others keep with its end alone', async () => {
    const { ask, counted, bench } = opened(THINKS, () => Promise.reject(new Error('away')))
    const write: DocumentWrite = {
      kind: 'response',
      owner: 'org-1',
      id: 'r',
      label: null,
      createdAt: 1,
      dueAt: null,
      expiresAt: null,
      expects: 'any',
      value: 1,
    }
    const reply = await ask({}, { withEnd: () => [write] })
    assert.equal(reply.choices[0]?.toolCalls.length, 1)
    assert.deepEqual(counted, ['failed'])
    assert.deepEqual(bench.seen.ends[0]?.end.documents, [write])
    await bench.close()
  })

  it('keeps what was given whole to a client that left before the last byte, and not what was cut', async () => {
    const leave = async (events: readonly GenerationEvent[]): Promise<string[]> => {
      const { service, kept, bench } = opened({ events, silent: true })
      const terms = { lenient: new Set(['restore-reasoning'] as const), scope: 'org-1' }
      const running = await service.start(requestOf(bench, { ...asking, whole: false }, { terms }))
      const last = events.at(-1)?.type
      for await (const event of running.events) if (event.type === last) break
      await running[Symbol.asyncDispose]()
      await bench.close()
      return kept()
    }
    assert.deepEqual(await leave([START, thought('Hm.'), CALL]), [])
    assert.deepEqual(await leave([START, thought('Hm.'), CALL, CALLED]), ['Hm.'])
  })
})
