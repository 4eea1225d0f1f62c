import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { imageTokens, videoChunks } from '../media/index.ts'
import type { Prompt, PromptMessage, PromptPart, PromptTool, PromptToolCall } from '../prompt.ts'
import { promptText } from './encode-pieces.ts'
import { renderPrompt } from './render-prompt.ts'

type AssistantMessage = Extract<PromptMessage, { role: 'assistant' }>

const shared = process.env['MOONBASE_SHARED']
const skip = shared === undefined && 'MOONBASE_SHARED is not set, so the goldens are not at hand'

const ANSWER = '<|im_assistant|>assistant<|im_middle|>'
const HI = '<|im_user|>user<|im_middle|>hi<|im_end|>'

function user(content: string | readonly PromptPart[], name?: string): PromptMessage {
  return { role: 'user', content, ...(name !== undefined && { name }) }
}

function assistant(fields: Partial<AssistantMessage>): AssistantMessage {
  return { role: 'assistant', content: '', toolCalls: [], partial: false, ...fields }
}

function result(toolCallId: string, content: string): PromptMessage {
  return { role: 'tool', toolCallId, content }
}

function call(id: string, name: string, json = '{}'): PromptToolCall {
  return { id, name, arguments: json }
}

function rendered(messages: readonly PromptMessage[], rest: Partial<Prompt> = {}): string {
  return promptText(renderPrompt({ messages, tools: [], thinking: true, ...rest }))
}

function section(...calls: readonly (readonly [id: string, json: string])[]): string {
  const inner = calls.map(
    ([id, json]) => `<|tool_call_begin|>${id}<|tool_call_argument_begin|>${json}<|tool_call_end|>`,
  )
  return `<|tool_calls_section_begin|>${inner.join('')}<|tool_calls_section_end|>`
}

describe('renderPrompt', () => {
  it('renders a user and the header of an answer that thinks', () => {
    assert.equal(rendered([user('hi')]), `${HI}${ANSWER}<think>`)
  })

  it('closes the thought at once when thinking is off', () => {
    assert.equal(
      rendered([{ role: 'system', content: 'S' }, user('hi')], { thinking: false }),
      `<|im_system|>system<|im_middle|>S<|im_end|>${HI}${ANSWER}<think></think>`,
    )
  })

  it('puts a name in the place of the role, unless it is empty', () => {
    const messages: PromptMessage[] = [
      user('hi', 'bob'),
      assistant({ content: 'x', name: 'Dr. K' }),
      { role: 'system', content: 'S', name: 'rules' },
      { role: 'tool', toolCallId: 'x', content: '', name: 'search' },
      user('hi', ''),
    ]
    assert.equal(
      rendered(messages),
      '<|im_user|>bob<|im_middle|>hi<|im_end|><|im_assistant|>Dr. K<|im_middle|><think></think>x<|im_end|>' +
        '<|im_system|>rules<|im_middle|>S<|im_end|><|im_system|>search<|im_middle|>## Return of x\n<|im_end|>' +
        `${HI}${ANSWER}<think>`,
    )
  })

  it('declares tools first', () => {
    const tools: PromptTool[] = [{ type: 'function', name: 'f', parameters: {} }]
    const declaration = '# Tools\n\n## functions\nnamespace functions {\ntype f = (_: {}) => any;\n}\n'
    const expected = `<|im_system|>tool_declare<|im_middle|>${declaration}<|im_end|>${HI}${ANSWER}<think>`
    assert.equal(rendered([user('hi')], { tools }), expected)
  })

  it('renders nothing but the header of an answer for no messages', () => {
    assert.equal(rendered([]), `${ANSWER}<think>`)
  })

  it('joins neighbouring text into one piece, and has no empty one', () => {
    const content: PromptPart[] = [
      { type: 'text', text: 'a' },
      { type: 'text', text: '' },
      { type: 'text', text: 'b' },
      { type: 'image' },
      { type: 'text', text: 'c' },
    ]
    assert.deepEqual(renderPrompt({ messages: [user(''), user(content)], tools: [], thinking: true }), [
      { type: 'special', token: '<|im_user|>' },
      { type: 'text', text: 'user' },
      { type: 'special', token: '<|im_middle|>' },
      { type: 'special', token: '<|im_end|>' },
      { type: 'special', token: '<|im_user|>' },
      { type: 'text', text: 'user' },
      { type: 'special', token: '<|im_middle|>' },
      { type: 'text', text: 'ab' },
      { type: 'special', token: '<|media_begin|>' },
      { type: 'text', text: 'image' },
      { type: 'special', token: '<|media_content|>' },
      { type: 'media', tokens: 1 },
      { type: 'special', token: '<|media_end|>' },
      { type: 'text', text: '\nc' },
      { type: 'special', token: '<|im_end|>' },
      { type: 'special', token: '<|im_assistant|>' },
      { type: 'text', text: 'assistant' },
      { type: 'special', token: '<|im_middle|>' },
      { type: 'special', token: '<think>' },
    ])
  })
})

