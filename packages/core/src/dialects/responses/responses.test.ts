import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { ApiError, apiError } from '@moonbase/protocol'
import { type GenerationEvent, mediaFromUrl } from '../../generation/index.ts'
import { wireOf } from '../testing/wire-of.ts'
import {
  type AnyItem,
  type DecodedResponse,
  RESPONSES_FORM,
  type ResponsesParts,
  responseIdentity,
  responses,
} from './index.ts'

const identity = responseIdentity('01234567-89ab-4cde-8f01-23456789abcd', 1_700_000_000)
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A seal that anybody could open, for tests. */
const seal = {
  seal: (thought: string): string => `sealed:${thought}`,
  open: (text: string): string | undefined => (text.startsWith('sealed:') ? text.slice(7) : undefined),
}

const PARTS: ResponsesParts = {
  identity,
  earlier: { items: [], find: () => undefined },
  keeps: () => true,
  readMedia: mediaFromUrl,
  seal,
  now: () => 1_700_000_009,
}

function decode(fields: Record<string, unknown>, parts: Partial<ResponsesParts> = {}): DecodedResponse {
  const body = { model: 'kimi-k2.5', input: 'Hi', ...fields }
  return responses({ ...PARTS, ...parts }).decode(wireOf(body), RESPONSES_FORM.lenient)
}

function refusal(fields: Record<string, unknown>): string {
  try {
    decode(fields)
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return `${error.status} ${error.publicMessage}`
  }
  return 'accepted'
}

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const usage: GenerationEvent = { type: 'usage', usage: { prompt: 7, completion: 5, cached: 2, reasoning: 1 } }
const finish = (reason: 'stop' | 'length' | 'tool_calls' = 'stop'): GenerationEvent => ({
  type: 'finish',
  choice: 0,
  reason,
})

interface StreamedEvent extends Record<string, unknown> {
  readonly type: string
  readonly sequence_number: number
}

function streamed(
  decoded: DecodedResponse,
  events: readonly GenerationEvent[],
): { text: string; seen: StreamedEvent[] } {
  const encoder = decoded.events()
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end()
  return { text, seen: parsed(text) }
}

