import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everySplit } from '../../../../test/support/every-split.ts'
import { onlyChoice } from '../../../../test/support/collect-events.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'
import { answerRepair, type AnswerRepairKind, type AnswerRepairOptions } from './repair-answer.ts'
import type { GenerationRequest } from './request.ts'

const start: GenerationEvent = { type: 'start', engine: 'e', model: 'm' }
const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const thought = (piece: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: piece })
const call = (pieces: string, name?: string, index = 0): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  ...(name === undefined ? {} : { name }),
  arguments: pieces,
})
const finish = (reason: 'stop' | 'length' | 'tool_calls' = 'stop'): GenerationEvent => ({
  type: 'finish',
  choice: 0,
  reason,
})
const weather: GenerationRequest['tools'] = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object' }, strict: true },
]

function repaired(
  events: readonly GenerationEvent[],
  request: Partial<GenerationRequest> = {},
  leaks: AnswerRepairOptions['leaks'] = 'mend',
): { readonly out: GenerationEvent[]; readonly kinds: AnswerRepairKind[] } {
  const kinds: AnswerRepairKind[] = []
  const repair = answerRepair({
    engine: 'e',
    request: sampleRequest({ thinking: false, ...request }),
    leaks,
    onRepair: (kind) => kinds.push(kind),
  })
  const out: GenerationEvent[] = []
  for (const event of events) repair.push(event, out)
  return { out, kinds }
}

const fails = (kind: string) => (error: unknown) => error instanceof EngineError && error.kind === kind

describe('with thinking off', () => {
  it('an answer that comes as reasoning is the answer', () => {
    const { out, kinds } = repaired([start, thought('Oslo is '), thought('the capital.'), finish()])
    assert.deepEqual(out, [start, text('Oslo is '), text('the capital.'), finish()])
    assert.deepEqual(kinds, ['answer-as-reasoning'])
    assert.deepEqual(repaired([thought('a'), finish('length')], {}, 'none').out, [text('a'), finish('length')])
  })

  it('what comes as reasoning before a call is text, and before a text a thought', () => {
    const called = [thought('I look.'), call('{}', 'get_weather'), finish('tool_calls')]
    assert.equal(onlyChoice(repaired(called, { tools: weather }).out).text, 'I look.')
    const thinks = [thought('Hm.'), text('Oslo.'), finish()]
    assert.deepEqual(repaired(thinks), { out: thinks, kinds: [] })
  })

  it('is held up to a limit', () => {
    const much = Array.from({ length: 5 }, () => thought('x'.repeat(1024 * 1024)))
    assert.throws(() => repaired(much), fails('limit'))
  })

  it('with thinking on reasoning stays what it is, and is not held', () => {
    assert.deepEqual(repaired([start, thought('a')], { thinking: true }).out, [start, thought('a')])
  })
})

