import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import type { GenerationEvent } from '@moonbase/core/generation'
import { eventually } from '../../../../test/support/eventually.ts'
import { manualClock } from '../../../../test/support/manual-clock.ts'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import type { Inference } from '../inference/inference.ts'
import { LedgerError } from '../ledger/ledger.ts'
import { StreamStore } from '../streams/stream-store.ts'
import type { StreamWriter } from '../streams/stream-writer.ts'
import { LEASE_MS } from './background-lease.ts'
import { type BackgroundForm, BackgroundResponses } from './background-responses.ts'
import { MOST_UNITS } from './large-documents.ts'
import { ReasoningSeals } from './reasoning-seal.ts'
import { ResponseStore } from './response-store.ts'
import { openServerSecret } from '../documents/server-secret.ts'
import type { JsonObject, StoredItem, StoredResponse } from './stored-response.ts'

const DAY_MS = 86_400_000
const OWNER = 'org-a'
const id = (place: number): string => `resp_${place.toString(16).padStart(40, '0')}`
const is = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code

function said(text: string, fields: Partial<StoredResponse> = {}, status = 'completed'): StoredResponse {
  const output = [{ type: 'message', id: `msg of ${text}`, content: text }]
  return { response: { status, output }, earlier: [], background: false, stream: null, ...fields }
}

const asked = (text: string): StoredItem[] => [{ type: 'message', id: `asked ${text}`, content: text }]

function open(limits?: { responses: number; units: number }) {
  const clock = manualClock()
  const documents = new MemoryDocuments(() => clock.now())
  const parts = { documents, now: () => clock.now(), keepMs: () => 30 * DAY_MS }
  const store = new ResponseStore(limits === undefined ? parts : { ...parts, limits })
  const keep = async (place: number, stored: StoredResponse, input: StoredItem[] = []): Promise<void> => {
    assert.equal(await store.put(store.creation(OWNER, id(place), stored, input)), 'kept')
  }
  return { clock, documents, store, keep }
}

describe('responses that are kept', () => {
  it('are found by their organisation, for as long as they are kept, with what they were asked', async () => {
    const { clock, store, keep } = open()
    await keep(1, said('one'), asked('first'))
    const found = await store.find(OWNER, id(1))
    assert.deepEqual(found?.response, said('one').response)
    assert.deepEqual(await store.inputOf(OWNER, id(1)), asked('first'))
    assert.equal(await store.find('org-b', id(1)), undefined)
    assert.deepEqual(await store.outputOf('org-b', id(1)), [])
    await clock.pass(30 * DAY_MS)
    assert.equal(await store.find(OWNER, id(1)), undefined)
    assert.deepEqual(await store.inputOf(OWNER, id(1)), [])
  })

  it('are one conversation in their order, and none where one of them is gone', async () => {
    const { store, keep } = open()
    await keep(1, said('one'), asked('first'))
    await keep(2, said('two', { earlier: [id(1)] }), asked('second'))
    const { items, earlier } = await store.conversationOf(OWNER, id(2))
    assert.deepEqual(
      items.map((item) => item['id']),
      ['asked first', 'msg of one', 'asked second', 'msg of two'],
    )
    assert.deepEqual(earlier, [id(1), id(2)])
    await assert.rejects(store.conversationOf('org-b', id(2)), is('previous_response_not_found'))
    assert.equal(await store.remove(OWNER, id(1)), true)
    assert.equal(await store.remove(OWNER, id(1)), false)
    await assert.rejects(store.conversationOf(OWNER, id(2)), is('previous_response_not_found'))
  })

  it('are gone on from when they have an answer, without a call that was cut', async () => {
    const { store, keep } = open()
    await keep(1, said('one', {}, 'in_progress'))
    await assert.rejects(store.conversationOf(OWNER, id(1)), /is in_progress: there is no answer to go on from/)
    const output = ['completed', 'incomplete'].map((status) => ({ type: 'function_call', id: status, status }))
    await keep(2, { ...said('two'), response: { status: 'incomplete', output } })
    const { items } = await store.conversationOf(OWNER, id(2))
    assert.deepEqual(
      items.map((item) => item['id']),
      ['completed'],
    )
  })

  it('may be larger than a document, in any script, and leave nothing behind', async () => {
    const { documents, store, keep } = open()
    const text = `${'月'.repeat(79_999)}🌒${'"\\\u0001'.repeat(20_000)}`
    await keep(1, said(text), asked(text))
    assert.deepEqual((await store.find(OWNER, id(1)))?.response, said(text).response)
    assert.deepEqual(await store.inputOf(OWNER, id(1)), asked(text))
    assert.ok((await documents.count('large-part', OWNER, {})) > 0)
    await store.remove(OWNER, id(1))
    assert.equal(await documents.count('large-part', OWNER, {}), 0)
    assert.equal(store.canKeep(asked('x'.repeat(MOST_UNITS)), null), false)
  })

  it('make room for new ones, the oldest first', async () => {
    const { store, keep } = open({ responses: 3, units: Infinity })
    for (let place = 1; place <= 4; place += 1) {
      await store.makeRoom(OWNER)
      await keep(place, said(String(place)))
    }
    assert.equal(await store.find(OWNER, id(1)), undefined)
    assert.notEqual(await store.find(OWNER, id(4)), undefined)
  })

  it('are not found to be missing where their store is away', async () => {
    const away = (): Promise<never> => Promise.reject(new LedgerError('unavailable', 'away'))
    const documents = { get: away, put: away, list: away, count: away }
    const store = new ResponseStore({ documents, now: () => 0, keepMs: () => 1 })
    await assert.rejects(store.find(OWNER, id(1)), is('ledger_unavailable'))
    await assert.rejects(store.makeRoom(OWNER), is('ledger_unavailable'))
  })
})

