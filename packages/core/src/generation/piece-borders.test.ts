import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { GenerationEvent } from './event.ts'
import { PieceBorders } from './piece-borders.ts'

const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const thought = (piece: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: piece })
const call = (pieces: string, name?: string): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: 0,
  ...(name === undefined ? {} : { name }),
  arguments: pieces,
})

type Step = readonly [piece: string, read: readonly GenerationEvent[], undecided?: boolean]

/** What is given out at each step, and at the end. */
function given(...steps: readonly Step[]): GenerationEvent[][] {
  const borders = new PieceBorders()
  const outs = steps.map(([piece, read, undecided = false]) => {
    const out: GenerationEvent[] = []
    borders.push(piece, read, undecided, out)
    return out
  })
  const rest: GenerationEvent[] = []
  borders.end([], rest)
  return [...outs, rest]
}

describe('the borders of pieces', () => {
  test('a piece that is read at once goes out as what was read', () => {
    const event = text('Hi')
    assert.equal(given(['Hi', [event]])[0]?.[0], event)
    assert.deepEqual(given(['<think>Hi', [event]]), [[event], []])
  })

  test('a piece whose end is undecided waits, and comes out as it came', () => {
    assert.deepEqual(given(['a <', [text('a ')], true], ['b', [text('<b')]]), [[], [text('a <'), text('b')], []])
    assert.deepEqual(given(['a <', [text('a ')], true], ['b <', [text('<b ')], true], ['c', [text('<c')]]), [
      [],
      [text('a <')],
      [text('b <'), text('c')],
      [],
    ])
  })

  test('a piece that was read in parts is one again', () => {
    assert.deepEqual(given(['a</think>b', [text('a'), text('</think>b')]]), [[text('a</think>b')], []])
  })

  test('behind a marker pieces are what they were, whatever they are read as', () => {
    const steps: readonly Step[] = [
      ['so.</th', [thought('so.')], true],
      ['ink>\n', [], true],
      ['Hi', [text('\nHi')]],
    ]
    assert.deepEqual(given(...steps), [[], [], [thought('so.'), text('\n'), text('Hi')], []])
  })

  test('the piece that names a call stays by itself', () => {
    assert.deepEqual(given(['<|argument|>{"a', [call('', 'f'), call('{"a')]]), [[call('', 'f'), call('{"a')], []])
  })

  test('so much waits at most, and nothing is lost', () => {
    const blanks = Array.from({ length: 300 }, (): Step => [' ', [], true])
    const outs = given(['x', [text('x')]], ...blanks, ['Hi', [text(`${' '.repeat(300)}Hi`)]]).flat()
    assert.equal(outs.map((event) => (event.type === 'text' ? event.text : '')).join(''), `x${' '.repeat(300)}Hi`)
    const long = 'y'.repeat(70_000)
    assert.deepEqual(given([`${long}<`, [text(long)], true])[0], [text(long)])
  })
})
