import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { promptTokensAtMost, utf8BytesAtMost } from '@moonbase/format'
import { ApiError, type LeniencyNote, type LenientSwitch, findModel } from '@moonbase/protocol'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import {
  type CountedPrompt,
  type DraftMessage,
  type Message,
  PromptCount,
  type RequestDraft,
  type TokenCounter,
  type Tool,
  assertResolved,
  textOf,
} from '../generation/index.ts'
import {
  type UnfittedRequest,
  type UnresolvedRequest,
  draftRules,
  fitWindow,
  promptOf,
  resolvedRules,
} from './index.ts'

const user: Message = { role: 'user', content: 'What is the weather?' }
const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: true,
}

function draftOf(overrides: Partial<RequestDraft> = {}): RequestDraft {
  return {
    model: 'kimi-k2.5',
    messages: [user],
    tools: [],
    toolChoice: 'auto',
    thinking: undefined,
    maxCompletionTokens: undefined,
    stop: [],
    responseFormat: { type: 'text' },
    sampling: {},
    whole: true,
    extra: {},
    ...overrides,
  }
}

function agree(overrides: Partial<RequestDraft>, lenient: LenientSwitch[] = []) {
  const draft = draftOf(overrides)
  const model = findModel(draft.model)
  assert.ok(model)
  return draftRules(draft, { model, lenient: new Set(lenient), schemas: mfjsRules })
}

/** Nothing of it is elsewhere. */
function resolved(request: UnresolvedRequest): UnfittedRequest {
  const { messages } = request
  assertResolved(messages)
  return { ...request, messages }
}

function refusal(overrides: Partial<RequestDraft>, lenient: LenientSwitch[] = []): string {
  try {
    agree(overrides, lenient)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    return error.publicMessage
  }
  return 'accepted'
}

const call = (id: string, name = 'get_weather') => ({ id, name, builtin: false, arguments: '{}' })
const assistant = (fields: Partial<Message & { role: 'assistant' }>): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: [],
  partial: false,
  ...fields,
})
const result = (toolCallId: string): Message => ({ role: 'tool', toolCallId, content: 'sunny' })

describe('sampling', () => {
  it('fills in the fixed values of each mode', () => {
    const thinking = { temperature: 1, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 }
    assert.deepEqual(agree({}).request.sampling, thinking)
    assert.deepEqual(agree({ thinking: false }).request.sampling, { ...thinking, temperature: 0.6 })
  })

  it('replaces a wrong value only for a key that may, and lists it', () => {
    assert.equal(refusal({ sampling: { topP: 1 } }), 'invalid top_p: only 0.95 is allowed for this model')
    const { request, leniency } = agree({ sampling: { topP: 1, temperature: 0.2 } }, ['drop-fixed-sampling'])
    assert.equal(request.sampling.topP, 0.95)
    assert.deepEqual(
      leniency.notes.map(({ field }) => field),
      ['temperature', 'top_p'],
    )
  })

  it('takes ranges for older models, and no copies at temperature zero', () => {
    const model = 'moonshot-v1-8k'
    assert.equal(agree({ model, sampling: { temperature: 0.3, n: 3 } }).request.sampling.n, 3)
    assert.match(refusal({ model, sampling: { temperature: 1.5 } }), /temperature must be between 0 and 1/)
    assert.match(refusal({ model, sampling: { n: 2 } }), /n must be 1 when temperature is 0/)
  })
})

describe('thinking', () => {
  it('is on by default, and follows the switch', () => {
    assert.equal(agree({}).request.thinking, true)
    assert.equal(agree({ thinking: false }).request.thinking, false)
  })

  it('cannot be switched where the model has no switch', () => {
    const only = (type: string) => `invalid thinking: only type=${type} is allowed for this model`
    assert.equal(refusal({ model: 'kimi-k2.7-code', thinking: false }), only('enabled'))
    assert.equal(refusal({ model: 'moonshot-v1-8k', thinking: true }), only('disabled'))
  })

  it('does not go with a forced tool or the built-in search', () => {
    const tools = [weather]
    assert.equal(
      refusal({ tools, toolChoice: 'required' }),
      "tool_choice 'required' is incompatible with thinking enabled",
    )
    assert.equal(
      refusal({ tools, toolChoice: { name: 'get_weather' } }),
      "tool_choice 'specified' is incompatible with thinking enabled",
    )
    const search: Tool = { type: 'builtin', name: '$web_search' }
    assert.match(refusal({ tools: [search] }), /incompatible with thinking/)
    assert.equal(refusal({ tools: [search], thinking: false }), 'accepted')
    assert.equal(refusal({ tools, toolChoice: 'required', thinking: false }), 'accepted')
  })
})