function parsed(text: string): StreamedEvent[] {
  return text.split('\n\n').flatMap((block) => {
    if (block === '') return []
    const [, name = '', data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(block) ?? assert.fail(block)
    const event = JSON.parse(data) as StreamedEvent
    assert.equal(event.type, name)
    return [event]
  })
}

function responseOf(event: StreamedEvent | undefined): Record<string, unknown> {
  const response = event?.['response']
  assert.ok(typeof response === 'object' && response !== null)
  return response as Record<string, unknown>
}

/** What a client makes of the events: items as they were added, with what was said of them since. */
function folded(seen: readonly StreamedEvent[]): unknown[] {
  const output: unknown[] = []
  const pieces = new Map<unknown, string>()
  for (const { type, output_index: index, item, delta, item_id: id } of seen) {
    if (type.endsWith('.delta')) pieces.set(id, (pieces.get(id) ?? '') + String(delta))
    if (type === 'response.output_item.done') {
      output[Number(index)] = item
      const { id: own, ...rest } = item as { id: string }
      const whole = pieces.get(own) ?? ''
      assert.ok(whole === '' || JSON.stringify(rest).includes(JSON.stringify(whole)), 'the pieces are the whole')
    }
  }
  return output
}

describe('conversations into this wire and back', () => {
  const word = fc.string({ minLength: 1, maxLength: 20 })
  const image = { type: 'input_image', image_url: `data:image/png;base64,${PNG}` }
  const user = fc.oneof(
    word.map((text) => ({ item: { role: 'user', content: text }, message: { role: 'user', content: text } })),
    word.map((text) => ({
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }, image] },
      message: { role: 'user', content: [{ type: 'text', text }, mediaFromUrl('image', image.image_url)] },
    })),
    word.map((text) => ({ item: { role: 'developer', content: text }, message: { role: 'system', content: text } })),
  )
  const answer = fc.record({
    reasoning: fc.option(word, { nil: undefined }),
    text: fc.option(word, { nil: undefined }),
    calls: fc.array(fc.record({ name: fc.constantFrom('one', 'two'), args: word, result: word }), { maxLength: 3 }),
    sealed: fc.boolean(),
    apart: fc.boolean(),
  })
  type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never

  /** As this dialect gives it out, by its own fold. */
  function given(
    { reasoning, text, calls, sealed, apart }: Answer,
    turn: number,
  ): { items: AnyItem[]; messages: unknown[] } {
    const own = responseIdentity(`00000000-0000-4000-8000-${String(turn).padStart(12, '0')}`, 1_700_000_000)
    const include = sealed ? ['reasoning.encrypted_content'] : []
    const decoded = decode(
      { include, reasoning: { effort: reasoning === undefined ? 'none' : 'high' } },
      { identity: own },
    )
    const response = decoded.response()
    if (reasoning !== undefined) response.push({ type: 'reasoning', choice: 0, text: reasoning })
    if (text !== undefined) response.push({ type: 'text', choice: 0, text })
    for (const [call, { name, args }] of calls.entries()) {
      response.push({ type: 'tool-call', choice: 0, call, name, arguments: args })
    }
    response.push(finish(calls.length > 0 ? 'tool_calls' : 'stop'))
    response.complete()
    const output = response.toObject()['output'] as AnyItem[]
    const ids = output.flatMap((item) => (item.type === 'function_call' ? [String(item['call_id'])] : []))
    const results: AnyItem[] = calls.map(({ result }, index) => ({
      type: 'function_call_output',
      call_id: ids[index],
      output: result,
    }))
    const head = output.filter(({ type }) => type !== 'function_call')
    const made = output.filter(({ type }) => type === 'function_call')
    // Some clients send each call with its result behind it.
    const tail = apart
      ? made.flatMap((item, index) => [item, ...results.slice(index, index + 1)])
      : [...made, ...results]
    const message = {
      role: 'assistant',
      content: text ?? '',
      toolCalls: calls.map(({ name, args }, index) => ({ id: ids[index], builtin: false, name, arguments: args })),
      partial: false,
      ...(reasoning === undefined ? {} : { reasoning }),
    }
    const isSaid = text !== undefined || calls.length > 0
    return {
      items: [...head, ...tail],
      messages: [
        ...(isSaid ? [message] : []),
        ...calls.map(({ result }, index) => ({ role: 'tool', toolCallId: ids[index], content: result })),
      ],
    }
  }

  it('lose no text, thought, id, argument, image or order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(user, answer), { minLength: 1, maxLength: 5 }), (turns) => {
        const items: unknown[] = []
        const messages: unknown[] = []
        for (const [index, [asked, answered]] of turns.entries()) {
          const back = given(answered, index)
          items.push(asked.item, ...back.items)
          messages.push(asked.message, ...back.messages)
        }
        const decoded = decode({ input: items }).draft.messages
        assert.deepEqual(decoded, messages)
      }),
    )
  })
})

