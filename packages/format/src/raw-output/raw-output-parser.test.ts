import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everySplit, randomSplits, seededRandom } from '../../../../test/support/every-split.ts'
import type { PromptTool } from '../prompt.ts'
import type { RawEvent, RawPlace } from './raw-event.ts'
import { RawOutputLimitError } from './raw-output-limits.ts'
import { type RawOutputOptions, RawOutputParser } from './raw-output-parser.ts'
import { readRawOutput } from './read-raw-output.ts'
import type { RepairKind } from './repair-kind.ts'

const SECTION = '<|tool_calls_section_begin|>'
const SECTION_END = '<|tool_calls_section_end|>'
const CALL = '<|tool_call_begin|>'
const ARGUMENTS = '<|tool_call_argument_begin|>'
const CALL_END = '<|tool_call_end|>'

const tool = (name: string, properties: Record<string, unknown>, required: string[] = []): PromptTool => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties, required },
})

const TOOLS: readonly PromptTool[] = [
  tool('search', { query: {}, limit: {} }, ['query']),
  tool('read-file', { path: {} }, ['path']),
  tool('db.query', { sql: {} }, ['sql']),
  tool('now', {}),
]

const call = (id: string, json: string): string => `${CALL}${id}${ARGUMENTS}${json}${CALL_END}`
const section = (...calls: string[]): string => `${SECTION}${calls.join('')}${SECTION_END}`

interface Reading {
  reasoning: string
  text: string
  calls: { name: string; id?: string; arguments: string }[]
  /** Kinds of events in the order in which they came, neighbours of one kind once. */
  order: string[]
  repairs: RepairKind[]
  finish: 'stop' | 'tool_calls'
  open: boolean
  place: RawPlace
}

type Step = string | { readonly text: string } | { readonly special: Parameters<RawOutputParser['pushSpecial']>[0] }

function read(steps: Iterable<Step>, options: Partial<RawOutputOptions> = {}, cut = false): Reading {
  const repairs: RepairKind[] = []
  const parser = new RawOutputParser({
    start: { in: 'thought' },
    tools: TOOLS,
    ...options,
    onRepair: (kind) => repairs.push(kind),
  })
  const events: RawEvent[] = []
  for (const step of steps) {
    if (typeof step === 'string') events.push(...parser.push(step))
    else if ('text' in step) events.push(...parser.pushText(step.text))
    else events.push(...parser.pushSpecial(step.special))
  }
  const { place } = parser
  events.push(...parser.end(cut))
  return { ...join(events, options.start), repairs, finish: parser.finish, open: parser.open, place }
}

function join(events: readonly RawEvent[], start?: RawPlace): Pick<Reading, 'reasoning' | 'text' | 'calls' | 'order'> {
  const joined: Pick<Reading, 'reasoning' | 'text' | 'calls' | 'order'> = {
    reasoning: '',
    text: '',
    calls: [],
    order: [],
  }
  if (start?.in === 'arguments') joined.calls.push({ name: start.name, arguments: '' })
  const before = start?.in === 'calls' ? start.calls : start?.in === 'arguments' ? start.call : 0
  for (const event of events) {
    const kind = event.type === 'tool-call' ? `call ${event.call}` : event.type
    if (joined.order.at(-1) !== kind) joined.order.push(kind)
    if (event.type !== 'tool-call') {
      assert.notEqual(event.text, '', 'an event without text')
      joined[event.type] += event.text
      continue
    }
    const at = event.call - before
    if (event.name !== undefined) {
      assert.equal(at, joined.calls.length, 'calls are numbered without gaps')
      assert.notEqual(event.name, '')
      joined.calls.push({ name: event.name, ...(event.rawId === undefined ? {} : { id: event.rawId }), arguments: '' })
    }
    const known = joined.calls[at]
    assert.ok(known, 'a piece of a call that was not begun')
    known.arguments += event.arguments
  }
  return joined
}

interface Slip {
  readonly name: string
  readonly raw: string
  readonly options?: Partial<RawOutputOptions>
  readonly cut?: boolean
  readonly reasoning?: string
  readonly text?: string
  /** Name, id, arguments. */
  readonly calls?: readonly (readonly [string, string | undefined, string])[]
  readonly repairs?: readonly RepairKind[]
  readonly open?: boolean
}

const Q = '{"query":"a"}'
const S0 = call('functions.search:0', Q)
const SEARCH = ['search', 'functions.search:0', Q] as const
const inText = { start: { in: 'text' } } as const