describe('missing reasoning', () => {
  const turn = (reasoning: string | undefined): Message[] => [
    user,
    assistant({ toolCalls: [call('get_weather:0')], ...(reasoning === undefined ? {} : { reasoning }) }),
    result('get_weather:0'),
  ]

  it('is refused with the index of the first message that lost it', () => {
    assert.equal(
      refusal({ messages: [{ role: 'system', content: 'S' }, ...turn(undefined)] }),
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
    )
  })

  it('counts only in the current turn, and only with thinking', () => {
    assert.equal(refusal({ messages: [...turn(undefined), assistant({ content: 'Sunny.' }), user] }), 'accepted')
    assert.equal(refusal({ messages: turn(undefined), thinking: false }), 'accepted')
  })

  it('is what an empty string is where thinking has a switch, unless a key may, and a blank never is', () => {
    const missing = 'thinking is enabled but reasoning_content is missing in assistant tool call message at index 1'
    assert.equal(refusal({ messages: turn('') }), missing)
    const isAtItsField = (error: unknown): boolean =>
      error instanceof ApiError && error.field?.name === 'reasoning_content'
    assert.throws(() => agree({ messages: turn('') }), isAtItsField)
    assert.equal(refusal({ messages: turn(' ') }), 'accepted')
    assert.equal(refusal({ messages: turn(''), model: 'kimi-k2-thinking' }), 'accepted')
    const { notes } = agree({ messages: turn('') }, ['accept-empty-reasoning']).leniency
    assert.deepEqual(notes, [{ switch: 'accept-empty-reasoning', field: 'reasoning_content' }])
    assert.equal(refusal({ messages: turn(undefined) }, ['accept-empty-reasoning']), missing)
  })
})

describe('tool calls and results', () => {
  const called = (...ids: string[]) => assistant({ reasoning: 'r', toolCalls: ids.map((id) => call(id)) })

  it('match by whatever id the client uses, in any order', () => {
    assert.equal(refusal({ messages: [user, called('call_a', 'b'), result('b'), result('call_a')] }), 'accepted')
  })

  it('are refused when a result answers nothing', () => {
    assert.equal(refusal({ messages: [user, result('')] }), 'tool_call_id  is not found')
    assert.equal(refusal({ messages: [user, called('a'), result('b')] }), 'tool_call_id b is not found')
    assert.equal(refusal({ messages: [user, called('a'), result('a'), result('a')] }), 'tool_call_id a is not found')
  })

  it('are refused when a call has no result, also before the next message', () => {
    const missing = (ids: string): string =>
      `Invalid request: an assistant message with 'tool_calls' must be followed by tool messages responding to each tool_call_id. The following tool_call_ids did not have response messages: ${ids}`
    assert.equal(refusal({ messages: [user, called('a', 'b'), result('a')] }), missing('b'))
    assert.equal(refusal({ messages: [user, called('a', 'b'), result('a'), user] }), missing('b'))
    assert.equal(refusal({ messages: [user, called('a', 'b'), user] }), missing('a, b'))
    const many = Array.from({ length: 100_000 }, (_, index) => `${index}-${'x'.repeat(1000)}`)
    assert.ok(refusal({ messages: [user, called(...many)] }).length < 1300)
  })

  it('may use an id again in the next answer, and twice in one with two results', () => {
    assert.equal(refusal({ messages: [user, called('s:0'), result('s:0'), called('s:0'), result('s:0')] }), 'accepted')
    assert.equal(refusal({ messages: [user, called('x', 'x'), result('x'), result('x')] }), 'accepted')
  })

  it('stay linear for a hundred thousand of them', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `call_${index}`)
    const messages = [user, called(...ids), ...ids.toReversed().map(result)]
    assert.equal(refusal({ messages }), 'accepted')
  })
})