describe('what is given out', () => {
  const piece = fc.string({ minLength: 1, maxLength: 8 })
  const events = fc
    .record({
      reasoning: fc.array(piece, { maxLength: 3 }),
      text: fc.array(piece, { maxLength: 3 }),
      calls: fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      reason: fc.constantFrom<'stop' | 'length'>('stop', 'length'),
    })
    .map(({ reasoning, text, calls, reason }): GenerationEvent[] => {
      const thoughts = reasoning.map((one): GenerationEvent => ({ type: 'reasoning', choice: 0, text: one }))
      const texts = text.map((one): GenerationEvent => ({ type: 'text', choice: 0, text: one }))
      const called = calls.flatMap((args, call) => args.map((one, index) => piecesOf(one, index, call)))
      const all: GenerationEvent[] = [start]
      return all.concat(thoughts, texts, called, [finish(reason), usage])
    })
  const piecesOf = (one: string, index: number, call: number): GenerationEvent =>
    index === 0
      ? { type: 'tool-call', choice: 0, call, name: `tool_${call}`, arguments: one }
      : { type: 'tool-call', choice: 0, call, arguments: one }

  it('is the same in a stream, folded, as in a whole reply', () => {
    fc.assert(
      fc.property(events, fc.boolean(), fc.boolean(), (all, summary, sealed) => {
        const fields = {
          ...(summary ? { reasoning: { summary: 'auto' } } : {}),
          ...(sealed ? { include: ['reasoning.encrypted_content'] } : {}),
        }
        const decoded = decode(fields)
        const { seen } = streamed(decoded, all)
        assert.deepEqual(
          seen.map((event) => event.sequence_number),
          seen.map((_, index) => index),
        )
        const response = decoded.response()
        for (const event of all) response.push(event)
        response.complete()
        const last = seen.at(-1)
        assert.deepEqual(last?.['response'], JSON.parse(JSON.stringify(response.toObject())))
        assert.deepEqual(JSON.parse(response.toJson()), JSON.parse(JSON.stringify(response.toObject())))
        const whole = responseOf(last)['output'] as (AnyItem & { status?: string })[]
        // Of a call that was cut nobody is told that it is done.
        const isTold = ({ type, status }: (typeof whole)[number]): boolean =>
          type !== 'function_call' || status === 'completed'
        assert.deepEqual(folded(seen), whole.filter(isTold))
      }),
    )
  })

  it('never ends as complete where it failed, wherever that was', () => {
    const all = [
      start,
      { type: 'reasoning', choice: 0, text: 'a' },
      { type: 'text', choice: 0, text: 'b' },
      { type: 'tool-call', choice: 0, call: 0, name: 'f', arguments: '{' },
      finish('tool_calls'),
      usage,
    ] as const satisfies readonly GenerationEvent[]
    for (let count = 0; count <= all.length; count += 1) {
      const encoder = decode({}).events()
      const text =
        all
          .slice(0, count)
          .map((event) => encoder.push(event))
          .join('') + encoder.fail(apiError('engine_cut'))
      const seen = parsed(text)
      assert.equal(seen.at(-1)?.type, 'response.failed')
      assert.ok(!/response\.(?:completed|incomplete)/.test(text))
      // A client would act on a call that is told to be done.
      const done = count > 4 ? 3 : Math.max(count - 2, 0)
      assert.equal(seen.filter(({ type }) => type === 'response.output_item.done').length, done, `${count}`)
      const { status, error } = responseOf(seen.at(-1))
      assert.deepEqual(
        [status, error],
        ['failed', { code: 'server_error', message: apiError('engine_cut').publicMessage }],
      )
    }
  })

  it('says where it was cut short by its budget', () => {
    const { seen } = streamed(decode({}), [start, { type: 'text', choice: 0, text: 'Once' }, finish('length'), usage])
    const last = seen.at(-1)
    assert.equal(last?.type, 'response.incomplete')
    const { status, incomplete_details: details, output } = responseOf(last)
    assert.deepEqual([status, details], ['incomplete', { reason: 'max_output_tokens' }])
    assert.equal((output as { status: string }[])[0]?.status, 'incomplete')
  })

  it('has an empty thought where the model thought nothing before it called, so that none is missed', () => {
    const all = [
      start,
      { type: 'tool-call', choice: 0, call: 0, name: 'f', arguments: '{}' },
      finish('tool_calls'),
    ] as const
    const types = (fields: Record<string, unknown>): unknown[] => {
      const response = decode(fields).response()
      for (const event of all) response.push(event)
      response.complete()
      return (response.toObject()['output'] as { type: string }[]).map(({ type }) => type)
    }
    assert.deepEqual(types({}), ['reasoning', 'function_call'])
    assert.deepEqual(types({ reasoning: { effort: 'none' } }), ['function_call'])
  })

  it('holds one call where no more were asked for', () => {
    const response = decode({ parallel_tool_calls: false }).response()
    for (const call of [0, 1]) response.push({ type: 'tool-call', choice: 0, call, name: 'f', arguments: '{}' })
    response.push(finish('tool_calls'))
    assert.equal(response.output.items.filter((item) => item.type === 'function_call').length, 1)
  })
})