const SLIPS: readonly Slip[] = [
  { name: 'thought and text', raw: 'hm</think>Hi', reasoning: 'hm', text: 'Hi' },
  { name: 'an empty thought', raw: '</think>Hi', text: 'Hi' },
  { name: 'white space around the answer', raw: 'hm\n</think>\n\nHi\n', reasoning: 'hm\n', text: '\n\nHi\n' },
  { name: 'white space alone as the answer', raw: 'hm</think>\n', reasoning: 'hm', text: '\n' },
  { name: 'a call', raw: `hm</think>Look:${section(S0)}`, reasoning: 'hm', text: 'Look:', calls: [SEARCH] },
  {
    name: 'white space before a call is no answer',
    raw: `hm</think>\n\n${section(S0)}`,
    reasoning: 'hm',
    calls: [SEARCH],
  },
  {
    name: 'white space around everything in a section',
    raw: `</think>${SECTION} ${CALL} functions.search:0 ${ARGUMENTS} ${Q} ${CALL_END} ${SECTION_END}\n`,
    calls: [SEARCH],
  },
  {
    name: 'parallel calls, the index counted over the whole conversation',
    raw: `</think>${section(call('functions.search:7', Q), call('functions.now:8', '{}'))}`,
    calls: [
      ['search', 'functions.search:7', Q],
      ['now', 'functions.now:8', '{}'],
    ],
  },
  {
    name: 'a hyphenated name',
    raw: `</think>${section(call('functions.read-file:0', '{"path":"/a"}'))}`,
    calls: [['read-file', 'functions.read-file:0', '{"path":"/a"}']],
  },
  {
    name: 'a name with a dot',
    raw: `</think>${section(call('functions.db.query:0', '{"sql":""}'))}`,
    calls: [['db.query', 'functions.db.query:0', '{"sql":""}']],
  },
  {
    name: 'a foreign prefix before a declared name',
    raw: `</think>${section(call('functions.tools.search:0', Q))}`,
    calls: [['search', 'functions.tools.search:0', Q]],
    repairs: ['foreign-prefix'],
  },
  {
    name: 'a thought that was not closed before the section',
    raw: `hm${section(S0)}`,
    reasoning: 'hm',
    calls: [SEARCH],
    repairs: ['calls-in-thought'],
  },
  {
    name: 'a section inside the thought, which goes on',
    raw: `hm ${section(S0)} so</think>Fine`,
    reasoning: 'hm ',
    calls: [SEARCH],
    repairs: ['calls-in-thought', 'text-after-calls'],
  },
  {
    name: 'a section inside the thought, closed behind it (llxprt-code issue 749)',
    raw: `hm ${SECTION} ${CALL} functions.search:0 ${ARGUMENTS} ${Q} ${CALL_END} ${SECTION_END}</think>`,
    reasoning: 'hm ',
    calls: [SEARCH],
    repairs: ['calls-in-thought'],
  },
  {
    name: 'singular section markers',
    raw: `</think><|tool_call_section_begin|>${S0}<|tool_call_section_end|>`,
    calls: [SEARCH],
    repairs: ['variant-marker', 'variant-marker'],
  },
  {
    name: 'markers of another spelling around the arguments',
    raw: `</think>${SECTION}${CALL}functions.search:0<|func_start|>${Q}<|func_end|>${SECTION_END}`,
    calls: [SEARCH],
    repairs: ['variant-marker', 'variant-marker'],
  },
  {
    name: 'an id without prefix',
    raw: `</think>${section(call('search:2', Q))}`,
    calls: [['search', 'search:2', Q]],
    repairs: ['id-without-prefix'],
  },
  {
    name: 'an id without index',
    raw: `</think>${section(call('functions.search', Q))}`,
    calls: [['search', 'functions.search', Q]],
    repairs: ['id-without-index'],
  },
  {
    name: 'an id with another separator',
    raw: `</think>${section(call('search_0', Q))}`,
    calls: [['search', 'search_0', Q]],
    repairs: ['id-without-index'],
  },
  {
    name: 'a foreign id whose arguments fit one tool',
    raw: `</think>${section(call('call_a1b2', '{"path":"/etc"}'), S0)}`,
    calls: [['read-file', 'call_a1b2', '{"path":"/etc"}'], SEARCH],
    repairs: ['foreign-id'],
  },
  {
    name: 'a foreign id where only one tool was declared',
    raw: `</think>${section(call('call_a1b2', '{"x":'))}`,
    options: { tools: [tool('search', {})] },
    calls: [['search', 'call_a1b2', '{"x":']],
    repairs: ['foreign-id', 'malformed-arguments'],
  },
  {
    name: 'a foreign id that no tool fits',
    raw: `</think>${section(call('call_a1b2', '{"x":1}'))}`,
    calls: [['call_a1b2', 'call_a1b2', '{"x":1}']],
    repairs: ['foreign-id', 'undeclared-tool'],
  },
  {
    name: 'an undeclared tool',
    raw: `</think>${section(call('functions.fly:0', '{}'))}`,
    calls: [['fly', 'functions.fly:0', '{}']],
    repairs: ['undeclared-tool'],
  },
  {
    name: 'no tools declared',
    raw: `</think>${section(call('functions.a.b-c:0', '{}'))}`,
    options: { tools: [] },
    calls: [['a.b-c', 'functions.a.b-c:0', '{}']],
  },
  {
    name: 'a call where none may be made',
    raw: `</think>No.${section(S0)}Yes.`,
    options: { mayCall: false },
    text: 'No.Yes.',
    repairs: ['forbidden-call', 'empty-section'],
  },
  {
    name: 'a section cut behind a call',
    raw: `</think>${SECTION}${S0}`,
    cut: true,
    calls: [SEARCH],
  },
  {
    name: 'arguments cut by the budget',
    raw: `</think>${SECTION}${CALL}functions.search:0${ARGUMENTS}{"query": `,
    cut: true,
    calls: [['search', 'functions.search:0', '{"query": ']],
    open: true,
  },
  { name: 'an id cut by the budget', raw: `</think>a${SECTION}${CALL}functions.sea`, cut: true, text: 'a', open: true },
  {
    name: 'arguments of a foreign id cut by the budget',
    raw: `</think>${SECTION}${CALL}call_9${ARGUMENTS}{"pa`,
    cut: true,
    calls: [['call_9', 'call_9', '{"pa']],
    repairs: ['foreign-id', 'undeclared-tool'],
    open: true,
  },
  { name: 'a thought cut by the budget', raw: 'hm, so <', cut: true, reasoning: 'hm, so <' },
  {
    name: 'text behind the section',
    raw: `</think>a${section(S0)}\n\nThe result is 4.`,
    text: 'a',
    calls: [SEARCH],
    repairs: ['text-after-calls'],
  },
  {
    name: 'two sections with text between',
    raw: `</think>${section(S0)} and ${section(call('functions.now:1', '{}'))}`,
    calls: [SEARCH, ['now', 'functions.now:1', '{}']],
    repairs: ['text-after-calls'],
  },
  {
    name: 'a call without its section',
    raw: `</think>a${S0}`,
    text: 'a',
    calls: [SEARCH],
    repairs: ['missing-section-begin'],
  },
  {
    name: 'a call behind its section (seen by SMG)',
    raw: `</think>${section(S0)}${call('functions.now:1', '{}')}`,
    calls: [SEARCH, ['now', 'functions.now:1', '{}']],
    repairs: ['missing-section-begin'],
  },
  {
    name: 'calls without their ends',
    raw: `</think>${SECTION}${CALL}functions.search:0${ARGUMENTS}${Q}${CALL}functions.now:1${ARGUMENTS}{}${SECTION_END}`,
    calls: [SEARCH, ['now', 'functions.now:1', '{}']],
    repairs: ['missing-call-end', 'missing-call-end'],
  },
  {
    name: 'an answer that ends inside a call',
    raw: `</think>${SECTION}${CALL}functions.search:0${ARGUMENTS}${Q}`,
    calls: [SEARCH],
    repairs: ['missing-call-end', 'missing-section-end'],
  },
  {
    name: 'arguments without their beginning',
    raw: `</think>${SECTION}${CALL}functions.search:0\n${Q}${CALL_END}${SECTION_END}`,
    calls: [SEARCH],
    repairs: ['missing-argument-begin'],
  },
  {
    name: 'arguments begun twice',
    raw: `</think>${section(call('functions.search:0', `${ARGUMENTS}${Q}`))}`,
    calls: [SEARCH],
    repairs: ['stray-marker'],
  },
  {
    name: 'an id without the beginning of its call',
    raw: `</think>${SECTION}functions.search:0${ARGUMENTS}${Q}${CALL_END}${SECTION_END}`,
    calls: [SEARCH],
    repairs: ['missing-call-begin'],
  },
  {
    name: 'the same with nothing but the inner markers left (typeclaw pull request 344)',
    raw: `</think>search:0${ARGUMENTS}${Q}${SECTION_END}`,
    text: 'search:0',
    calls: [['search', 'search:0', Q]],
    repairs: ['missing-section-begin', 'missing-call-begin', 'id-without-prefix', 'missing-call-end', 'stray-marker'],
  },
  {
    name: 'a call begun twice',
    raw: `</think>${SECTION}${CALL}${S0}${SECTION_END}`,
    calls: [SEARCH],
    repairs: ['stray-marker'],
  },
  {
    name: 'a call begun inside an id',
    raw: `</think>${SECTION}${CALL}functions.now:0${call('functions.search:1', Q)}${SECTION_END}`,
    calls: [
      ['now', 'functions.now:0', '{}'],
      ['search', 'functions.search:1', Q],
    ],
    repairs: ['missing-argument-begin', 'empty-arguments'],
  },
  {
    name: 'words in the place of an id',
    raw: `</think>${SECTION}${CALL}let me see${S0}${SECTION_END}`,
    calls: [SEARCH],
    repairs: ['unnamed-call'],
  },
  {
    name: 'no id at all',
    raw: `</think>${section(call('', '{"path":"a"}'), call('', '{"zzz":1}'))}`,
    calls: [['read-file', undefined, '{"path":"a"}']],
    repairs: ['foreign-id', 'unnamed-call'],
  },
  {
    name: 'a thought that begins with its marker',
    raw: '<think>hm</think>Hi',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['extra-think-begin'],
  },
  {
    name: 'a thought begun again inside',
    raw: 'hm<think>so</think>Hi',
    reasoning: 'hmso',
    text: 'Hi',
    repairs: ['extra-think-begin'],
  },
  {
    name: 'a thought closed twice',
    raw: 'hm</think>\n</think>Hi',
    reasoning: 'hm',
    text: '\nHi',
    repairs: ['extra-think-end'],
  },
  {
    name: 'a second thought before the text',
    raw: '</think><think>hm</think>Hi',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['extra-think-begin'],
  },
  {
    name: 'thinking off, and a stray end of thought',
    raw: '</think>Hi',
    options: inText,
    text: 'Hi',
    repairs: ['extra-think-end'],
  },
  {
    name: 'thinking off, and a thought all the same',
    raw: '<think>hm</think>Hi',
    options: inText,
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['extra-think-begin'],
  },
  {
    name: 'an answer about think markers',
    raw: 'hm</think>Write <think> and </think>.',
    reasoning: 'hm',
    text: 'Write <think> and </think>.',
  },
  {
    name: 'think markers in arguments',
    raw: `</think>${section(call('functions.search:0', '{"query":"<think>a</think>"}'))}`,
    calls: [['search', 'functions.search:0', '{"query":"<think>a</think>"}']],
  },
  {
    name: 'no arguments',
    raw: `</think>${section(call('functions.now:0', ' '))}`,
    calls: [['now', 'functions.now:0', '{}']],
    repairs: ['empty-arguments'],
  },
  {
    name: 'a call that is nothing but its id',
    raw: `</think>${SECTION}${CALL}functions.now:0${CALL_END}${SECTION_END}`,
    calls: [['now', 'functions.now:0', '{}']],
    repairs: ['missing-argument-begin', 'empty-arguments'],
  },
  {
    name: 'malformed arguments',
    raw: `</think>${section(call('functions.search:0', '{"query":'))}`,
    calls: [['search', 'functions.search:0', '{"query":']],
    repairs: ['malformed-arguments'],
  },
  {
    name: 'arguments that are no object',
    raw: `</think>${section(call('functions.search:0', '["a"]'))}`,
    calls: [['search', 'functions.search:0', '["a"]']],
    repairs: ['malformed-arguments'],
  },
  {
    name: 'the end of the message as text',
    raw: 'hm</think>Hi<|im_end|>\n',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['leaked-end'],
  },
  {
    name: 'the end of the message behind a call',
    raw: `</think>${section(S0)}<|im_end|>`,
    calls: [SEARCH],
    repairs: ['leaked-end'],
  },
  {
    name: 'the end of the message inside a call',
    raw: `</think>${SECTION}${CALL}functions.search:0${ARGUMENTS}${Q}<|im_end|>`,
    calls: [SEARCH],
    repairs: ['leaked-end', 'missing-call-end', 'missing-section-end'],
  },
  {
    name: 'an engine that does not stop',
    raw: 'hm</think>Hi<|im_end|><|im_user|>user<|im_middle|>more',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['leaked-end', 'text-after-end'],
  },
  {
    name: 'the end of the message, and that of the text behind it',
    raw: 'hm</think>Hi<|im_end|>\n[EOS][EOT] ',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['leaked-end'],
  },
  {
    name: 'words about both ends',
    raw: '</think>Hi<|im_end|>[EOS]: both end it, <|im_end|>[EO',
    text: 'Hi<|im_end|>[EOS]: both end it, ',
    repairs: ['leaked-end'],
  },
  {
    name: 'an end in brackets alone',
    raw: '</think>Hi[EOS]',
    text: 'Hi[EOS]',
  },
  {
    name: 'the header of its own message before a text',
    raw: '</think>\n\n<|im_assistant|>assistant<|im_middle|>Hi',
    text: '\n\nHi',
    repairs: ['role-header'],
  },
  {
    name: 'the header of its own message before a thought',
    raw: '<|im_assistant|>assistant<|im_middle|><think>hm</think>Hi',
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['role-header', 'extra-think-begin'],
  },
  {
    name: 'a header within a text, and that of another role',
    raw: '</think>Hi <|im_assistant|>assistant<|im_middle|>x <|im_user|>user',
    text: 'Hi <|im_assistant|>assistant<|im_middle|>x <|im_user|>user',
  },
  {
    name: 'what begins like a header',
    raw: '</think><|im_assistant|> is a token, <|im_middle|> too',
    text: '<|im_assistant|> is a token, <|im_middle|> too',
  },
  {
    name: 'a header that is not whole',
    raw: '</think><|im_assistant|>assistant<|im_mi',
    repairs: ['role-header'],
  },
  {
    name: 'an answer about the end of a message',
    raw: '</think>`<|im_end|>` ends it, <|im_user|> begins.',
    text: '`<|im_end|>` ends it, <|im_user|> begins.',
  },
  { name: 'an empty section', raw: `</think>a${section()}b`, text: 'ab', repairs: ['empty-section'] },
  {
    name: 'a section that turns out to be an answer',
    raw: `</think>a ${SECTION}Sure, I can.`,
    text: 'a Sure, I can.',
    repairs: ['empty-section'],
  },
  {
    name: 'one word in a section that never calls',
    raw: `hm${SECTION}</think>Sure`,
    reasoning: 'hm',
    text: 'Sure',
    repairs: ['calls-in-thought', 'missing-section-end'],
  },
  {
    name: 'ends of what was never begun',
    raw: `hm${CALL_END}</think>a${SECTION_END}b`,
    reasoning: 'hm',
    text: 'ab',
    repairs: ['stray-marker', 'stray-marker'],
  },
  {
    name: 'what is almost a marker',
    raw: 'a < b <|x|> <t <|tool_call_x </thin',
    reasoning: 'a < b <|x|> <t <|tool_call_x </thin',
  },
  { name: 'a tool marker cut in the middle', raw: '</think>a<|tool_call', text: 'a', repairs: ['cut-marker'] },
  {
    name: 'going on inside arguments',
    raw: ` "a"}${CALL_END}${call('functions.now:3', '{}')}${SECTION_END}`,
    options: { start: { in: 'arguments', call: 2, name: 'search', arguments: '{"query":' } },
    calls: [
      ['search', undefined, ' "a"}'],
      ['now', 'functions.now:3', '{}'],
    ],
  },
  {
    name: 'going on at the beginning of arguments',
    raw: CALL_END,
    options: { start: { in: 'arguments', call: 0, name: 'now', arguments: '' } },
    calls: [['now', undefined, '{}']],
    repairs: ['empty-arguments', 'missing-section-end'],
  },
  {
    name: 'going on between calls',
    raw: `${call('functions.now:1', '{}')}${SECTION_END}`,
    options: { start: { in: 'calls', calls: 1 } },
    calls: [['now', 'functions.now:1', '{}']],
  },
  {
    name: 'going on in a text',
    raw: ` </think> is ${SECTION}${S0}${SECTION_END}`,
    options: { start: { in: 'text', begun: true } },
    text: ' </think> is ',
    calls: [SEARCH],
  },
]

