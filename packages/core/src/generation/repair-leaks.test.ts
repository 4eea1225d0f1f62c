import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { collectEvents, joinEvents, onlyChoice } from '../../../../test/support/collect-events.ts'
import { everySplit, randomSplits, seededRandom } from '../../../../test/support/every-split.ts'
import { EngineError } from './engine-error.ts'
import { EventGuard } from './event-guard.ts'
import type { FinishReason, GenerationEvent } from './event.ts'
import { type LeakKind, LeakRepair, type LeakRepairOptions, repairLeaks } from './repair-leaks.ts'
import type { Tool } from './request.ts'

const SECTION = '<|tool_calls_section_begin|>'
const SECTION_END = '<|tool_calls_section_end|>'
const call = (id: string, json: string): string =>
  `<|tool_call_begin|>${id}<|tool_call_argument_begin|>${json}<|tool_call_end|>`
const Q = '{"query":"a"}'
const S0 = call('functions.search:0', Q)

const START: GenerationEvent = { type: 'start', engine: 'test', model: 'kimi-k2.5' }
const USAGE: GenerationEvent = { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 } }
const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const reasoning = (piece: string, choice = 0): GenerationEvent => ({ type: 'reasoning', choice, text: piece })
const finish = (reason: FinishReason = 'stop', choice = 0): GenerationEvent => ({ type: 'finish', choice, reason })
const given = (index: number, json: string, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  ...(name === undefined ? {} : { name }),
  arguments: json,
})

const TOOLS: readonly Tool[] = ['search', 'now'].map((name) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: { query: {} } },
  strict: false,
}))

const REQUEST: LeakRepairOptions['request'] = { messages: [], thinking: true, tools: TOOLS, toolChoice: 'auto' }

type Options = Partial<LeakRepairOptions['request']> & Pick<LeakRepairOptions, 'unsplit'>

async function repaired(
  events: readonly GenerationEvent[],
  { unsplit, ...request }: Options = {},
): Promise<{ events: GenerationEvent[]; repairs: LeakKind[] }> {
  const repairs: LeakKind[] = []
  const source = repairLeaks(from([START, ...events, USAGE]), {
    engine: 'test',
    request: { ...REQUEST, ...request },
    ...(unsplit === undefined ? {} : { unsplit }),
    onRepair: (kind) => repairs.push(kind),
  })
  const seen = await collectEvents(source)
  const choices = new Set(events.map((event) => ('choice' in event ? event.choice : 0))).size
  const guard = new EventGuard('test', choices)
  for (const event of seen) guard.see(event)
  return { events: seen, repairs }
}

async function* from(events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  yield* events
}

interface Case {
  readonly name: string
  /** `R` for reasoning, `T` for text; calls and the finish as they stand. */
  readonly said: readonly (GenerationEvent | readonly ['R' | 'T', string])[]
  readonly options?: Options
  readonly reasoning?: string
  readonly text?: string
  readonly calls?: readonly (readonly [name: string, json: string])[]
  readonly finish?: FinishReason
  readonly repairs?: readonly LeakKind[]
}

