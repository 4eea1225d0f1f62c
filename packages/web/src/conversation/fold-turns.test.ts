/** Turns are a tree: whatever a person does to it, no turn is lost and none hangs on nothing. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { BEGINNING, type Conversation, NEW_CONVERSATION } from './conversation.ts'
import type { PersonEvent, WorkEvent } from './event.ts'
import { fold } from './fold.ts'
import { path, sendsThinkingBack } from './path.ts'
import { begun, foldAll } from './testing/streams.ts'
import type { Role } from './turn.ts'
import { view } from './view.ts'

const turn = (id: string, after: string | null, role: Role = 'user'): PersonEvent => ({
  type: 'turn',
  turn: id,
  after,
  role,
  parts: [{ kind: 'text', text: id }],
  at: 1,
})
const edit = (id: string, as: string): PersonEvent => ({ type: 'edit', turn: id, as, parts: [], at: 2 })
const shown = (conversation: Conversation): string =>
  path(conversation)
    .map(({ id }) => id)
    .join(' ')
const THREE = foldAll([turn('a', null), turn('b', 'a'), turn('c', 'b')])

/** Each turn stands once, below the one that it names; what is shown is one of those that stand there. */
function assertTree(conversation: Conversation): void {
  const placed = Object.entries(conversation.children).flatMap(([above, below]) =>
    below.map((id) => [above, id] as const),
  )
  assert.deepEqual(placed.map(([, id]) => id).toSorted(), Object.keys(conversation.turns).toSorted())
  for (const [above, id] of placed) assert.equal(conversation.turns[id]?.parent ?? BEGINNING, above)
  for (const [above, id] of Object.entries(conversation.chosen))
    assert.ok(conversation.children[above]?.includes(id), `${above} ${id}`)
  for (const [above, below] of Object.entries(conversation.children))
    assert.equal(below.length > 0, conversation.chosen[above] !== undefined)
}

const IDS = ['a', 'b', 'c', 'd', 'e', 'nobody', BEGINNING]
const id = fc.constantFrom(...IDS)
const act: fc.Arbitrary<WorkEvent> = fc.oneof(
  fc.tuple(id, fc.option(id)).map(([one, after]) => turn(one, after)),
  fc.tuple(id, id).map(([one, as]) => edit(one, as)),
  id.map((one) => ({ type: 'branch' as const, turn: one })),
  id.map((one) => ({ type: 'remove' as const, turn: one })),
  fc.tuple(id, fc.constantFrom<-1 | 1>(-1, 1)).map(([one, by]) => ({ type: 'move' as const, turn: one, by })),
  fc.tuple(id, fc.boolean()).map(([one, on]) => ({ type: 'switch' as const, turn: one, on })),
  fc.tuple(id, id).map(([one, after]) => begun(`run ${one}`, one === BEGINNING ? 'x' : one, after)),
)

