/** What a continuation may say of what stands before the cut, and what is no continuation. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError, type GenerationEvent } from '../generation/index.ts'
import { type Given, SeamCheck } from './seam-check.ts'

const NOTHING: Given = { reasoning: '', text: '', calls: [], before: { reasoning: '', text: '' }, json: false }
const THOUGHT = 'The user wants the capital of France, which is Paris.'

const thought = (text: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text })
const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const call = (index: number, name: string, piece: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: index,
  name,
  arguments: piece,
})
const finish = (reason: 'stop' | 'tool_calls' | 'length'): GenerationEvent => ({ type: 'finish', choice: 0, reason })

/** What is given out of these events, behind what was given. */
function goOn(given: Partial<Given>, ...events: readonly GenerationEvent[]): GenerationEvent[] {
  const check = new SeamCheck({ ...NOTHING, ...given }, { name: 'other' })
  const out: GenerationEvent[] = []
  for (const event of events) check.push(event, out)
  return out
}

function fault(words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof EngineError && error.kind === 'protocol' && words.test(error.message)
}

describe('what stands before the cut', () => {
  const given = { reasoning: THOUGHT, text: 'Paris is' }

  it('may come again whole, and is not given out twice', () => {
    const out = goOn(
      given,
      thought(THOUGHT.slice(0, 10)),
      thought(THOUGHT.slice(10)),
      text(' the capital.'),
      finish('stop'),
    )
    assert.deepEqual(out, [text(' the capital.'), finish('stop')])
  })

  it('may not come again with its end left out', () => {
    const left = () => goOn(given, thought(THOUGHT.slice(0, -1)), text(' the capital.'))
    assert.throws(left, fault(/started over and left something out/))
  })

  it('may not come again in part when nothing follows it', () => {
    assert.throws(() => goOn(given, thought(THOUGHT.slice(0, 20)), finish('stop')), fault(/left something out/))
  })

  it('may lack what is only white space at its end', () => {
    const out = goOn({ ...given, reasoning: `${THOUGHT}\n\n` }, thought(THOUGHT), text(' the capital.'))
    assert.deepEqual(out, [text(' the capital.')])
  })

  it('may not be something else', () => {
    assert.throws(() => goOn(given, thought('Let me see.')), fault(/opened a new thought/))
  })

  it('may not come behind what has gone on already', () => {
    assert.throws(() => goOn(given, text(' the capital.'), thought(THOUGHT)), fault(/opened a new thought/))
  })

  it('leaves out nothing of an earlier call either', () => {
    const calls = [
      { name: 'first', arguments: '{"city":"Paris"}' },
      { name: 'second', arguments: '{"ci' },
    ]
    const part = () => goOn({ calls }, call(0, 'first', '{"city":'), call(1, '', 'ty":"Rome"}'))
    assert.throws(part, fault(/started over and left something out/))
    const whole = goOn(
      { calls },
      call(0, 'first', '{"city":"Paris"}'),
      call(1, '', 'ty":"Rome"}'),
      finish('tool_calls'),
    )
    assert.deepEqual(
      whole.filter(({ type }) => type === 'tool-call'),
      [{ type: 'tool-call', choice: 0, call: 1, arguments: 'ty":"Rome"}' }],
    )
    assert.throws(() => goOn({ calls }, call(0, 'first', '{"town":')), fault(/went back to an earlier call/))
  })
})

describe('a call that was cut', () => {
  const calls = [{ name: 'get_weather', arguments: '{"ci' }]

  it('keeps its name', () => {
    assert.throws(() => goOn({ calls }, call(0, 'get_time', 'ty":1}')), fault(/another call of one/))
  })

  it('may not be left for text', () => {
    assert.throws(() => goOn({ calls, text: 'Let me see.' }, text('Or rather')), fault(/text behind a tool call/))
  })

  it('has to be complete when the answer says that it is', () => {
    assert.throws(() => goOn({ calls }, call(0, '', 'ty":'), finish('tool_calls')), fault(/JSON that is not complete/))
    assert.throws(() => goOn({ calls }, call(0, '', 'ty":'), finish('stop')), fault(/JSON that is not complete/))
    const short = goOn({ calls }, call(0, '', 'ty":'), finish('length'))
    assert.deepEqual(short.at(-1), finish('length'))
  })

  it('has to be complete when another begins', () => {
    assert.throws(() => goOn({ calls }, call(0, '', 'ty":'), call(1, 'more', '{}')), fault(/JSON that is not complete/))
  })

  it('is a call at the end, whatever an engine takes it for that was asked to go on inside it', () => {
    assert.deepEqual(goOn({ calls }, call(0, '', 'ty":1}'), finish('stop')).at(-1), finish('tool_calls'))
  })
})

describe('a thought that the client began', () => {
  it('may come again from its beginning, and is not given out twice', () => {
    const [begun, given] = [THOUGHT.slice(0, 20), THOUGHT.slice(20)]
    const check = new SeamCheck(
      { ...NOTHING, reasoning: given, before: { reasoning: begun, text: '' } },
      { name: 'other', mayRepeat: true },
    )
    const out: GenerationEvent[] = []
    for (const event of [thought(THOUGHT), thought(' So I say so.')]) check.push(event, out)
    assert.deepEqual(out, [thought(' So I say so.')])
  })
})

describe('an engine that goes on by its protocol', () => {
  it('is believed, though what it says looks like the end of a thought that there was not', () => {
    const again = text('</think>Paris is the capital.')
    assert.deepEqual(goOn({ text: 'Paris is' }, again), [again])
  })

  it('is believed inside a call, though it says there what it thought', () => {
    const calls = [{ name: 'note', arguments: '{"text":"' }]
    const rest = `${THOUGHT}</think>{\\"text\\":\\"and so on"}`
    const out = goOn({ reasoning: THOUGHT, calls }, call(0, '', rest), finish('tool_calls'))
    assert.deepEqual(out[0], { type: 'tool-call', choice: 0, call: 0, arguments: rest })
  })
})