describe('tools', () => {
  const named = (name: string): Tool => ({ ...weather, name })

  it('are at most 128, with names of the right form, each once', () => {
    const many = Array.from({ length: 129 }, (_, index) => named(`tool_${index}`))
    assert.equal(refusal({ tools: many.slice(1) }), 'accepted')
    assert.match(refusal({ tools: many }), /a max of 128 tools can be supported, but got 129/)
    for (const name of ['1st', '', 'a b', '-x', 'x'.repeat(65), 'größe']) {
      assert.equal(
        refusal({ tools: [named(name)] }),
        'Invalid request: function name is invalid, must start with a letter and can contain letters, numbers, underscores, and dashes',
        name,
      )
    }
    assert.match(refusal({ tools: [weather, weather] }), /function name get_weather is duplicated/)
  })

  it('need parameters that are an MFJS object', () => {
    assert.equal(
      refusal({ tools: [{ ...weather, parameters: {} }] }),
      'Invalid request: tools.function.parameters.type is required and must be "object"',
    )
    const parameters = {
      type: 'object',
      properties: { x: { type: 'string', anyOf: [{ type: 'string' }, { type: 'null' }] } },
    }
    assert.equal(
      refusal({ tools: [{ ...weather, parameters }] }),
      "Invalid request: tools.function.parameters is not a valid moonshot flavored json schema, details: <At path 'properties.x': when using anyOf, type should be defined in anyOf items instead of the parent schema>",
    )
    assert.equal(refusal({ tools: [{ ...weather, parameters, strict: false }] }), 'accepted')
  })

  it('draw a warning for what only the full specification forbids', () => {
    const parameters = { type: 'object', properties: { on: { type: 'string', format: 'date' } }, $schema: 'x' }
    const { leniency } = agree({ tools: [weather, { ...weather, name: 'plan', parameters }] })
    assert.equal(
      leniency.schemaWarning,
      "tools.function[plan].parameters is not a valid moonshot flavored json schema, details: <At path 'root': unsupported keywords: $schema>",
    )
    assert.equal(agree({ tools: [weather] }).leniency.schemaWarning, undefined)
  })

  it('have their schema rewritten for a key that may', () => {
    const on = { type: ['string', 'null'], anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] }
    const parameters = { type: 'object', properties: { on } }
    assert.match(refusal({ tools: [{ ...weather, parameters }] }), /not a valid moonshot flavored/)
    const agreed = agree({ tools: [{ ...weather, parameters }] }, ['relax-schema'])
    assert.deepEqual(agreed.leniency.notes, [{ switch: 'relax-schema', field: 'tools.get_weather' }])
    assert.deepEqual((agreed.request.tools[0] as { parameters: unknown }).parameters, {
      type: 'object',
      properties: { on: { type: ['string', 'null'] } },
    })
    const bare = agree({ tools: [{ ...weather, parameters: {} }] }, ['relax-schema'])
    assert.equal(bare.leniency.notes.length, 1)
  })

  describe('are mended for a key that may', () => {
    /** A schema that refers to nothing there is cannot be rewritten. */
    const lost = { type: 'object', properties: { x: { $ref: '#/$defs/gone' } } }
    const mended = (parameters: Record<string, unknown>, lenient: LenientSwitch[] = ['repair-tools']) => {
      const { request, leniency } = agree({ tools: [weather, { ...weather, name: 'f', parameters }] }, lenient)
      const [first, second] = request.tools
      assert.equal(first, weather, 'what is right is left alone')
      return { tool: second, notes: leniency.notes }
    }

    it('to have no arguments where their parameters are none', () => {
      for (const parameters of [{}, { type: 'string' }, { type: null }]) {
        assert.deepEqual(mended(parameters), {
          tool: { ...weather, name: 'f', parameters: { type: 'object', properties: {} } },
          notes: [{ switch: 'repair-tools', field: 'tools.f' }],
        })
      }
    })

    it('to have a schema that is rewritten, also where its root says no type', () => {
      const properties = { on: { type: 'string', format: 'date', enum: ['a', 'a'] } }
      const { tool, notes } = mended({ properties })
      assert.deepEqual(tool, {
        ...weather,
        name: 'f',
        parameters: { type: 'object', properties: { on: { type: 'string', enum: ['a'] } } },
      })
      assert.deepEqual(notes, [{ switch: 'repair-tools', field: 'tools.f' }])
    })

    it('to have it go on unchecked where nobody can rewrite it, which is named', () => {
      assert.deepEqual(mended(lost), {
        tool: { ...weather, name: 'f', parameters: lost, strict: false },
        notes: [{ switch: 'repair-tools', field: 'tools.f.strict' }],
      })
    })

    it('and a refusal names the switch that helps', () => {
      const helping = (parameters: Record<string, unknown>, lenient: LenientSwitch[]): LenientSwitch | undefined => {
        try {
          mended(parameters, lenient)
        } catch (error) {
          return error instanceof ApiError ? error.switch : undefined
        }
        return undefined
      }
      assert.equal(helping(lost, []), 'relax-schema')
      assert.equal(helping({}, []), 'relax-schema')
      assert.equal(helping(lost, ['relax-schema']), 'repair-tools')
      assert.equal(helping(lost, ['relax-schema', 'repair-tools']), undefined)
    })
  })

  it('include the one that is forced', () => {
    const thinking = false
    assert.match(refusal({ thinking, toolChoice: 'required' }), /tool_choice needs tools/)
    assert.match(
      refusal({ thinking, tools: [weather], toolChoice: { name: 'other' } }),
      /"other", which is not in tools/,
    )
  })
})

