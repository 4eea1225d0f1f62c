import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { everySplit } from '../../../../test/support/every-split.ts'
import type { GenerationEvent } from './event.ts'
import { WholePairs } from './whole-pairs.ts'

const TEXT = 'a🌍🧭é漢🎉'

type Kind = 'text' | 'reasoning' | 'tool-call'

function said(type: Kind, text: string, call = 0): GenerationEvent {
  return type === 'tool-call' ? { type, choice: 0, call, arguments: text } : { type, choice: 0, text }
}

function piecesOf(events: readonly GenerationEvent[], type: Kind, call = 0): string[] {
  return events.flatMap((event) => {
    if (event.type !== type) return []
    return event.type === 'tool-call' ? (event.call === call ? [event.arguments] : []) : [event.text]
  })
}

const FINISH: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }

describe('characters that an engine has cut', () => {
  it('are whole in every piece, under every split, wherever an answer has text', () => {
    for (const type of ['text', 'reasoning', 'tool-call'] as const) {
      for (const split of everySplit(TEXT, 5)) {
        const pairs = new WholePairs()
        const passed = split.flatMap((piece) => pairs.pass([said(type, piece)]))
        const pieces = piecesOf(passed, type)
        assert.ok(
          pieces.every((piece) => piece.isWellFormed()),
          JSON.stringify(split),
        )
        assert.equal(pieces.join(''), TEXT)
      }
    }
  })

  it('are a beginning of the answer wherever it ends without a word', () => {
    for (let units = 0; units <= TEXT.length; units += 1) {
      const pairs = new WholePairs()
      const halves = Array.from({ length: units }, (_, at) => said('text', TEXT.charAt(at)))
      const given = piecesOf(pairs.pass(halves), 'text').join('')
      assert.ok(given.isWellFormed() && TEXT.startsWith(given) && given.length >= units - 1, given)
    }
  })

  it('wait apart in calls that interleave, and behind empty pieces', () => {
    const pairs = new WholePairs()
    const [high, low] = ['🌍'.charAt(0), '🌍'.charAt(1)]
    const batch = [said('tool-call', `0${high}`, 0), said('tool-call', `1${high}`, 1), said('tool-call', '', 0)]
    const passed = [...pairs.pass(batch), ...pairs.pass([said('tool-call', low, 1), said('tool-call', `${low}!`, 0)])]
    assert.equal(piecesOf(passed, 'tool-call', 0).join(''), '0🌍!')
    assert.equal(piecesOf(passed, 'tool-call', 1).join(''), '1🌍')
  })

  it('that never become whole are the sign for that, before the choice is finished', () => {
    const pairs = new WholePairs()
    const high = '🌍'.charAt(0)
    assert.deepEqual(pairs.pass([said('text', `a${high}`), FINISH]), [
      said('text', 'a'),
      said('text', '\uFFFD'),
      FINISH,
    ])
    const low = '🌍'.charAt(1)
    assert.deepEqual(new WholePairs().pass([said('text', `${low}a${high}b`)]), [said('text', '\uFFFDa\uFFFDb')])
  })

  it('are looked for in no batch that has none: it is handed on as it came', () => {
    const batch = [said('text', TEXT), FINISH]
    assert.equal(new WholePairs().pass(batch), batch)
  })
})
