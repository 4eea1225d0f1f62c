import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { collectEvents, collectUntilFailure, joinEvents, onlyChoice } from '../../../../test/support/collect-events.ts'
import { everySplit, seededRandom } from '../../../../test/support/every-split.ts'
import { enforceStop } from './enforce-stop.ts'
import type { GenerationEvent } from './event.ts'

const START: GenerationEvent = { type: 'start', engine: 'test', model: 'kimi-k2.5' }
const USAGE: GenerationEvent = { type: 'usage', usage: { prompt: 1, completion: 2, cached: 0, reasoning: 0 } }

const text = (piece: string, choice = 0): GenerationEvent => ({ type: 'text', choice, text: piece })
const finish = (choice = 0): GenerationEvent => ({ type: 'finish', choice, reason: 'length' })

async function* from(events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  yield* events
}

/** The text before the stop string that is completed first, found one character at a time. */
function cutByHand(whole: string, stops: readonly string[]): { text: string; stopped: boolean; stop?: string } {
  for (let end = 1; end <= whole.length; end += 1) {
    const completed = stops.filter((stop) => stop !== '' && whole.slice(0, end).endsWith(stop))
    const longest = Math.max(0, ...completed.map((stop) => stop.length))
    if (longest > 0) {
      return { text: whole.slice(0, end - longest), stopped: true, stop: whole.slice(end - longest, end) }
    }
  }
  return { text: whole, stopped: false }
}

function stopIn(events: readonly GenerationEvent[]): string | undefined {
  const end = events.find((event) => event.type === 'finish')
  return end?.stop
}