function expected(slip: Slip): Omit<Reading, 'order' | 'place'> {
  return {
    reasoning: slip.reasoning ?? '',
    text: slip.text ?? '',
    calls: (slip.calls ?? []).map(([name, id, json]) =>
      id === undefined ? { name, arguments: json } : { name, id, arguments: json },
    ),
    repairs: [...(slip.repairs ?? [])],
    finish: (slip.calls ?? []).length > 0 ? 'tool_calls' : 'stop',
    open: slip.open ?? false,
  }
}

describe('RawOutputParser', () => {
  for (const slip of SLIPS) {
    test(`reads ${slip.name} under every split`, () => {
      const { raw, options, cut } = slip
      const whole = read([raw], options, cut)
      const { reasoning, text, calls, repairs, finish, open } = whole
      assert.deepEqual({ reasoning, text, calls, repairs, finish, open }, expected(slip))
      for (const pieces of waysToCut(raw)) {
        assertSame(read(pieces, options, cut), whole, pieces.join('⁞'))
      }
    })
  }

  test('lets go at once what can not become a marker', () => {
    const parser = new RawOutputParser({ start: { in: 'thought' } })
    assert.deepEqual(parser.push('one <'), [{ type: 'reasoning', text: 'one ' }])
    assert.deepEqual(parser.push('b'), [{ type: 'reasoning', text: '<b' }])
    assert.deepEqual(parser.push('</think>'), [])
    assert.deepEqual(parser.push('Hi'), [{ type: 'text', text: 'Hi' }])
    assert.deepEqual(parser.push(`${SECTION}${CALL}functions.a:0${ARGUMENTS}`), [
      { type: 'tool-call', call: 0, name: 'a', rawId: 'functions.a:0', arguments: '' },
    ])
    assert.deepEqual(parser.push('{"b":"<'), [{ type: 'tool-call', call: 0, arguments: '{"b":"' }])
    assert.deepEqual(parser.push('p> c'), [{ type: 'tool-call', call: 0, arguments: '<p> c' }])
  })

  test('white space inside open arguments leaves at once, and behind whole ones waits', () => {
    const parser = new RawOutputParser({ start: { in: 'text' } })
    parser.push(`${SECTION}${CALL}functions.a:0${ARGUMENTS}`)
    const pieces = (text: string) => parser.push(text).map((event) => 'arguments' in event && event.arguments)
    assert.deepEqual(pieces(' {"a": '), ['{"a": '])
    assert.deepEqual(pieces('"\\"} '), ['"\\"} '])
    assert.deepEqual(pieces('", "b": [ '), ['", "b": [ '])
    assert.deepEqual(pieces(']}\n'), [']}'])
    assert.deepEqual(pieces(' '), [])
    assert.deepEqual(pieces(CALL_END), [])
  })

  test('says whether what follows decides over what was pushed', () => {
    const parser = new RawOutputParser({ start: { in: 'thought' } })
    const holds = (text: string): boolean => {
      parser.push(text)
      return parser.holds
    }
    for (const [text, held] of [
      ['a <', true],
      ['b', false],
      ['</think>', false],
      ['\n', true],
      ['Hi', false],
      ['<|im_end|>', true],
      [' ', true],
      ['no', false],
      [SECTION, false],
    ] as const)
      assert.equal(holds(text), held, text)
  })

  test('tells tokens from text that spells them', () => {
    const reading = read([
      { text: 'They ask about </think>.' },
      { special: '</think>' },
      { text: `Between ${SECTION} and <|im_end|>` },
      { special: '<|tool_calls_section_begin|>' },
      { special: '<|tool_call_begin|>' },
      { text: 'functions.search:0' },
      { special: '<|tool_call_argument_begin|>' },
      { text: `{"query":"${CALL_END}` },
      { text: '"}' },
      { special: '<|tool_call_end|>' },
      { special: '<|tool_calls_section_end|>' },
      { special: '<|im_end|>' },
      { text: 'never' },
    ])
    assert.equal(reading.reasoning, 'They ask about </think>.')
    assert.equal(reading.text, `Between ${SECTION} and <|im_end|>`)
    assert.deepEqual(reading.calls, [
      { name: 'search', id: 'functions.search:0', arguments: `{"query":"${CALL_END}"}` },
    ])
    assert.deepEqual(reading.repairs, ['text-after-end'])
  })

  test('a think token inside a text is no text', () => {
    const reading = read(
      [
        { text: 'a' },
        { special: '</think>' },
        { text: 'b' },
        { special: '<|media_pad|>' },
        { special: '<think>' },
        { text: 'c' },
      ],
      { start: { in: 'text' } },
    )
    assert.deepEqual([reading.text, reading.reasoning], ['ab', 'c'])
    assert.deepEqual(reading.repairs, ['extra-think-end', 'stray-marker', 'extra-think-begin'])
  })

  test('goes on from any place as if it had never stopped', () => {
    const raw = `hm < hm</think>So: ${section(S0, call('functions.read-file:1', '{"path":  "/a b"}'))}`
    const whole = read([raw])
    for (let at = 0; at <= raw.length; at += 1) {
      // What an interrupted engine had given out, and what the next one is told of it.
      const parser = new RawOutputParser({ start: { in: 'thought' }, tools: TOOLS })
      const given = parser.push(raw.slice(0, at))
      const { place } = parser
      // The next engine writes on behind what was given out: what was held back, or was a marker, comes again.
      const told = join(given)
      const rest = read([restOf(raw, told)], { start: place })
      const calls = told.calls.map((made) => ({ ...made }))
      for (const made of rest.calls) {
        const last = calls.at(-1)
        if (made.id === undefined && last !== undefined) last.arguments += made.arguments
        else calls.push(made)
      }
      assert.deepEqual(
        { reasoning: told.reasoning + rest.reasoning, text: told.text + rest.text, calls },
        { reasoning: whole.reasoning, text: whole.text, calls: whole.calls },
        `at ${at}: ${raw.slice(0, at)}`,
      )
    }
  })

  test('a call counts against its limit by name', () => {
    const raw = `</think>${section(S0, S0, S0)}`
    const error = failure(() => read([raw], { limits: { calls: 2 } }))
    assert.deepEqual([error.what, error.size, error.unit], ['an answer', 2, 'tool calls'])
  })

  test('arguments count against their limit, and the parser then refuses to go on', () => {
    const parser = new RawOutputParser({ start: { in: 'thought' }, limits: { argumentCharacters: 10 } })
    parser.push(`</think>${SECTION}${CALL}functions.a:0${ARGUMENTS}{"a":"`)
    assert.equal(failure(() => parser.push('12345')).what, 'tool arguments')
    assert.equal(failure(() => parser.push('')).what, 'tool arguments')
    assert.equal(failure(() => parser.end()).what, 'tool arguments')
  })

  test('arguments without a name are held up to their limit', () => {
    const reading = read([`</think>${section(call('call_1', `{"zzz":"${'x'.repeat(100)}"}`))}`], {
      limits: { heldCharacters: 50 },
    })
    assert.deepEqual(
      reading.calls.map(({ name }) => name),
      ['call_1'],
    )
    assert.equal(reading.calls[0]?.arguments.length, 110)
  })

  test('an id without end is cut, and its call is not lost', () => {
    const id = `functions.${'a'.repeat(5_000)}:0`
    for (const pieces of [[id], id.split('')]) {
      const reading = read(['</think>', SECTION, CALL, ...pieces, ARGUMENTS, Q, CALL_END], { tools: [] })
      assert.equal(reading.calls.length, 1)
      assert.ok((reading.calls[0]?.id?.length ?? 0) <= 256)
      assert.deepEqual(reading.repairs, ['overlong-id', 'id-without-index', 'missing-section-end'])
    }
  })

  test('reads any mixture of pieces the same under any split', () => {
    const seed = 20260127
    const random = seededRandom(seed)
    for (let round = 0; round < 1_500; round += 1) {
      const raw = mixture(random)
      const cut = random() < 0.3
      const start: RawPlace = random() < 0.7 ? { in: 'thought' } : { in: 'text' }
      const story = `seed ${seed}, round ${round}: ${raw}`
      const whole = read([raw], { start }, cut)
      for (const said of [whole.text, whole.reasoning, ...whole.calls.map((made) => made.arguments)]) {
        assert.doesNotMatch(said, /<\|tool/, story)
      }
      assert.equal(whole.finish, whole.calls.length > 0 ? 'tool_calls' : 'stop', story)
      for (const pieces of [...randomSplits(raw, round, 6), raw.split('')]) {
        assertSame(read(pieces, { start }, cut), whole, `${story}\n${pieces.join('⁞')}`)
      }
    }
  })

  for (const [name, unit] of [
    ['of <', '<'],
    ['of <|tool_call', '<|tool_call'],
    ['of </think', '</think'],
    ['of <|im_end|> and words', '<|im_end|> a'],
  ] as const) {
    test(`five megabytes ${name} run through in one piece, and less in small ones`, () => {
      const MIB = 1024 * 1024
      for (const { before, bytes, size } of [
        { before: '', bytes: 5 * MIB, size: 5 * MIB },
        { before: '', bytes: MIB / 8, size: 1 },
        { before: `</think>${SECTION}${CALL}functions.a:0${ARGUMENTS}`, bytes: MIB, size: 50 },
        { before: `</think>${SECTION}${CALL}`, bytes: MIB / 4, size: 7 },
        { before: `</think>${section(S0)}`, bytes: MIB / 4, size: 7 },
      ]) {
        const raw = unit.repeat(Math.floor(bytes / unit.length))
        const parser = new RawOutputParser({ start: { in: 'thought' } })
        parser.push(before)
        let given = 0
        for (let at = 0; at < raw.length; at += size) given += lengthOf(parser.push(raw.slice(at, at + size)))
        given += lengthOf(parser.end(true))
        if (before === '' || before.endsWith(ARGUMENTS))
          assert.ok(raw.length - given < 40, `${raw.length - given} lost`)
      }
    })
  }

  test('as a stream transform it gives the same events', async () => {
    async function* source(): AsyncGenerator<string> {
      yield* ['hm</thi', `nk>a${SECTION}`, S0]
    }
    const parser = new RawOutputParser({ start: { in: 'thought' } })
    const events: RawEvent[] = []
    for await (const event of readRawOutput(source(), parser)) events.push(event)
    const joined = join(events)
    assert.deepEqual(joined, {
      reasoning: 'hm',
      text: 'a',
      order: ['reasoning', 'text', 'call 0'],
      calls: [{ name: SEARCH[0], id: SEARCH[1], arguments: Q }],
    })
    assert.equal(parser.finish, 'tool_calls')
  })
})