describe('the goldens', { skip }, () => {
  const goldens = shared === undefined ? { cases: {}, out: {} } : readGoldens(shared)
  for (const [name, wire] of Object.entries(goldens.cases)) {
    it(`renders ${name} byte for byte`, () => {
      // A prompt always ends with the header of the answer; one golden was rendered without.
      const header = wire.add_generation_prompt ? '' : `${ANSWER}<think>`
      assert.equal(promptText(renderPrompt(promptOf(wire))), goldens.out[name] + header)
    })
  }
})

describe('history', () => {
  const chain = [
    assistant({ reasoning: 'R2', toolCalls: [call('functions.f:0', 'f')] }),
    result('functions.f:0', 'ok'),
  ] as const
  const shown = (reasoning: string) =>
    `${ANSWER}<think>${reasoning}</think>${section(['functions.f:0', '{}'])}<|im_end|>` +
    '<|im_system|>tool<|im_middle|>## Return of functions.f:0\nok<|im_end|>'

  it('ends with the last assistant message without tool calls, and has no reasoning', () => {
    assert.equal(
      rendered([...chain, assistant({ content: 'b', reasoning: 'R1' }), user('hi')]),
      `${shown('')}${ANSWER}<think></think>b<|im_end|>${HI}${ANSWER}<think>`,
    )
  })

  it('does not reach into the chain of tool calls that is going on', () => {
    const before = [assistant({ content: 'b', reasoning: 'R1' }), user('hi')]
    assert.equal(
      rendered([...before, ...chain]),
      `${ANSWER}<think></think>b<|im_end|>${HI}${shown('R2')}${ANSWER}<think>`,
    )
  })

  it('is everything when thinking is off', () => {
    assert.equal(rendered([user('hi'), ...chain], { thinking: false }), `${HI}${shown('')}${ANSWER}<think></think>`)
  })

  it('takes reasoning that was not given for empty', () => {
    const [{ reasoning: _, ...silent }, answer] = chain
    assert.equal(rendered([silent, answer]), `${shown('')}${ANSWER}<think>`)
  })
})

describe('tool calls', () => {
  it('are counted over the whole conversation, whatever ids the client sent, and results follow them', () => {
    const messages = [
      assistant({ toolCalls: [call('call_a', 'search'), call('search:0', 'get-weather', '{"city": "Paris"')] }),
      result('search:0', 'sunny'),
      result('call_a', 'found'),
      assistant({ toolCalls: [call('call_a', 'noargs', '')] }),
      result('call_a', 'ok'),
      result('call_z', 'lost'),
    ]
    const ids = promptText(renderPrompt({ messages, tools: [], thinking: true })).matchAll(
      /(?:Return of |call_begin\|>)(.*?)(?:\n|<\|tool_call_arg)/g,
    )
    assert.deepEqual(
      Array.from(ids, ([, id]) => id),
      [
        'functions.search:0',
        'functions.get-weather:1',
        'functions.get-weather:1',
        'functions.search:0',
        'functions.noargs:2',
        'functions.noargs:2',
        'call_z',
      ],
    )
  })

  it('of one id are answered in order', () => {
    const toolCalls = [call('x', 'a'), call('x', 'b')]
    const text = rendered([assistant({ toolCalls }), result('x', '1'), result('x', '2'), result('x', '3')])
    assert.deepEqual(text.match(/## Return of .*\n./g), [
      '## Return of functions.a:0\n1',
      '## Return of functions.b:1\n2',
      '## Return of functions.b:1\n3',
    ])
  })

  it('keep their arguments as they stand, valid or not', () => {
    const toolCalls = [call('x', 'a', '{"a" :'), call('y', 'b', '')]
    assert.equal(
      rendered([assistant({ content: 'now', toolCalls })]),
      `${ANSWER}<think></think>now${section(['functions.a:0', '{"a" :'], ['functions.b:1', ''])}<|im_end|>${ANSWER}<think>`,
    )
  })
})