describe('thoughts that a client carries', () => {
  it('are opened for their organisation, by every gateway of one store, and by nobody else', async () => {
    const { documents } = open()
    const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))
    const [one, other] = await Promise.all([1, 2].map(() => openServerSecret(documents, 'reasoning', random, 0)))
    assert.ok(one !== undefined && other !== undefined)
    const sealed = new ReasoningSeals(one).of(OWNER).seal('A thought 🌒')
    assert.ok(!sealed.includes('thought'))
    const seal = new ReasoningSeals(other).of(OWNER)
    assert.equal(seal.open(sealed), 'A thought 🌒')
    assert.equal(seal.open(seal.seal('')), '')
    assert.equal(new ReasoningSeals(other).of('org-b').open(sealed), undefined)
    assert.equal(new ReasoningSeals(random(32)).of(OWNER).open(sealed), undefined)
    const wrong = [sealed.slice(0, -1), 'gAAAA', 'mb1.', 'mb1.AAAA', '', sealed.replace('mb1.', 'mb2.')]
    for (const text of wrong) assert.equal(seal.open(text), undefined, text)
    const middle = sealed.length >> 1
    const flipped = sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1)
    assert.equal(seal.open(flipped), undefined)
  })
})

/** An answer of two words that waits for `go`, or ends when it is stopped. */
function pausedAnswer(writer: StreamWriter) {
  const gate = Promise.withResolvers<void>()
  writer.signal.addEventListener('abort', () => gate.reject(writer.signal.reason), { once: true })
  let isLetGo = false
  async function* generate(): AsyncGenerator<GenerationEvent, undefined> {
    yield { type: 'text', choice: 0, text: 'one' }
    await gate.promise
    yield { type: 'text', choice: 0, text: 'two' }
    return undefined
  }
  const running = {
    facts: { model: 'm' },
    events: generate(),
    [Symbol.asyncDispose]: async () => {
      isLetGo = true
      await Promise.resolve()
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a background response looks at of a run
  return { running: running as unknown as Inference, go: gate.resolve, isLetGo: () => isLetGo }
}

function formOf(told: string[]): BackgroundForm {
  let response: JsonObject = { status: 'in_progress', output: [] }
  const end = (status: string): string => {
    told.push(status)
    return ''
  }
  return {
    push: () => '',
    end: () => end('completed'),
    fail: () => end('failed'),
    cancel: () => end('cancelled'),
    ended: (failure) => (response = { ...response, status: failure === undefined ? 'completed' : 'failed' }),
  }
}

describe('responses in the background', () => {
  /** Two gateways of one store. */
  function gateways() {
    const opened = open()
    const { documents, store, clock } = opened
    const problems: string[] = []
    const onProblem = (problem: string): void => void problems.push(problem)
    const gateway = () => new BackgroundResponses({ documents, store, clock, onProblem })
    const [here, there] = [gateway(), gateway()]
    const streams = new StreamStore(clock)
    const told: string[] = []
    const begin = async (place: number) => {
      const writer = streams.open(OWNER, { detach: true, eventIds: false }, undefined)
      const answer = pausedAnswer(writer)
      const stored = said('', { background: true }, 'in_progress')
      const response = here.prepare({ owner: OWNER, id: id(place), input: [], stored, form: formOf(told) })
      await here.run(response, answer.running, writer, null, () => {
        writer.begin(undefined, '', () => '')
        return () => told.push('over')
      })
      const end = () => store.put(response.atEnd({ how: 'complete', failure: undefined, given: true }))
      return { ...answer, response, writer, end }
    }
    const find = async (gatewayThatLooks: BackgroundResponses, place: number) => {
      const kept = (await store.find(OWNER, id(place))) ?? assert.fail('it is not kept')
      return gatewayThatLooks.settled(OWNER, kept)
    }
    return { ...opened, here, there, begin, find, told, problems }
  }
  const statusOf = ({ response }: StoredResponse): unknown => response['status']

  it('are in progress for everybody while their gateway renews them, and end once', async () => {
    const { clock, here, there, begin, find } = gateways()
    const running = await begin(1)
    for (let left = 10; left > 0; left -= 1) {
      await clock.pass(LEASE_MS / 2)
      assert.equal(statusOf(await find(there, 1)), 'in_progress')
    }
    assert.equal(await running.end(), 'kept')
    assert.equal(statusOf(await find(there, 1)), 'completed')
    assert.equal(await running.end(), 'conflict')
    running.go()
    here.close()
  })

  it('are found failed when their gateway has died, and its late end is kept by nobody', async () => {
    const { clock, here, there, begin, find } = gateways()
    const running = await begin(1)
    // Dead: it renews nothing any more.
    here.close()
    await clock.pass(LEASE_MS)
    const found = await find(there, 1)
    assert.deepEqual([statusOf(found), (found.response['error'] as JsonObject)['code']], ['failed', 'server_error'])
    assert.equal(await running.end(), 'conflict')
    assert.equal(statusOf(await find(there, 1)), 'failed')
  })

  it('are cancelled here at once, and write nothing at their end', async () => {
    const { store, here, begin, told } = gateways()
    const { response, writer, end } = await begin(1)
    const kept = (await store.find(OWNER, id(1))) ?? assert.fail('it is not kept')
    assert.equal(statusOf(await here.cancel(OWNER, kept)), 'cancelled')
    assert.equal(writer.signal.aborted, true)
    assert.deepEqual(response.atEnd({ how: 'left', failure: undefined, given: true }), [])
    assert.equal(await end(), 'kept')
    await eventually(
      () => told,
      ({ length }) => length >= 2,
    )
    assert.deepEqual(told, ['cancelled', 'over'])
    assert.equal(statusOf((await store.find(OWNER, id(1))) ?? kept), 'cancelled')
    here.close()
  })

  it('are cancelled from another gateway, whose word is heard when the lease is to be renewed', async () => {
    const { clock, store, here, there, begin, find } = gateways()
    const { writer, response } = await begin(1)
    const kept = (await store.find(OWNER, id(1))) ?? assert.fail('it is not kept')
    assert.equal(statusOf(await there.cancel(OWNER, kept)), 'cancelled')
    assert.equal(writer.signal.aborted, false)
    await clock.pass(LEASE_MS / 2)
    assert.equal(writer.signal.aborted, true)
    assert.deepEqual(response.atEnd({ how: 'failed', failure: undefined, given: true }), [])
    assert.equal(statusOf(await find(here, 1)), 'cancelled')
    here.close()
  })

  it('do not run when they cannot be kept', async () => {
    const { here, store, clock } = gateways()
    await store.put(store.creation(OWNER, id(1), said('there already'), []))
    const writer = new StreamStore(clock).open(OWNER, { detach: true, eventIds: false }, undefined)
    const { running, isLetGo } = pausedAnswer(writer)
    const stored = said('', { background: true }, 'in_progress')
    const response = here.prepare({ owner: OWNER, id: id(1), input: [], stored, form: formOf([]) })
    await assert.rejects(here.run(response, running, writer, null, () => assert.fail('it began')))
    assert.equal(isLetGo(), true)
  })
})