describe('stop', () => {
  it('takes five strings of up to 32 bytes', () => {
    assert.equal(refusal({ stop: ['a', 'b', 'c', 'd', '界'.repeat(10)] }), 'accepted')
    assert.equal(
      refusal({ stop: ['1', '2', '3', '4', '5', '6'] }),
      'stop array too long. Expected an array with maximum length 5, but got 6',
    )
    assert.match(refusal({ stop: ['x'.repeat(33)] }), /too long. Expected at most 32 bytes/)
    assert.match(refusal({ stop: ['界'.repeat(11)] }), /too long/)
    assert.match(refusal({ stop: [''] }), /empty string/)
  })
})

describe('messages', () => {
  const empty = (position: number, role: string) =>
    `Invalid request: the message at position ${position} with role '${role}' must not be empty`

  it('must not be empty, each said with its position', () => {
    assert.equal(refusal({ messages: [user, { role: 'user', content: '' }] }), empty(1, 'user'))
    assert.equal(refusal({ messages: [{ role: 'system', content: [] }, user] }), empty(0, 'system'))
    assert.equal(refusal({ messages: [user, assistant({}), user] }), empty(1, 'assistant'))
    assert.equal(
      refusal({ messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }),
      'text content is empty',
    )
  })

  it('may be empty where a tool printed nothing, in any spelling', () => {
    for (const content of ['', [], [{ type: 'text', text: '' }]] as const) {
      const asked = assistant({ toolCalls: [call('a')], reasoning: 'r' })
      assert.equal(refusal({ messages: [user, asked, { role: 'tool', toolCallId: 'a', content }] }), 'accepted')
    }
  })

  it('may be empty beside tool calls, and as a prefix with a name or a thought', () => {
    assert.equal(refusal({ messages: [user, assistant({ partial: true, name: 'Dr. Kelsier' })] }), 'accepted')
    assert.equal(refusal({ messages: [user, assistant({ partial: true, reasoning: 'Hm' })] }), 'accepted')
    assert.equal(refusal({ messages: [user, assistant({ partial: true })] }), empty(1, 'assistant'))
  })
})

describe('partial mode', () => {
  const prefix = assistant({ content: '{', partial: true })

  it('is for the last message, without tool calls, and not beside json_object', () => {
    assert.equal(refusal({ messages: [user, prefix] }), 'accepted')
    assert.match(refusal({ messages: [user, prefix, user] }), /only allowed in the last message/)
    assert.match(
      refusal({ messages: [user, { ...prefix, toolCalls: [call('a')] } as Message] }),
      /must not hold tool_calls/,
    )
    assert.match(
      refusal({ messages: [user, prefix], responseFormat: { type: 'json_object' } }),
      /incompatible with response_format json_object/,
    )
  })
})