describe('media', () => {
  const video = { width: 1280, height: 720, frames: 300, framesPerSecond: 30 }

  it('counts a measured image, with a line end behind it', () => {
    const pieces = renderPrompt({
      messages: [user([{ type: 'image', measured: { width: 1920, height: 1080 } }])],
      tools: [],
      thinking: true,
    })
    assert.deepEqual(
      pieces.filter(({ type }) => type === 'media'),
      [{ type: 'media', tokens: imageTokens({ width: 1920, height: 1080 }) }],
    )
    assert.ok(
      promptText(pieces).includes('<|media_begin|>image<|media_content|><|media_pad|><|media_end|>\n<|im_end|>'),
    )
  })

  it('renders a measured video as its chunks, each behind its time', () => {
    const pieces = renderPrompt({
      messages: [
        user([
          { type: 'text', text: 'see ' },
          { type: 'video', measured: video },
        ]),
      ],
      tools: [],
      thinking: true,
    })
    const chunks = videoChunks(video)
    assert.deepEqual(
      pieces.filter(({ type }) => type === 'media'),
      chunks.map(({ tokens }) => ({ type: 'media', tokens })),
    )
    const chunk = '<|media_begin|>video<|media_content|><|media_pad|><|media_end|>'
    const times = chunks.map(({ timestamp }) => timestamp + chunk).join('')
    assert.ok(promptText(pieces).startsWith(`<|im_user|>user<|im_middle|>see ${times}\n<|im_end|>`))
  })

  it('leaves the placeholder of a video that nobody has measured', () => {
    assert.equal(
      rendered([user([{ type: 'video' }, { type: 'text', text: 'end' }])]),
      `<|im_user|>user<|im_middle|><|kimi_k25_video_placeholder|>\nend<|im_end|>${ANSWER}<think>`,
    )
  })
})

