/** How far a stream is: counted a piece at a time, at once or aside. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { TokenCounter } from '@moonbase/core/generation'
import { StreamProgress } from './stream-progress.ts'

interface Counted {
  readonly completion: number
  readonly reasoning: number
}

/** A counter of characters that says when it is asked, and counts aside what is longer than `most`. */
function counterOf(most: number) {
  const asked: string[] = []
  const waiting: PromiseWithResolvers<number>[] = []
  const counter = {
    countTextAside(text: string, terms?: { readonly owner?: string }) {
      asked.push(`${terms?.owner}: ${text}`)
      if (text.length <= most) return text.length
      const wait = Promise.withResolvers<number>()
      waiting.push(wait)
      return wait.promise
    },
  } as unknown as TokenCounter
  return { counter, asked, waiting }
}

function look(progress: StreamProgress, reasoning: string, answer: string): Counted[] {
  const told: Counted[] = []
  progress.look({ reasoning, answer }, (counted) => told.push(counted))
  return told
}

describe('the progress of a stream', () => {
  it('is all that was generated, of which only what is new is counted, for its owner', () => {
    const { counter, asked } = counterOf(100)
    const progress = new StreamProgress(counter, 'org-1')
    assert.deepEqual(look(progress, 'think', ''), [{ completion: 5, reasoning: 5 }])
    assert.deepEqual(look(progress, 'thinking', 'yes'), [{ completion: 11, reasoning: 8 }])
    assert.deepEqual(look(progress, 'thinking', 'yes, it is'), [{ completion: 18, reasoning: 8 }])
    assert.deepEqual(asked, ['org-1: think', 'org-1: ', 'org-1: ing', 'org-1: yes', 'org-1: ', 'org-1: , it is'])
  })

  it('is not told where nothing is new', () => {
    const { counter, asked } = counterOf(100)
    const progress = new StreamProgress(counter, 'org-1')
    assert.deepEqual(look(progress, '', ''), [])
    look(progress, 'a', 'b')
    assert.deepEqual(look(progress, 'a', 'b'), [])
    assert.deepEqual(look(progress, 'ab', 'b'), [{ completion: 3, reasoning: 2 }])
    assert.equal(asked.length, 4)
  })

  for (const [what, reasoning, answer] of [
    ['thought', 'a long thought', 'ab'],
    ['answer', 'ab', 'a long answer'],
  ] as const) {
    it(`of a long ${what} is told when it is counted, and what came meanwhile at the look behind it`, async () => {
      const { counter, waiting, asked } = counterOf(3)
      const progress = new StreamProgress(counter, 'org-1')
      const told: Counted[] = []
      const tell = (counted: Counted): void => void told.push(counted)
      progress.look({ reasoning, answer }, tell)
      progress.look({ reasoning, answer: `${answer}!` }, tell)
      assert.deepEqual([told, asked.length], [[], 2])
      waiting[0]?.resolve(7)
      await setImmediate()
      assert.deepEqual(told, [{ completion: 9, reasoning: what === 'thought' ? 7 : 2 }])
      progress.look({ reasoning, answer: `${answer}!` }, tell)
      assert.deepEqual(told.at(-1), { completion: 10, reasoning: what === 'thought' ? 7 : 2 })
    })
  }

  it('that cannot be counted is not told, and counted once more', async () => {
    const { counter, waiting } = counterOf(3)
    const progress = new StreamProgress(counter, 'org-1')
    const told: Counted[] = []
    const tell = (counted: Counted): void => void told.push(counted)
    progress.look({ reasoning: '', answer: 'a long answer' }, tell)
    waiting[0]?.reject(new Error('too many wait'))
    await setImmediate()
    assert.deepEqual(told, [])
    progress.look({ reasoning: '', answer: 'a long answer' }, tell)
    waiting[1]?.resolve(6)
    await setImmediate()
    assert.deepEqual(told, [{ completion: 6, reasoning: 0 }])
  })
})