describe('response_format', () => {
  const format = (schema: Record<string, unknown>, strict = true) =>
    ({ type: 'json_schema', name: 'out', strict, schema }) as const

  it('wants MFJS when strict', () => {
    const schema = { type: 'object', properties: {}, required: ['age'] }
    assert.match(
      refusal({ responseFormat: format(schema) }),
      /^Invalid request: response_format.json_schema is not a valid moonshot flavored json schema, details: <At path .*age.*>$/,
    )
    assert.equal(refusal({ responseFormat: format(schema, false) }), 'accepted')
  })

  it('is rewritten for a key that may', () => {
    const agreed = agree({ responseFormat: format({ type: 'object', properties: {}, $schema: 'x' }) }, ['relax-schema'])
    assert.deepEqual(agreed.leniency.notes, [{ switch: 'relax-schema', field: 'response_format' }])
  })
})

describe('media', () => {
  it('needs a model that sees', () => {
    const image: Message = {
      role: 'user',
      content: [{ type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } }],
    }
    assert.equal(refusal({ messages: [image] }), 'accepted')
    assert.equal(
      refusal({ model: 'moonshot-v1-8k', messages: [user, image] }),
      "Invalid request: the message at position 1 with role 'user' contains an invalid part type: image_url",
    )
  })
})

describe('the window', () => {
  /** Counts a token for each UTF-16 unit of content. */
  const counterOf = (exact: boolean): TokenCounter => {
    const countPrompt = ({ messages }: CountedPrompt): number =>
      messages.reduce((sum, message) => sum + textOf(message.content).length, 0)
    const counter: TokenCounter = {
      exact,
      countText: (text) => text.length,
      countTextAside: (text) => text.length,
      countPrompt,
      bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, promptTokensAtMost(prompt, utf8BytesAtMost)),
      countPromptAside: async (prompt) => countPrompt(prompt),
    }
    return counter
  }

  const fit = (overrides: Partial<RequestDraft>, exact = true) => {
    const { request } = agree(overrides)
    const model = findModel(request.model)
    assert.ok(model)
    return fitWindow(resolved(request), model, counterOf(exact))
  }
  const said = (message: string) => (error: unknown) => error instanceof ApiError && error.publicMessage === message
  const long = (length: number): Message => ({ role: 'user', content: 'x'.repeat(length) })

  it('holds prompt and answer together', async () => {
    const limit = 262_144
    const words = (requested: number) =>
      `Invalid request: Your request exceeded model token limit: ${limit} (requested: ${requested})`
    await assert.rejects(fit({ messages: [long(10)], maxCompletionTokens: limit }), said(words(limit + 10)))
    await assert.rejects(fit({ messages: [long(10)], maxCompletionTokens: limit - 9 }), said(words(limit + 1)))
    const { request } = await fit({ messages: [long(10)], maxCompletionTokens: limit - 10 })
    assert.equal(request.maxCompletionTokens, limit - 10)
    // The prompt alone is over, with a budget and without one: its default is what was wanted.
    await assert.rejects(fit({ messages: [long(limit)] }), said(words(limit + 32_768)))
    await assert.rejects(fit({ messages: [long(limit)], maxCompletionTokens: 5 }), said(words(limit + 5)))
  })

  it('gives what is left in place of a budget that is larger, for a key that may, and lists it', async () => {
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    const clamped = async (length: number, budget: number | undefined) => {
      const notes: LeniencyNote[] = []
      const { request } = agree({ messages: [long(length)], maxCompletionTokens: budget })
      const passing = { lenient: new Set(['clamp-budget'] as const), leniency: { notes } }
      const fitted = await fitWindow(resolved(request), model, counterOf(true), {}, passing)
      return { budget: fitted.request.maxCompletionTokens, notes }
    }
    const notes = [{ switch: 'clamp-budget', field: 'max_completion_tokens' }]
    assert.deepEqual(await clamped(10, 262_144), { budget: 262_134, notes })
    assert.deepEqual(await clamped(262_143, 2), { budget: 1, notes })
    // What fits as it is, and what nobody asked for, is no matter of the switch.
    assert.deepEqual(await clamped(10, 262_134), { budget: 262_134, notes: [] })
    assert.deepEqual(await clamped(262_143, undefined), { budget: 1, notes: [] })
    // A prompt that fills the window is refused all the same, and no switch is named.
    await assert.rejects(clamped(262_144, 5), (error) => error instanceof ApiError && error.switch === undefined)
    await assert.rejects(
      fit({ messages: [long(10)], maxCompletionTokens: 262_144 }),
      (error) => error instanceof ApiError && error.switch === 'clamp-budget',
    )
  })

  it('gives the default budget, or what the window has left', async () => {
    assert.equal((await fit({})).request.maxCompletionTokens, 32_768)
    assert.equal((await fit({ maxCompletionTokens: 5 })).request.maxCompletionTokens, 5)
    const { request, prompt } = await fit({ messages: [long(262_143)] })
    assert.deepEqual([request.maxCompletionTokens, prompt.known], [1, 262_143])
  })

  it('holds an approximate count only against a prompt that is far over', async () => {
    const { request } = await fit({ messages: [long(300_000)] }, false)
    assert.equal(request.maxCompletionTokens, 32_768)
    const over = 'Invalid request: Your request exceeded model token limit: 262144 (requested: 442768)'
    await assert.rejects(fit({ messages: [long(410_000)] }, false), said(over))
  })

  it('counts what is over up to four windows, so that the sum is exact that far and a bound beyond', async () => {
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    const asked: (number | undefined)[] = []
    const counter = counterOf(true)
    // As a server's counter does: of what is beyond, it tells a bound.
    counter.countPromptAside = async (prompt, { mostTokens } = {}) => {
      asked.push(mostTokens)
      const tokens = counter.countPrompt(prompt)
      return tokens <= (mostTokens ?? Infinity) ? tokens : promptTokensAtMost(prompt, utf8BytesAtMost)
    }
    const requested = async (length: number): Promise<number> => {
      const { request } = agree({ messages: [long(length)], maxCompletionTokens: 1000 })
      const over = await fitWindow(resolved(request), model, counter).then(
        () => assert.fail('fits'),
        (error: unknown) => (error instanceof ApiError ? error.publicMessage : ''),
      )
      return Number(/\(requested: (\d+)\)$/.exec(over)?.[1])
    }
    const four = 4 * model.contextLength
    assert.equal(await requested(four), four + 1000)
    assert.ok((await requested(four + 1)) >= four + 1 + 1000)
    assert.deepEqual(asked, [four, four])
  })

  it('counts a declaration of tools that the window might not hold', async () => {
    let counted = 0
    const counter = counterOf(true)
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    counter.countPromptAside = async () => (counted += 1)
    await fitWindow(resolved(agree({ tools: [weather] }).request), model, counter)
    assert.equal(counted, 0)
    await fitWindow(
      resolved(agree({ tools: [{ ...weather, description: 'x'.repeat(100_000) }] }).request),
      model,
      counter,
    )
    assert.equal(counted, 1)
  })
})