describe('tools', () => {
  const f = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }

  it('in a namespace are one word to the model, and two again in its call', () => {
    const long = 'n'.repeat(60)
    const tools = [
      f,
      ...['space', long].map((name) => ({ type: 'namespace', name, description: 'Of a space.', tools: [f] })),
    ]
    const decoded = decode({ tools })
    const names = decoded.draft.tools.map(({ name }) => name)
    assert.deepEqual(names.slice(0, 2), ['f', 'space__f'])
    assert.ok(names.every((name) => name.length <= 64))
    const response = decoded.response()
    for (const [call, name] of names.entries())
      response.push({ type: 'tool-call', choice: 0, call, name, arguments: '{}' })
    response.push(finish('tool_calls'))
    const calls = response.output.items.filter((item) => item.type === 'function_call')
    assert.deepEqual(
      calls.map((item) => [item.namespace, item.name]),
      [
        [undefined, 'f'],
        ['space', 'f'],
        [long, 'f'],
      ],
    )
    const [message] = decode({ tools, input: calls }).draft.messages
    assert.deepEqual(message?.role === 'assistant' && message.toolCalls.map(({ name }) => name), names)
  })

  it('that take any text are functions with one argument to the model', () => {
    const tools = [{ type: 'custom', name: 'patch', description: 'Patches.' }]
    const decoded = decode({ tools })
    const patch = '*** Begin\n"quoted"'
    const call = { type: 'tool-call', choice: 0, call: 0, name: 'patch' } as const
    const { seen } = streamed(decoded, [
      start,
      { ...call, arguments: JSON.stringify({ input: patch }) },
      finish('tool_calls'),
    ])
    const done = seen.find((event) => event.type === 'response.custom_tool_call_input.done')
    assert.equal(done?.['input'], patch)
    const output = responseOf(seen.at(-1))['output'] as AnyItem[]
    const item = output.find(({ type }) => type === 'custom_tool_call')
    const result = { type: 'custom_tool_call_output', call_id: item?.['call_id'], output: 'ok' }
    const [message] = decode({ tools, input: [item, result] }).draft.messages
    assert.deepEqual(message?.role === 'assistant' && message.toolCalls[0]?.arguments, JSON.stringify({ input: patch }))
  })

  it('that a host would run are left out, and named', () => {
    const { draft, leniency, asked } = decode({
      tools: [f, { type: 'web_search', external_web_access: true }, { type: 'mcp' }],
    })
    assert.deepEqual(
      draft.tools.map(({ name }) => name),
      ['f'],
    )
    assert.deepEqual(
      leniency.map(({ field }) => field),
      ['tools.web_search', 'tools.mcp'],
    )
    assert.deepEqual(asked.echo['tools'], [f])
    assert.equal(
      refusal({ tools: [f], tool_choice: { type: 'web_search' } }),
      '400 Invalid request: tool_choice asks for "web_search", which this server does not run',
    )
  })

  it('are chosen in every form, and who must call one does not think unless he says so', () => {
    const g = { ...f, name: 'g' }
    const of = (choice: unknown, more: Record<string, unknown> = {}) => {
      const { draft } = decode({ tools: [f, g], tool_choice: choice, ...more })
      return [draft.toolChoice, draft.tools.map(({ name }) => name), draft.thinking]
    }
    assert.deepEqual(of('auto'), ['auto', ['f', 'g'], undefined])
    assert.deepEqual(of('none'), ['none', ['f', 'g'], undefined])
    assert.deepEqual(of('required'), ['required', ['f', 'g'], false])
    assert.deepEqual(of('required', { reasoning: { effort: 'high' } }), ['required', ['f', 'g'], true])
    assert.deepEqual(of({ type: 'function', name: 'g' }), [{ name: 'g' }, ['f', 'g'], false])
    const allowed = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'g' }, { type: 'web_search' }],
    }
    assert.deepEqual(of(allowed), ['auto', ['g'], undefined])
  })
})