const CASES: readonly Case[] = [
  {
    name: 'a section in the text',
    said: [['R', 'hm'], ['T', `Look:${SECTION}${S0}${SECTION_END}`], finish()],
    reasoning: 'hm',
    text: 'Look:',
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['leaked-call'],
  },
  {
    name: 'a section in the reasoning',
    said: [['R', `hm${SECTION}${S0}${SECTION_END}`], finish()],
    reasoning: 'hm',
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['calls-in-thought', 'leaked-call'],
  },
  {
    name: 'a section that begins in the reasoning and goes on in the text',
    said: [
      ['R', `hm${SECTION}<|tool_call_begin|>functions.se`],
      ['T', `arch:0${S0.slice(S0.indexOf(':0') + 2)}`],
      finish(),
    ],
    reasoning: 'hm',
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['calls-in-thought', 'leaked-call', 'missing-section-end'],
  },
  {
    name: 'a leaked call behind one that the engine parsed',
    said: [['T', 'a'], given(0, '{}', 'now'), ['T', S0], finish('tool_calls')],
    text: 'a',
    calls: [
      ['now', '{}'],
      ['search', Q],
    ],
    finish: 'tool_calls',
    repairs: ['missing-section-begin', 'leaked-call'],
  },
  {
    name: 'a parsed call behind a leaked one',
    said: [['T', S0], given(0, '{', 'now'), given(0, '}'), finish('tool_calls')],
    calls: [
      ['search', Q],
      ['now', '{}'],
    ],
    finish: 'tool_calls',
    repairs: ['missing-section-begin', 'leaked-call'],
  },
  {
    name: 'a call that was parsed and leaked as well',
    said: [
      given(0, '{"query":', 'search'),
      ['T', `${SECTION}${S0}${SECTION_END}`],
      given(0, '"a"}'),
      finish('tool_calls'),
    ],
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['leaked-call', 'echoed-call'],
  },
  {
    name: 'a call that was leaked and then parsed as well, cut by the budget',
    said: [['T', `${SECTION}${S0.slice(0, -20)}`], given(0, '{"query":', 'search'), finish('length')],
    calls: [['search', Q.slice(0, -3)]],
    finish: 'length',
    repairs: ['leaked-call', 'echoed-call'],
  },
  {
    name: 'two calls of one tool, the second leaked',
    said: [given(0, '{"query":"b"}', 'search'), ['T', call('functions.search:1', Q)], finish('tool_calls')],
    calls: [
      ['search', '{"query":"b"}'],
      ['search', Q],
    ],
    finish: 'tool_calls',
    repairs: ['missing-section-begin', 'leaked-call'],
  },
  {
    name: 'a parsed call whose arguments leaked',
    said: [given(0, '', 'search'), ['T', `${SECTION}${S0}${SECTION_END}`], finish('tool_calls')],
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['leaked-call', 'leaked-arguments'],
  },
  {
    name: 'a call cut by the budget',
    said: [['T', `${SECTION}${S0.slice(0, -20)}`], finish('length')],
    calls: [['search', '{"query":"']],
    finish: 'length',
    repairs: ['leaked-call'],
  },
  {
    name: 'calls that the request forbids',
    said: [['T', `a${SECTION}${S0}${SECTION_END}b`], finish()],
    options: { toolChoice: 'none' },
    text: 'ab',
    repairs: ['forbidden-call', 'empty-section'],
  },
  {
    name: 'a whole thought in the text of an engine without a parser',
    said: [['T', `hm</think>Hi${SECTION}${S0}${SECTION_END}`], finish()],
    options: { unsplit: true },
    reasoning: 'hm',
    text: 'Hi',
    calls: [['search', Q]],
    finish: 'tool_calls',
    repairs: ['leaked-call'],
  },
  {
    name: 'the text of an engine without a parser, thinking off',
    said: [['T', 'Write </think> here'], finish()],
    options: { unsplit: true, thinking: false },
    text: 'Write </think> here',
  },
  {
    name: 'an engine that was said to have no parser and has one',
    said: [['R', 'hm'], ['T', 'Write </think> here'], finish()],
    options: { unsplit: true },
    reasoning: 'hm',
    text: 'Write </think> here',
  },
  {
    name: 'a whole thought in the text of an engine that should have split it',
    said: [['T', 'hm</think>Hi, </think> ends it'], finish()],
    text: 'hmHi, </think> ends it',
    repairs: ['unsplit-thought'],
  },
  {
    name: 'a marked thought in the text',
    said: [['T', '<think>hm</think>Hi'], finish()],
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['extra-think-begin'],
  },
  {
    name: 'think markers at the edges of what the engine split',
    said: [['R', '<think>hm</think>\n'], ['T', '</think>Hi'], finish()],
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['extra-think-begin', 'extra-think-end', 'extra-think-end'],
  },
  {
    name: 'an answer about think markers',
    said: [
      ['R', 'They ask of <think> and </think>.'],
      ['T', '<think> begins, </think> ends, <|im_end|> too.'],
      finish(),
    ],
    reasoning: 'They ask of <think> and </think>.',
    text: '<think> begins, </think> ends, <|im_end|> too.',
  },
  {
    name: 'an answer in HTML and generics',
    said: [['R', 'a<b>'], ['T', '<div>\n<p>Map<string, <T></p></div> <|x'], finish()],
    reasoning: 'a<b>',
    text: '<div>\n<p>Map<string, <T></p></div> <|x',
  },
  {
    name: 'the end of the message in the text',
    said: [['R', 'hm'], ['T', 'Hi<|im_end|>'], finish()],
    reasoning: 'hm',
    text: 'Hi',
    repairs: ['leaked-end'],
  },
]