describe('a draft with references', () => {
  const text = { type: 'text', text: 'What is it?' } as const
  const file = { type: 'reference', medium: 'image', url: 'ms://f1' } as const
  const image = { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } } as const
  const asking: DraftMessage = { role: 'user', content: [text, file] }

  it('keeps the rules as any other, and its messages go on as the array that they are', () => {
    const messages = [user, assistant({ content: 'Rain.' }), asking]
    assert.equal(agree({ messages }).request.messages, messages)
  })

  it('is refused by their medium where the model does not see it', () => {
    const words = "Invalid request: the message at position 0 with role 'user' contains an invalid part type: video_url"
    const video = { ...file, medium: 'video' } as const
    assert.equal(refusal({ model: 'kimi-k2-thinking', messages: [{ role: 'user', content: [video] }] }), words)
  })

  it('has a prompt, whose messages are resolved by who counts it', () => {
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    const messages = [user, asking]
    const prompt = promptOf(draftOf({ messages }), { model, lenient: new Set() })
    assert.equal(prompt.messages, messages)
    assert.throws(() => assertResolved(prompt.messages), /unsupported image url: ms:/)
  })

  /** The rules of the resolved messages, for a draft of others. */
  const resolvedFrom = (draft: readonly DraftMessage[], messages: readonly Message[], id = 'kimi-k2.5') => {
    const { request } = agree({ model: id, messages: draft })
    const model = findModel(id)
    assert.ok(model)
    try {
      resolvedRules(messages, model, request)
    } catch (error) {
      assert.ok(error instanceof ApiError)
      return error.publicMessage
    }
    return 'accepted'
  }

  it('is the agreed request with the resolved messages', () => {
    const { request } = agree({ messages: [user, asking], thinking: false })
    const messages: Message[] = [user, { role: 'user', content: [text, image] }]
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    const unfitted = resolvedRules(messages, model, request)
    assert.equal(unfitted.messages, messages)
    assert.deepEqual({ ...unfitted, messages: request.messages }, request)
  })

  it('is not looked at again where nothing was resolved', () => {
    // Nothing could be read of these: what is the same array has kept the rules.
    const untouchable = new Proxy([user], { get: () => assert.fail('looked at') })
    const { request } = agree({})
    const model = findModel('kimi-k2.5')
    assert.ok(model)
    assert.equal(resolvedRules(untouchable, model, { ...request, messages: untouchable }).messages, untouchable)
  })

  it('keeps the rules of single messages where resolving has made others of them', () => {
    const empty: Message = { role: 'user', content: [] }
    const words = "Invalid request: the message at position 1 with role 'user' must not be empty"
    assert.equal(resolvedFrom([user, asking], [user, empty]), words)
    const blank: Message = { role: 'user', content: [{ type: 'text', text: '' }] }
    assert.equal(resolvedFrom([user, asking], [user, blank]), 'text content is empty')
    const seen = resolvedFrom([user], [{ role: 'user', content: [image] }], 'kimi-k2-thinking')
    assert.equal(
      seen,
      "Invalid request: the message at position 0 with role 'user' contains an invalid part type: image_url",
    )
  })

  it('keeps the rules between messages where there are others now', () => {
    assert.equal(resolvedFrom([user], [user, result('a:0')]), 'tool_call_id a:0 is not found')
    const calling = [user, assistant({ toolCalls: [call('a:0')] }), result('a:0')]
    assert.match(resolvedFrom([user], calling), /reasoning_content is missing/)
    const thought = [user, assistant({ toolCalls: [call('a:0')], reasoning: 'Hm' }), result('a:0')]
    const forgotten = thought.map((message) =>
      message.role === 'assistant' ? assistant({ toolCalls: message.toolCalls, content: 'x' }) : message,
    )
    assert.match(resolvedFrom(thought, forgotten), /reasoning_content is missing/)
    const begun = [assistant({ content: 'x', partial: true }), user]
    assert.match(resolvedFrom([user, user], begun), /partial is only allowed in the last message/)
  })
})