describe('enforceStop', () => {
  const cases: readonly (readonly [whole: string, stops: readonly string[]])[] = [
    ['one two END three', ['END']],
    ['no stop in here', ['END']],
    ['ends with a piece of it: EN', ['END']],
    ['aabaabaac', ['aabaac']],
    ['xabyabz', ['ab', 'xabz']],
    ['xabcd', ['abcd', 'bc']],
    ['xab', ['b', 'ab']],
    ['END', ['END']],
    ['aaaa', ['aa']],
    ['你好，世界。再见', ['。']],
    ['a😀b😁c', ['😁']],
  ]
  for (const [whole, stops] of cases) {
    test(`cuts ${JSON.stringify(whole)} at ${JSON.stringify(stops)} under every split`, async () => {
      const expected = cutByHand(whole, stops)
      for (const pieces of everySplit(whole, 3)) {
        const events = [START, ...pieces.map((piece) => text(piece)), finish(), USAGE]
        const seen = await collectEvents(enforceStop(from(events), stops, 1))
        const answer = onlyChoice(seen)
        assert.equal(answer.text, expected.text, pieces.join('|'))
        assert.equal(answer.finish, expected.stopped ? 'stop' : 'length', pieces.join('|'))
        assert.equal(seen.at(-1)?.type, expected.stopped ? 'finish' : 'usage', pieces.join('|'))
        assert.equal(stopIn(seen), expected.stop, pieces.join('|'))
      }
    })
  }

  test('lets nothing overtake what is held, and passes what an engine says of its own stop', async () => {
    const tool: GenerationEvent = {
      type: 'server-tool',
      choice: 0,
      name: 'search',
      id: 's1',
      state: 'begun',
      input: '{}',
      output: undefined,
    }
    const end: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop', stop: 'theirs' }
    const seen = await collectEvents(enforceStop(from([START, text('a EN'), tool, text('D'), end]), ['END'], 1))
    assert.deepEqual(seen, [START, text('a '), text('EN'), tool, text('D'), end])
    const behind = await collectEvents(enforceStop(from([START, text('a END'), tool, end]), ['END'], 2))
    assert.deepEqual(behind, [START, text('a '), { type: 'finish', choice: 0, reason: 'stop', stop: 'END' }])
  })

  test('agrees with a search by hand on random texts, stops and splits', async () => {
    const seed = 20260127
    const random = seededRandom(seed)
    const letters = (most: number): string =>
      Array.from({ length: Math.floor(random() * most) + 1 }, () => 'abc'[Math.floor(random() * 3)]).join('')
    for (let round = 0; round < 500; round += 1) {
      const whole = letters(20)
      const stops = Array.from({ length: 1 + Math.floor(random() * 3) }, () => letters(5))
      const pieces: string[] = []
      for (let at = 0; at < whole.length;) {
        const size = 1 + Math.floor(random() * 4)
        pieces.push(whole.slice(at, at + size))
        at += size
      }
      const expected = cutByHand(whole, stops)
      const answer = onlyChoice(
        await collectEvents(enforceStop(from([START, ...pieces.map((piece) => text(piece)), finish()]), stops, 1)),
      )
      const story = `seed ${seed}, round ${round}: ${pieces.join('|')} at ${stops.join(', ')}`
      assert.equal(answer.text, expected.text, story)
      assert.equal(answer.finish, expected.stopped ? 'stop' : 'length', story)
    }
  })

  test('holds back only what could still become a stop string', async () => {
    const events = [START, text('one E'), text('N'), text('x'), finish()]
    const seen = await collectEvents(enforceStop(from(events), ['END'], 1))
    assert.deepEqual(seen.slice(1, -1), [text('one '), text('ENx')])
  })

  test('leaves reasoning and tool arguments alone', async () => {
    const events: GenerationEvent[] = [
      START,
      { type: 'reasoning', choice: 0, text: 'think END think' },
      text('say'),
      { type: 'tool-call', choice: 0, call: 0, name: 'f', arguments: '{"a":"END"}' },
      { type: 'finish', choice: 0, reason: 'tool_calls' },
    ]
    assert.deepEqual(await collectEvents(enforceStop(from(events), ['END'], 1)), events)
  })

  test('gives held text out before a tool call that follows it', async () => {
    const events: GenerationEvent[] = [
      START,
      text('an E'),
      { type: 'tool-call', choice: 0, call: 0, name: 'f', arguments: '' },
      finish(),
    ]
    const seen = await collectEvents(enforceStop(from(events), ['END'], 1))
    assert.deepEqual(seen.slice(1, 4), [text('an '), text('E'), events[2]])
  })

  test('keeps choices apart, and waits for those that go on', async () => {
    const events = [
      START,
      text('aE', 0),
      text('bE', 1),
      text('ND', 0),
      text('x', 1),
      text('lost', 0),
      finish(1),
      finish(0),
      USAGE,
    ]
    const seen = await collectEvents(enforceStop(from(events), ['END'], 2))
    assert.deepEqual(joinEvents(seen), [
      { reasoning: '', text: 'a', calls: [], finish: 'stop' },
      { reasoning: '', text: 'bEx', calls: [], finish: 'length' },
    ])
  })

  test('lets the source go once no choice is left', async () => {
    let pulled = 0
    let released = false
    async function* source(): AsyncGenerator<GenerationEvent> {
      try {
        for (const event of [START, text('a END b'), text('c'), text('d'), finish()]) {
          pulled += 1
          yield event
        }
      } finally {
        released = true
      }
    }
    await collectEvents(enforceStop(source(), ['END'], 1))
    assert.equal(pulled, 2)
    assert.equal(released, true)
  })

  test('a source that ends without a finish loses no text', async () => {
    assert.equal(onlyChoice(await collectEvents(enforceStop(from([START, text('an EN')]), ['END'], 1))).text, 'an EN')
  })

  test('a source that fails keeps what could have become a stop string', async () => {
    const { events, failure } = await collectUntilFailure(enforceStop(failing(), ['END'], 1))
    assert.equal(onlyChoice(events).text, 'an ')
    assert.ok(failure instanceof Error)
  })

  test('without stop strings it is the source itself', () => {
    const source = from([START])
    assert.equal(enforceStop(source, [], 1), source)
    assert.equal(enforceStop(source, [''], 1), source)
  })
})

async function* failing(): AsyncGenerator<GenerationEvent> {
  yield* [START, text('an EN')]
  throw new Error('broken')
}