describe('turns', () => {
  it('are a tree, whatever is done to them', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const conversation = foldAll(acts)
        assertTree(conversation)
        assert.ok(path(conversation).length <= Object.keys(conversation.turns).length)
      }),
      { numRuns: 1000 },
    )
  })

  it('are put, moved and taken away where there is nothing to do it to', () => {
    const lonely = foldAll([turn('a', null), edit('a', 'b'), turn('c', 'b')])
    assert.equal(shown(fold(lonely, { type: 'move', turn: 'c', by: -1 })), 'c b')
    assert.equal(shown(fold(lonely, { type: 'remove', turn: 'a' })), 'b c')
    assert.equal(shown(fold(lonely, { type: 'move', turn: 'a', by: 1 })), 'b c')
    assert.equal(shown(fold(lonely, begun('r', 'x', 'nobody'))), 'x')
    assert.equal(shown(fold(lonely, begun('r', 'c', 'b'))), 'b c')
    assert.equal(shown(fold(fold(THREE, edit('b', 'b2')), { type: 'move', turn: 'b2', by: -1 })), 'b2 a')
  })

  it('are put in where they are wanted, and those behind follow', () => {
    assert.equal(shown(fold(THREE, turn('x', 'a'))), 'a x b c')
    assert.equal(shown(fold(THREE, turn('x', null))), 'x a b c')
    assert.equal(shown(fold(THREE, turn('x', 'nobody'))), 'x a b c')
    assert.equal(fold(THREE, turn('a', 'c')), THREE)
    const tool = fold(THREE, { type: 'turn', turn: 't', after: 'c', role: 'tool', parts: [], answers: 'f:0', at: 1 })
    assert.equal(tool.turns['t']?.answers, 'f:0')
    assert.equal(fold(tool, edit('t', 't2')).turns['t2']?.answers, 'f:0')
  })

  it('that are edited stand beside what they were, and one goes on with either', () => {
    const edited = fold(THREE, edit('b', 'b2'))
    assert.equal(shown(edited), 'a b2')
    assert.equal(shown(fold(edited, { type: 'branch', turn: 'b' })), 'a b c')
    assert.deepEqual(view(edited, 0).turns[1]?.branch, { index: 1, all: ['b', 'b2'] })
    assert.equal(fold(edited, { type: 'branch', turn: 'nobody' }), edited)
    assert.equal(fold(edited, edit('nobody', 'x')), edited)
    assert.equal(fold(edited, edit('b', 'a')), edited)
    assert.equal(fold(THREE, { ...edit('a', 'a2'), role: 'system' } as PersonEvent).turns['a2']?.role, 'system')
  })

  it('that were not sent are changed in their place', () => {
    const amended = fold(THREE, { type: 'amend', turn: 'b', parts: [], role: 'assistant' })
    assert.deepEqual([shown(amended), amended.turns['b']?.role, amended.turns['b']?.parts], ['a b c', 'assistant', []])
    assert.equal(fold(THREE, { type: 'amend', turn: 'b', parts: [] }).turns['b']?.role, 'user')
    assert.equal(fold(THREE, { type: 'amend', turn: 'nobody', parts: [] }), THREE)
  })

  it('are switched off and on, and taken away', () => {
    const off = fold(THREE, { type: 'switch', turn: 'b', on: false })
    assert.equal(off.turns['b']?.on, false)
    assert.equal(fold(off, { type: 'switch', turn: 'b', on: false }), off)
    assert.equal(shown(fold(THREE, { type: 'remove', turn: 'b' })), 'a c')
    assert.equal(shown(fold(THREE, { type: 'remove', turn: 'c' })), 'a b')
    assert.equal(fold(THREE, { type: 'remove', turn: 'nobody' }), THREE)
    assert.equal(shown(fold(fold(THREE, edit('c', 'c2')), { type: 'remove', turn: 'c2' })), 'a b c')
    assert.equal(shown(fold(fold(THREE, edit('c', 'c2')), { type: 'remove', turn: 'c' })), 'a b c2')
    assert.equal(shown(fold(foldAll([turn('a', null)]), { type: 'remove', turn: 'a' })), '')
  })

  it('change places with the one before and the one behind', () => {
    assert.equal(shown(fold(THREE, { type: 'move', turn: 'b', by: -1 })), 'b a c')
    assert.equal(shown(fold(THREE, { type: 'move', turn: 'b', by: 1 })), 'a c b')
    assert.equal(fold(THREE, { type: 'move', turn: 'a', by: -1 }), THREE)
    assert.equal(fold(THREE, { type: 'move', turn: 'c', by: 1 }), THREE)
    assert.equal(fold(THREE, { type: 'move', turn: 'nobody', by: 1 }), THREE)
  })

  it('are walked no further than they are there', () => {
    assert.deepEqual(path({ ...NEW_CONVERSATION, chosen: { [BEGINNING]: 'gone' } }), [])
    const alone = foldAll([turn('a', null)])
    assert.deepEqual(view({ ...alone, children: {} }, 0).turns[0]?.branch, { index: 0, all: ['a'] })
  })

  it('of an answer send its thinking back while its calls are being answered', () => {
    const called = foldAll([
      turn('u', null),
      begun('r', 'a', 'u'),
      { type: 'tool-call', run: 'r', ms: 1, n: 1, call: 0, arguments: '' },
      turn('t', 'a', 'tool'),
    ])
    const later = fold(called, turn('u2', 't'))
    const sends = (conversation: Conversation, index: number): boolean =>
      sendsThinkingBack(conversation, path(conversation), index)
    assert.deepEqual(
      [sends(called, 1), sends(later, 1), sends(called, 0), sends(called, 9)],
      [true, false, false, false],
    )
    assert.equal(sends(fold(later, { type: 'switch', turn: 'u2', on: false }), 1), true)
    assert.equal(sendsThinkingBack({ ...called, runs: {} }, path(called), 1), false)
  })
})