/**
 * The ways to cut in three grow with the square of the length: a thousand for 45 characters, 5,000 for 100. Longer texts
 * are cut in two everywhere, and in up to twelve at random.
 */
function waysToCut(raw: string): string[][] {
  const ways = raw.length > 100 ? [...everySplit(raw, 2), ...randomSplits(raw, 20260127, 300)] : everySplit(raw, 3)
  return [...ways, raw.split('')]
}

/** The same as `deepEqual` of two readings, ten times as fast: there are some hundred thousand of them. */
function assertSame(actual: Reading, whole: Reading, story: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(whole)) assert.deepEqual(actual, whole, story)
}

function lengthOf(events: readonly RawEvent[]): number {
  let length = 0
  for (const event of events) length += event.type === 'tool-call' ? event.arguments.length : event.text.length
  return length
}

function failure(run: () => unknown): RawOutputLimitError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof RawOutputLimitError)
    return error
  }
  throw new Error('nothing was thrown')
}

const PIECES = [
  SECTION,
  SECTION_END,
  CALL,
  CALL,
  ARGUMENTS,
  ARGUMENTS,
  CALL_END,
  CALL_END,
  '<|tool_call_section_begin|>',
  '<|tool_call_section_end|>',
  '<|func_start|>',
  '<think>',
  '</think>',
  '</think>',
  '<|im_end|>',
  '<|im_user|>',
  '[EOS]',
  '<|im_assistant|>',
  'assistant<|im_middle|>',
  'functions.search:0',
  'functions.now:12',
  'search:1',
  'call_ab12',
  'functions.',
  Q,
  '{"path": "/a b" }',
  '{',
  '{}',
  ' ',
  '\n\n',
  ' '.repeat(70),
  'Hi ',
  'word',
  'a < b',
  '</',
  '<|im_',
  '你好😀',
  S0,
  section(S0),
]

function mixture(random: () => number): string {
  let raw = ''
  const count = 1 + Math.floor(random() * 14)
  for (let made = 0; made < count; made += 1) raw += PIECES[Math.floor(random() * PIECES.length)] ?? ''
  return raw
}

/** What follows in `raw` behind what was given out: the rest of the arguments, the next call, or the text that is missing. */
function restOf(raw: string, told: Pick<Reading, 'reasoning' | 'text' | 'calls'>): string {
  const made = told.calls.at(-1)
  if (made !== undefined) {
    const begin = raw.indexOf(ARGUMENTS, raw.indexOf(made.id ?? '')) + ARGUMENTS.length
    return raw.slice(begin + made.arguments.length)
  }
  if (told.text !== '') return raw.slice(raw.indexOf('</think>') + '</think>'.length + told.text.length)
  return raw.slice(told.reasoning.length)
}
