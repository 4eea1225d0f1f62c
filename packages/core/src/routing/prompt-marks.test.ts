import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import type { AssistantMessage, GenerationRequest, Message } from '../generation/index.ts'
import { markPrompt } from './prompt-marks.ts'

const user = (content: string): Message => ({ role: 'user', content })
const system = (content: string): Message => ({ role: 'system', content })
const assistant = (content: string, more: Partial<AssistantMessage> = {}): AssistantMessage => ({
  role: 'assistant',
  content,
  toolCalls: [],
  partial: false,
  ...more,
})
const asked = (messages: readonly Message[], more: Partial<GenerationRequest> = {}): GenerationRequest =>
  sampleRequest({ messages, ...more })

/** How many blocks two prompts share from their beginning. */
function shared(one: GenerationRequest, other: GenerationRequest): number {
  const [first, second] = [markPrompt(one, 1).blocks, markPrompt(other, 1).blocks]
  const parted = first.findIndex((mark, index) => mark !== second[index])
  return parted < 0 ? first.length : parted
}

/** The last turn of `earlier` is one of the earlier turns of `later`. */
function goesOn(earlier: GenerationRequest, later: GenerationRequest): boolean {
  const end = markPrompt(earlier, 1).turns.at(-1)?.mark
  return markPrompt(later, 1)
    .turns.slice(0, -1)
    .some(({ mark }) => mark === end)
}

const LONG = Array.from({ length: 3000 }, (_, index) => `word${index}`).join(' ')

