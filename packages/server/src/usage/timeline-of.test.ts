import assert from 'node:assert/strict'
import { it } from 'node:test'
import { timelineOf } from './timeline-of.ts'

const attempt = { model: 'm', server: undefined } as const

it('tells who was asked and when, from the arrival on, in the order in which they began', () => {
  const ends = [
    { ...attempt, replica: 'b', outcome: 'cut', beganAt: 1_020.4, firstTokenAt: 1_050, endedAt: 1_090 },
    { ...attempt, replica: 'a', outcome: 'timeout', beganAt: 1_002, firstTokenAt: undefined, endedAt: 1_095 },
    // A clock that was set back tells nothing below zero.
    { ...attempt, replica: 'c', outcome: 'complete', beganAt: 1_100, firstTokenAt: 1_120, endedAt: 900 },
  ] as const
  const seams = [{ from: 'b', to: 'c', reason: 'cut', at: 1_120 }] as const
  assert.deepEqual(timelineOf({ ends: [...ends], seams: [...seams] }, 1_000), {
    attempts: [
      { replica: 'a', outcome: 'timeout', beganMs: 2, firstTokenMs: null, endedMs: 95 },
      { replica: 'b', outcome: 'cut', beganMs: 20, firstTokenMs: 50, endedMs: 90 },
      { replica: 'c', outcome: 'complete', beganMs: 100, firstTokenMs: 120, endedMs: 0 },
    ],
    seams: [{ from: 'b', to: 'c', reason: 'cut', atMs: 120 }],
  })
})

it('says when the answer began behind a thought, also where nothing else is to be told', () => {
  const usual = { ...attempt, replica: 'a', outcome: 'complete', beganAt: 2, firstTokenAt: 50, endedAt: 90 } as const
  assert.deepEqual(timelineOf({ ends: [usual], seams: [] }, 0, 70), { attempts: [], seams: [], answerMs: 70 })
  assert.equal(timelineOf({ ends: [{ ...usual, outcome: 'cut' }], seams: [] }, 0, 70)?.answerMs, 70)
})

it('has ten attempts and eight seams at most, and fits into its 2 KB with them', () => {
  const name = 'x'.repeat(24)
  const end = { ...attempt, replica: name, outcome: 'timeout', beganAt: 1e6, firstTokenAt: 1e6, endedAt: 1e6 } as const
  const seam = { from: name, to: name, reason: 'cut', at: 1e6 } as const
  const all = { ends: Array.from({ length: 40 }, () => end), seams: Array.from({ length: 40 }, () => seam) }
  const timeline = timelineOf(all, 0, 1)
  assert.deepEqual([timeline?.attempts.length, timeline?.seams.length], [10, 8])
  assert.ok(JSON.stringify(timeline).length <= 2_048)
})

it('is not there where nobody was asked, nor where one was, at once, and answered', () => {
  assert.equal(timelineOf({ ends: [], seams: [] }, 0), null)
  const usual = {
    ...attempt,
    replica: 'a',
    outcome: 'complete',
    beganAt: 1_009,
    firstTokenAt: 1_050,
    endedAt: 1_090,
  } as const
  assert.equal(timelineOf({ ends: [usual], seams: [] }, 1_000), null)
  for (const one of [{ ...usual, beganAt: 1_010 }, { ...usual, outcome: 'cut' } as const]) {
    assert.equal(timelineOf({ ends: [one], seams: [] }, 1_000)?.attempts.length, 1)
  }
})