describe('a request', () => {
  it('is refused by the field that is wrong', () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ model: undefined }, 'model is required'],
      [{ input: undefined }, 'input is required'],
      [{ input: 7 }, 'input must be a string or an array of items'],
      [{ input: [7] }, 'input[0] must be an item with a type'],
      [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id must be a string'],
      [{ metadata: { a: 1 } }, 'metadata.a must be a string'],
      [{ max_output_tokens: 0 }, 'max_output_tokens must be a positive integer'],
      [{ truncation: 'some' }, 'truncation must be one of auto, disabled, but got "some"'],
      [{ text: { format: { type: 'json_schema', schema: {} } } }, 'text.format.name must be a string'],
      [{ prompt: { id: 'p' } }, 'prompt is an object, but this server keeps no prompts. Send instructions and input'],
    ]
    for (const [fields, details] of cases) assert.equal(refusal(fields), `400 Invalid request: ${details}`)
    assert.match(refusal({ input: [{ type: 'item_reference', id: 'rs_0' }] }), /^404 Item with id 'rs_0' not found/)
    const foreign = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'gAAA' }
    assert.match(refusal({ input: [foreign] }), /^400 The encrypted content of item rs_9 could not be verified/)
  })

  it('of any form is decoded or refused, and nothing else', () => {
    const odd = fc.jsonValue({ maxDepth: 3 })
    const seed: fc.Arbitrary<Record<string, unknown>> = fc.constantFrom<Record<string, unknown>>(
      CODEX,
      { input: 'Hi', text: { format: { type: 'json_schema', name: 'p', schema: {} } }, metadata: { a: 'b' } },
      { input: 'Hi', tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] } },
    )
    const change = fc.tuple(fc.nat(), odd)
    fc.assert(
      fc.property(seed, fc.array(change, { minLength: 1, maxLength: 4 }), (fields, changes) => {
        const body = structuredClone(fields)
        for (const [place, value] of changes) {
          const places = placesOf(body)
          const [holder, key] = places[place % places.length] ?? assert.fail('no place')
          holder[key] = value
        }
        try {
          const { response } = decode({ ...body })
          const made = response()
          made.complete()
          JSON.stringify(made.toObject())
        } catch (error) {
          assert.ok(error instanceof ApiError && error.status < 500, String(error))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('goes on with what was said, behind its own instructions', () => {
    const items: AnyItem[] = [
      { id: 'a', type: 'message', role: 'user', content: 'One' },
      { id: 'b', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Two' }] },
    ]
    const { draft } = decode(
      { instructions: 'Be short.', input: 'Three' },
      { earlier: { items, find: () => undefined } },
    )
    assert.deepEqual(
      draft.messages.map(({ role, content }) => [role, content]),
      [
        ['system', 'Be short.'],
        ['user', 'One'],
        ['assistant', 'Two'],
        ['user', 'Three'],
      ],
    )
  })

  it('says what holds, and not what was asked: a temperature that the model fixes', () => {
    assert.equal(decode({ temperature: 0 }).asked.echo['temperature'], 1)
    assert.equal(decode({ temperature: 0, reasoning: { effort: 'none' } }).asked.echo['temperature'], 0.6)
  })

  it('of Codex is taken as it was recorded', () => {
    const { draft, leniency } = decode(CODEX)
    assert.deepEqual(
      draft.messages.map(({ role }) => role),
      ['system', 'system', 'user', 'user', 'assistant', 'tool'],
    )
    const answer = draft.messages[4]
    assert.ok(answer?.role === 'assistant')
    assert.equal(answer.reasoning, 'I read it.')
    assert.deepEqual(
      draft.tools.map(({ name }) => name),
      ['exec_command', 'multi_agent_v1__close_agent'],
    )
    assert.deepEqual(
      leniency.map(({ field }) => field),
      ['tools.web_search'],
    )
  })
})

/** Every place of a document: its holder and its key. */
function placesOf(
  value: unknown,
  places: [Record<string, unknown>, string][] = [],
): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return places
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    places.push([holder, key])
    placesOf(holder[key], places)
  }
  return places
}

/** Reference, clients §5.1: its second turn. */
const CODEX = {
  stream: true,
  store: false,
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { summary: 'auto' },
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: '0f5b5c4e-0000-4000-8000-000000000000',
  client_metadata: { a: 'b' },
  input: [
    { type: 'message', id: 'msg_1', role: 'developer', content: [{ type: 'input_text', text: 'You are Codex.' }] },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Permissions.' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: '<environment_context>' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Read notes.txt' }] },
    { type: 'reasoning', id: 'rs_0', summary: [], content: null, encrypted_content: 'sealed:I read it.' },
    {
      type: 'function_call',
      status: 'completed',
      id: 'fc_0',
      name: 'exec_command',
      arguments: '{"cmd":"cat notes.txt"}',
      call_id: 'call_0',
    },
    { type: 'function_call_output', id: 'fco_0', call_id: 'call_0', output: 'Chunk ID: 1\nProcess exited with code 0' },
  ],
  tools: [
    {
      type: 'function',
      name: 'exec_command',
      strict: false,
      parameters: {
        type: 'object',
        properties: { cmd: { type: 'string' } },
        required: ['cmd'],
        additionalProperties: false,
      },
    },
    {
      type: 'namespace',
      name: 'multi_agent_v1',
      description: 'Agents.',
      tools: [{ type: 'function', name: 'close_agent', parameters: { type: 'object', properties: {} } }],
    },
    { type: 'web_search', external_web_access: true },
  ],
}