describe('the marks of a prompt', () => {
  it('are the same up to where two prompts part', () => {
    const one = asked([system(LONG.slice(0, 1500)), user('a'.repeat(2000))])
    const other = asked([system(LONG.slice(0, 1500)), user('b'.repeat(2000))])
    // Five blocks of 256 lie in the system prompt.
    assert.equal(shared(one, other), 5)
    assert.equal(shared(one, one), 13)
  })

  it('find the end of an earlier prompt in the conversation that goes on from it', () => {
    const first = [system('Be brief.'), user('One?')]
    const second = [...first, assistant('1'), user('Two?')]
    assert.ok(goesOn(asked(first), asked(second)))
    assert.ok(goesOn(asked(second), asked([...second, assistant('2'), user('Three?')])))
    assert.ok(!goesOn(asked(first), asked([system('Be brief.'), user('Two?'), assistant('1'), user('Three?')])))
    assert.ok(!goesOn(asked(first), asked(first)))
  })

  it('find it behind rounds of tools, and behind a prefix that the answer went on from', () => {
    const call = { id: 'a:0', builtin: false, name: 'a', arguments: '{}' }
    const first = [user('Look it up.')]
    const round = [assistant('', { toolCalls: [call] }), { role: 'tool', content: 'found', toolCallId: 'a:0' } as const]
    assert.ok(goesOn(asked(first), asked([...first, ...round])))
    const prefixed = asked([...first, assistant('It is', { partial: true })])
    assert.ok(goesOn(prefixed, asked([...first, assistant('It is so.'), user('Sure?')])))
  })

  it('do not depend on thoughts, which clients may or may not send back', () => {
    const told = asked([user(LONG), assistant('yes', { reasoning: 'hm' }), user('and?')])
    const untold = asked([user(LONG), assistant('yes'), user('and?')])
    assert.deepEqual(markPrompt(told, 1), markPrompt(untold, 1))
  })

  it('tell texts apart that only join to the same', () => {
    const pairs: readonly (readonly [readonly Message[], readonly Message[]])[] = [
      [
        [user('ab'), assistant('c')],
        [user('a'), assistant('bc')],
      ],
      [[user('ab')], [system('ab')]],
      [[user('ab')], [user('ba')]],
      [[user('a\u0001')], [user('a\u0100')]],
    ]
    for (const [one, other] of pairs) {
      assert.notDeepEqual(markPrompt(asked(one), 1).turns, markPrompt(asked(other), 1).turns)
    }
  })

  it('have a turn where the assistant speaks, and at the end, and nowhere else', () => {
    const turnsOf = (...messages: Message[]): number => markPrompt(asked(messages), 1).turns.length
    assert.equal(turnsOf(system('Be brief.'), user('One'), user('and two?')), 1)
    assert.equal(turnsOf(user('One?'), assistant('1'), user('Two'), user('and three?')), 2)
  })

  it('tell tools apart by what they are said to do', () => {
    const described = (description: string): GenerationRequest =>
      asked([user(LONG)], { tools: [{ type: 'function', name: 'search', description, parameters: {}, strict: true }] })
    assert.equal(shared(described('Finds.'), described('Loses.')), 0)
  })

  it('put scope, model, tools and seed before everything', () => {
    const plain = asked([user(LONG)])
    const tool = { type: 'function', name: 'search', description: 'Finds.', parameters: {}, strict: true } as const
    for (const other of [
      { ...plain, affinityScope: 'org-1' },
      { ...plain, model: 'kimi-k2-thinking' },
      { ...plain, tools: [tool] },
      { ...plain, promptCacheKey: 'one' },
    ]) {
      assert.equal(shared(plain, other), 0)
    }
    assert.notDeepEqual(markPrompt(plain, 1).blocks, markPrompt(plain, 2).blocks)
  })

  it('have the key that the client names, the cache key before the session, apart for each scope', () => {
    const key = (more: Partial<GenerationRequest>): number | undefined => markPrompt(asked([user('hi')], more), 1).key
    assert.equal(key({}), undefined)
    assert.equal(key({ promptCacheKey: 'k', sessionAffinity: 's' }), key({ promptCacheKey: 'k' }))
    const keys = [
      key({ promptCacheKey: 'k' }),
      key({ sessionAffinity: 'k' }),
      key({ promptCacheKey: 'k', affinityScope: 'org-1' }),
      key({ promptCacheKey: 'k', affinityScope: 'org-2' }),
      key({ promptCacheKey: '', affinityScope: 'k' }),
      key({ promptCacheKey: `${'x'.repeat(10_000)}1` }),
      key({ promptCacheKey: `${'x'.repeat(10_000)}2` }),
    ]
    assert.equal(new Set(keys).size, keys.length)
  })

  it('see media by samples of their bytes', () => {
    const image = (base64: string): GenerationRequest =>
      asked([
        { role: 'user', content: [{ type: 'image', mime: 'image/png', base64, measured: { width: 1, height: 1 } }] },
      ])
    const one = 'A'.repeat(1_000_000)
    assert.deepEqual(markPrompt(image(one), 1), markPrompt(image(one), 1))
    assert.notDeepEqual(markPrompt(image(one), 1), markPrompt(image(`${one.slice(0, -1)}B`), 1))
    assert.notDeepEqual(markPrompt(image(one), 1), markPrompt(image(`${one}A`), 1))
    assert.notDeepEqual(markPrompt(image(''), 1), markPrompt(image('A'), 1))
  })

  it('are bounded, however long the prompt and however many its turns', () => {
    const talk = Array.from({ length: 5000 }, (_, index) => (index % 2 === 0 ? user(LONG) : assistant(LONG)))
    const { blocks, turns } = markPrompt(asked(talk), 1)
    assert.equal(blocks.length, 112)
    assert.equal(turns.length, 8)
    // Behind the last block the position alone tells turns apart.
    assert.equal(new Set(turns.map(({ mark }) => mark)).size, 8)
    assert.ok(goesOn(asked(talk.slice(0, 4999)), asked([...talk, user('more')])))
  })

  it('are whole numbers that a double holds exactly, and all different', () => {
    const seen = new Set<number>()
    for (let index = 0; index < 20_000; index += 1) {
      const mark = markPrompt(asked([user(`question ${index}`)]), 1).turns.at(-1)?.mark
      assert.ok(mark !== undefined && Number.isSafeInteger(mark) && mark >= 0)
      seen.add(mark)
    }
    assert.equal(seen.size, 20_000)
  })

  it('know media that are elsewhere by their key, and load nothing', () => {
    const image = (key: string): Message => ({
      role: 'user',
      content: [
        {
          type: 'image',
          mime: 'image/png',
          size: 70,
          key,
          load: () => assert.fail('loaded'),
          measured: { width: 1, height: 1 },
        },
      ],
    })
    const [a, b] = ['a', 'b'].map((end) => `${'0'.repeat(63)}${end}`)
    const asking = (key = ''): GenerationRequest => asked([image(key), user(LONG)])
    assert.ok(shared(asking(a), asking(a)) > 0)
    assert.equal(shared(asking(a), asking(b)), 0)
  })
})