describe('a partial message', () => {
  const open = (fields: Partial<AssistantMessage>, thinking = true) =>
    rendered([user('hi'), assistant({ partial: true, ...fields })], { thinking })

  it('is left open in its content', () => {
    assert.equal(open({ content: '{' }), `${HI}${ANSWER}<think></think>{`)
  })

  it('bears its name in its header, be it all of the prefix', () => {
    assert.equal(open({ name: 'Dr. K' }), `${HI}<|im_assistant|>Dr. K<|im_middle|><think></think>`)
  })

  it('is left open in its thought when it has nothing else', () => {
    assert.equal(open({ reasoning: 'Let me' }), `${HI}${ANSWER}<think>Let me`)
    assert.equal(open({ reasoning: '', content: [] }), `${HI}${ANSWER}<think>`)
    assert.equal(open({ reasoning: 'R', content: [{ type: 'text', text: '' }] }), `${HI}${ANSWER}<think>R`)
  })

  it('is left open in its content behind its thought', () => {
    assert.equal(open({ reasoning: 'R', content: 'The' }), `${HI}${ANSWER}<think>R</think>The`)
    assert.equal(open({ reasoning: '', content: 'The' }), `${HI}${ANSWER}<think></think>The`)
  })

  it('has no thought when thinking is off', () => {
    assert.equal(open({ reasoning: 'R' }, false), `${HI}${ANSWER}<think></think>`)
  })

  it('is left open in the arguments of its last call', () => {
    const toolCalls = [call('a', 'f', '{}'), call('b', 'g', '{"x":')]
    const calls =
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{}<|tool_call_end|>' +
      '<|tool_call_begin|>functions.g:1<|tool_call_argument_begin|>{"x":'
    assert.equal(open({ reasoning: 'R', toolCalls }), `${HI}${ANSWER}<think>R</think>${calls}`)
    assert.equal(open({ content: 'Now', toolCalls }, false), `${HI}${ANSWER}<think></think>Now${calls}`)
  })

  it('is a prefix of what it goes on to become', () => {
    const chain = [user('hi'), assistant({ reasoning: 'R1', toolCalls: [call('a', 'f')] }), result('a', 'ok')]
    const written = { reasoning: 'R2', content: 'now', toolCalls: [call('b', 'g', '{"x":1}')] }
    const whole = rendered([...chain, assistant(written)])
    const { reasoning, content } = written
    const stages: Partial<AssistantMessage>[] = [
      { reasoning: '' },
      { reasoning: 'R' },
      { reasoning },
      { reasoning, content: 'n' },
      { reasoning, content },
      { reasoning, content, toolCalls: [call('b', 'g', '')] },
      { reasoning, content, toolCalls: [call('b', 'g', '{"x"')] },
      written,
    ]
    let length = rendered(chain).length
    for (const stage of stages) {
      const text = rendered([...chain, assistant({ ...stage, partial: true })])
      assert.ok(whole.startsWith(text) && text.length >= length, text)
      length = text.length
    }
  })

  it('without its reasoning makes history of all before it, as the original does', () => {
    const chain = [assistant({ reasoning: 'R1', toolCalls: [call('a', 'f')] }), result('a', 'ok')]
    const prefix = assistant({ content: 'The', partial: true })
    assert.ok(!rendered([...chain, prefix]).includes('R1'))
    assert.ok(rendered([...chain, { ...prefix, reasoning: '' }]).includes('<think>R1</think>'))
  })

  it('is closed like any other where it is not the last', () => {
    const messages = [assistant({ content: 'a', partial: true }), user('hi')]
    assert.equal(rendered(messages), `${ANSWER}<think></think>a<|im_end|>${HI}${ANSWER}<think>`)
  })
})

interface WireMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly name?: string
  readonly content: string | readonly { readonly type: string; readonly text?: string }[]
  readonly reasoning_content?: string
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
  readonly tool_call_id?: string
}

interface Golden {
  readonly messages: readonly WireMessage[]
  readonly tools?: readonly { readonly function: Omit<Extract<PromptTool, { type: 'function' }>, 'type'> }[]
  readonly thinking?: boolean
  readonly add_generation_prompt: boolean
}

function readGoldens(folder: string): {
  readonly cases: Readonly<Record<string, Golden>>
  readonly out: Readonly<Record<string, string>>
} {
  return JSON.parse(readFileSync(path.join(folder, 'data/goldens/chat-template.json'), 'utf8'))
}

function promptOf(golden: Golden): Prompt {
  const tools = golden.tools ?? []
  return {
    messages: golden.messages.map(messageOf),
    tools: tools.map(toolOf),
    thinking: golden.thinking ?? true,
  }
}

function toolOf(wire: NonNullable<Golden['tools']>[number]): PromptTool {
  return { type: 'function', ...wire.function }
}

function messageOf(wire: WireMessage): PromptMessage {
  const { role, name, reasoning_content: reasoning } = wire
  const content = typeof wire.content === 'string' ? wire.content : wire.content.map(partOf)
  const named = name === undefined ? {} : { name }
  if (role === 'tool') return { role, content, toolCallId: wire.tool_call_id ?? '', ...named }
  if (role !== 'assistant') return { role, content, ...named }
  const toolCalls = (wire.tool_calls ?? []).map(({ id, function: called }) => call(id, called.name, called.arguments))
  return { role, content, toolCalls, partial: false, ...named, ...(reasoning !== undefined && { reasoning }) }
}

function partOf({ type, text = '' }: { readonly type: string; readonly text?: string }): PromptPart {
  if (type === 'image_url') return { type: 'image' }
  return type === 'video_url' ? { type: 'video' } : { type: 'text', text }
}