describe('without rules of schemas', () => {
  const model = findModel('kimi-k2.5')
  assert.ok(model)
  const terms = { model, lenient: new Set<never>() }
  const odd: Tool = { ...weather, parameters: { type: 'object', oneOf: [{}], $schema: 'x' } }

  it('every object is a schema, and goes on as it is', () => {
    const tools = [odd]
    const responseFormat = { type: 'json_schema', name: 'x', strict: true, schema: { oneOf: [] } } as const
    const { request, leniency } = draftRules(draftOf({ tools, responseFormat }), terms)
    assert.equal(request.tools, tools)
    assert.equal(request.responseFormat, responseFormat)
    assert.deepEqual(leniency, { notes: [] })
  })

  it('parameters of a tool still have an object at their root', () => {
    const tools = [{ ...weather, parameters: { type: 'string' } }]
    assert.throws(() => draftRules(draftOf({ tools }), terms), /must be "object"/)
  })
})

describe('tools', () => {
  it('go on as the array that they are, unless a schema was rewritten, and then only that one is another', () => {
    const tools = [weather, { ...weather, name: 'plan' }]
    assert.equal(agree({ tools }).request.tools, tools)
    const odd: Tool = { ...weather, name: 'odd', parameters: {} }
    const seen = agree({ tools: [weather, odd, ...tools.slice(1)] }, ['relax-schema']).request.tools
    assert.equal(seen[0], weather)
    assert.notEqual(seen[1], odd)
    assert.equal(seen[2], tools[1])
  })
})