describe('calls', () => {
  const called = [start, call('{"city":"Oslo"}', 'get_weather'), finish('tool_calls')]

  it('are not given out where there are no tools, or none may be called', () => {
    for (const request of [{}, { tools: weather, toolChoice: 'none' as const }]) {
      for (const leaks of ['mend', 'none'] as const) {
        const { out, kinds } = repaired([start, text('Hi.'), ...called.slice(1)], request, leaks)
        assert.deepEqual(out, [start, text('Hi.'), finish()])
        assert.deepEqual(kinds, ['forbidden-call'])
      }
    }
  })

  it('that are right pass as they came, also one of a tool that was not declared, as where they leak', () => {
    assert.deepEqual(repaired(called, { tools: weather }), { out: called, kinds: [] })
    const undeclared = [call('{}', 'get_time'), finish('tool_calls')]
    assert.deepEqual(repaired(undeclared, { tools: weather }), { out: undeclared, kinds: ['undeclared-tool'] })
  })

  it('without arguments have {}', () => {
    for (const blank of [[''], [' '], ['', ' \n']]) {
      const pieces = blank.map((piece, index) => call(piece, index === 0 ? 'get_weather' : undefined))
      const { out, kinds } = repaired([...pieces, finish('tool_calls')], { tools: weather })
      assert.deepEqual(
        onlyChoice(out).calls.map((one) => one.arguments),
        ['{}'],
        JSON.stringify(blank),
      )
      assert.deepEqual(kinds, ['blank-arguments'])
    }
    const two = [call('', 'get_weather'), call('{"a":1}', 'get_weather', 1), finish('tool_calls')]
    assert.deepEqual(
      onlyChoice(repaired(two, { tools: weather }).out).calls.map((one) => one.arguments),
      ['{}', '{"a":1}'],
    )
  })

  it('that were cut stay as they are', () => {
    const { out, kinds } = repaired([call('', 'get_weather'), finish('length')], { tools: weather })
    assert.deepEqual([onlyChoice(out).calls[0]?.arguments, kinds], ['', []])
    const wrapped = repaired([call('"{\\"a', 'get_weather'), finish('length')], { tools: weather })
    assert.equal(onlyChoice(wrapped.out).calls[0]?.arguments, '"{\\"a')
  })

  it('whose arguments are the JSON of a string of JSON have what it holds, in whatever pieces it came', () => {
    const json = JSON.stringify(JSON.stringify({ city: 'Oslo', note: 'a "quoted" word' }))
    for (const pieces of everySplit(json, 3)) {
      const events = pieces.map((piece, index) => call(piece, index === 0 ? 'get_weather' : undefined))
      const { out, kinds } = repaired([...events, finish('tool_calls')], { tools: weather })
      assert.equal(onlyChoice(out).calls[0]?.arguments, JSON.stringify({ city: 'Oslo', note: 'a "quoted" word' }))
      assert.deepEqual(kinds, ['wrapped-arguments'])
    }
  })

  it('whose arguments are another string, or none, have it as it was written', () => {
    for (const written of ['"Oslo"', '"[1]"', '"broken', 'not JSON', '[1]']) {
      const { out } = repaired([call(written, 'get_weather'), finish('tool_calls')], { tools: weather })
      assert.equal(onlyChoice(out).calls[0]?.arguments, written)
    }
  })

  it('that leak and have their arguments elsewhere are still one', () => {
    const section = '<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>'
    const leaked = `${section}"{\\"city\\":\\"Oslo\\"}"<|tool_call_end|><|tool_calls_section_end|>`
    const { out, kinds } = repaired([call('', 'get_weather'), text(leaked), finish('tool_calls')], { tools: weather })
    assert.deepEqual(
      onlyChoice(out).calls.map((one) => one.arguments),
      ['{"city":"Oslo"}'],
    )
    assert.ok(kinds.includes('leaked-arguments') && kinds.includes('wrapped-arguments'), kinds.join())
  })
})

describe('an answer that was asked for as JSON', () => {
  const json = { responseFormat: { type: 'json_object' } } as const
  const said = (whole: string, request: Partial<GenerationRequest> = json) =>
    onlyChoice(repaired([start, text(whole), finish()], request).out).text

  it('passes as it came', () => {
    for (const whole of ['{"a":1}', ' \n{"a":1}\n', '[1]', '{not quite}']) assert.equal(said(whole), whole)
  })

  it('loses a fence around it, in whatever pieces that comes', () => {
    const fenced = '```json\n{"a": "`b`"}\n```\n'
    for (const pieces of everySplit(fenced, 3)) {
      const { out, kinds } = repaired([...pieces.map(text), finish()], json)
      assert.equal(onlyChoice(out).text, '{"a": "`b`"}', JSON.stringify(pieces))
      assert.deepEqual(kinds, ['fenced-json'])
    }
    assert.equal(said('```\n{}```'), '{}')
  })

  it('is none where it is prose, empty, or breaks off', () => {
    for (const whole of [
      'Sure! {"a":1}',
      'So',
      '',
      '   ',
      '{"a":',
      '{} and more',
      '```json\n{}\n``` Done.',
      '`'.repeat(70),
    ]) {
      assert.throws(() => said(whole), fails('protocol'), whole)
    }
    // Prose is told at its first word.
    assert.throws(() => repaired([start, text('Sure')], json), fails('protocol'))
  })

  it('may break off at its budget or at a stop string, and may be a call', () => {
    assert.equal(onlyChoice(repaired([text('{"a":'), finish('length')], json).out).text, '{"a":')
    assert.equal(said('{"a":', { ...json, stop: ['x'] }), '{"a":')
    const called = [call('{}', 'get_weather'), finish('tool_calls')]
    assert.deepEqual(repaired(called, { ...json, tools: weather }).out, called)
  })

  it('is not looked at behind a prefix', () => {
    const prefix = { role: 'assistant', content: '{"a":', toolCalls: [], partial: true } as const
    assert.equal(said('1}', { ...json, messages: [{ role: 'user', content: 'hi' }, prefix] }), '1}')
  })
})