describe('repairLeaks', () => {
  for (const one of CASES) {
    test(`mends ${one.name} under every split`, async () => {
      const splits = one.said.map((step) => ('type' in step ? [[step]] : splitsOf(step)))
      const most = Math.max(...splits.map((ways) => ways.length))
      for (let way = 0; way < most; way += 1) {
        const events = splits.flatMap((ways) => ways[Math.min(way, ways.length - 1)] ?? [])
        const { events: seen, repairs } = await repaired(events, one.options)
        const story = JSON.stringify(events)
        const { calls, ...rest } = onlyChoice(seen)
        assert.deepEqual(
          { ...rest, calls: calls.map((made) => [made.name, made.arguments]), repairs },
          {
            reasoning: one.reasoning ?? '',
            text: one.text ?? '',
            finish: one.finish ?? 'stop',
            calls: one.calls ?? [],
            repairs: one.repairs ?? [],
          },
          story,
        )
      }
    })
  }

  test('passes text without a marker as the object it came in', async () => {
    const events = [
      reasoning('hm'),
      reasoning('so'),
      text('Hi'),
      given(0, '{', 'now'),
      given(0, '}'),
      finish('tool_calls'),
    ]
    const { events: seen, repairs } = await repaired(events)
    for (const [index, event] of [START, ...events, USAGE].entries()) assert.equal(seen[index], event)
    assert.deepEqual(repairs, [])
  })

  test('holds nothing back but a piece whose end could become a marker, and gives it out as it came', async () => {
    const pieces = [text('a <'), text('b'), text('c'), text('</'), text('t'), text('h <'), text('/'), text('d')]
    const { events } = await repaired([reasoning('hm'), ...pieces, finish()])
    assert.deepEqual(events.slice(2, -2), pieces)
    const repair = new LeakRepair({ engine: 'test', request: REQUEST })
    const counts = pieces.map((event) => {
      const out: GenerationEvent[] = []
      repair.push(event, out)
      return out.length
    })
    assert.deepEqual(counts, [0, 2, 1, 0, 0, 2, 0, 3])
  })

  test('streams the arguments of a leaked call', async () => {
    const { events } = await repaired([
      reasoning('hm'),
      text(`${SECTION}<|tool_call_begin|>functions.search:0`),
      ...['<|tool_call_argument_begin|>', '{"query":', '"a"}'].map((piece) => text(piece)),
      text('<|tool_call_end|>'),
      finish(),
    ])
    assert.deepEqual(events.slice(2, -2), [given(0, '', 'search'), given(0, '{"query":'), given(0, '"a"}')])
  })

  test('goes on in the middle of a text behind a prefix', async () => {
    const prefix = { role: 'assistant', content: 'Write ', toolCalls: [], partial: true } as const
    const { events, repairs } = await repaired([text('</think> here'), finish()], { messages: [prefix] })
    assert.equal(onlyChoice(events).text, '</think> here')
    assert.deepEqual(repairs, [])
  })

  test('lets nothing overtake what is held, and keeps the stop string that ended an answer', async () => {
    const tool: GenerationEvent = {
      type: 'server-tool',
      choice: 0,
      name: 'search',
      id: 's1',
      state: 'done',
      input: '{}',
      output: '[]',
    }
    const end: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop', stop: 'END' }
    for (const pieces of everySplit('a < b </th', 3)) {
      const { events } = await repaired([reasoning('hm'), ...pieces.map((piece) => text(piece)), tool, text('c'), end])
      const at = events.indexOf(tool)
      assert.equal(onlyChoice(events.slice(0, at)).text, 'a < b </th', pieces.join('|'))
      assert.deepEqual(events.slice(at + 1, -1), [text('c'), end])
    }
    const called = await repaired([reasoning('hm'), text(`${SECTION}${S0}`), end])
    assert.deepEqual(called.events.at(-2), { ...end, reason: 'tool_calls' })
  })

  test('keeps choices apart', async () => {
    const { events } = await repaired([
      text('a <|tool_', 0),
      text('b', 1),
      text(`calls_section_begin|>${S0}`, 0),
      finish('stop', 1),
      finish('stop', 0),
    ])
    assert.deepEqual(
      joinEvents(events).map((choice) => [choice.text, choice.calls.length, choice.finish]),
      [
        ['a ', 1, 'tool_calls'],
        ['b', 0, 'stop'],
      ],
    )
  })

  test('what is held when the source fails is lost with it', async () => {
    async function* failing(): AsyncGenerator<GenerationEvent> {
      yield* [START, text('a'), text(' <|tool')]
      throw new Error('broken')
    }
    const seen: GenerationEvent[] = []
    await assert.rejects(async () => {
      for await (const event of repairLeaks(failing(), { engine: 'test', request: REQUEST })) seen.push(event)
    }, /broken/)
    assert.equal(onlyChoice(seen).text, 'a')
  })

  test('more leaked calls than are held are an error of the engine', async () => {
    await assert.rejects(repaired([text(`${SECTION}${S0.repeat(513)}`), finish()]), (error: unknown) => {
      assert.ok(error instanceof EngineError)
      assert.equal(error.kind, 'limit')
      assert.deepEqual(error.details.limit, { size: 512, unit: 'tool calls' })
      return true
    })
  })

  test('pieces without a marker come out as they came, of an engine with parsers and of one without', async () => {
    const seed = 20260527
    const random = seededRandom(seed)
    const parts = [
      '<',
      '</',
      '<|',
      '<|tool_call',
      'think',
      '>',
      '</think',
      ' ',
      '\n',
      'a',
      'b < c',
      '<b>',
      '|>',
      '<|im_end|>',
    ]
    const some = (count: number): string[] =>
      Array.from({ length: count }, () =>
        Array.from({ length: 1 + Math.floor(random() * 2) }, () => parts[Math.floor(random() * parts.length)]).join(''),
      )
    let alike = 0
    for (let round = 0; round < 1000; round += 1) {
      // A word at both ends: what stands at the edges may be a leak.
      const thought = ['w', ...some(4), 'w']
      const answer = [...(random() < 0.5 ? ['\n', ' '] : []), 'w', ...some(4), 'w']
      const json = ['{"a": ', '"<', 'b> ', '</think>', ' <|', '", ', ' \n', '"c": [ ', '] }']
      const split: readonly GenerationEvent[] = [
        ...thought.map((piece) => reasoning(piece)),
        ...answer.map((piece) => text(piece)),
        given(0, '', 'search'),
        ...json.map((piece) => given(0, piece)),
      ]
      const raw = [
        ...thought,
        '</think>',
        ...answer,
        `${SECTION}<|tool_call_begin|>`,
        'functions.search:0<|tool_call_argument_begin|>',
        ...json,
        '<|tool_call_end|>',
        SECTION_END,
      ]
      const parsed = await repaired([...split, finish('tool_calls')])
      const unparsed = await repaired([...raw.map((piece) => text(piece)), finish()], { unsplit: true })
      const story = `seed ${seed}, round ${round}: ${JSON.stringify([thought, answer])}`
      for (const { events } of [parsed, unparsed]) {
        // Some mixtures do spell a marker.
        if (JSON.stringify(joinEvents(events)) !== JSON.stringify(joinEvents([...split, finish('tool_calls')])))
          continue
        alike += 1
        assert.deepEqual(events.slice(1, -2), split, story)
      }
    }
    assert.ok(alike > 1400, String(alike))
  })

  test('whatever leaks, the events keep their protocol and hold no tool marker', async () => {
    const seed = 20260128
    const random = seededRandom(seed)
    const pieces = [
      SECTION,
      SECTION_END,
      S0,
      '<think>',
      '</think>',
      '<|im_end|>',
      'Hi ',
      'a<b',
      '{}',
      '<|tool_call_begin|>',
      'functions.now:1',
      '<|tool_call_argument_begin|>',
      '<|tool_call_end|>',
    ]
    const pick = <Item>(items: readonly Item[], otherwise: Item): Item =>
      items[Math.floor(random() * items.length)] ?? otherwise
    for (let round = 0; round < 200; round += 1) {
      const steps: Case['said'][number][] = []
      let calls = 0
      for (let made = 0; made < 8; made += 1) {
        const leak = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(pieces, '')).join('')
        if (random() < 0.2) {
          steps.push(given(calls, pick(['{}', Q, ''], ''), pick(['search', 'now'], '')))
          calls += 1
        } else steps.push([random() < 0.3 ? 'R' : 'T', leak])
      }
      const reason = pick<FinishReason>(['stop', 'length', 'tool_calls'], 'stop')
      const options = { unsplit: random() < 0.3, thinking: random() < 0.7 }
      const whole = await summary(
        steps.flatMap((step) => ('type' in step ? [step] : [said(step[0], step[1])])),
        reason,
        options,
      )
      const story = `seed ${seed}, round ${round}: ${JSON.stringify(steps)}`
      assert.doesNotMatch(JSON.stringify(whole), /<\|tool/, story)
      for (let way = 0; way < 4; way += 1) {
        const cut = steps.flatMap((step) => {
          if ('type' in step) return [step]
          const [split] = randomSplits(step[1], round * 10 + way, 1)
          return (split ?? []).map((piece) => said(step[0], piece))
        })
        assert.deepEqual(await summary(cut, reason, options), whole, story)
      }
    }
  })
})

async function summary(events: readonly GenerationEvent[], reason: FinishReason, options: Options): Promise<unknown> {
  const { events: seen, repairs } = await repaired([...events, finish(reason)], options)
  // Kinds are counted; their order depends on what came in one piece.
  return { ...onlyChoice(seen), repairs: repairs.toSorted() }
}

function said(channel: 'R' | 'T', piece: string): GenerationEvent {
  return channel === 'R' ? reasoning(piece) : text(piece)
}

/** A text in one piece, in every two, and letter by letter. */
function splitsOf([channel, whole]: readonly ['R' | 'T', string]): GenerationEvent[][] {
  const ways = [...everySplit(whole, 2), whole.split('')]
  return ways.map((way) => way.map((piece) => said(channel, piece)))
}
