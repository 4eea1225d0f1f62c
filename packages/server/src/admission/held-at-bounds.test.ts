import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BoundedRequest, HeldAtBounds } from './held-at-bounds.ts'

const FREE = { money: 1_000_000, tokens: 1_000_000 }

/** A token costs one unit of money, and is counted as `tokens` says. */
function requestOf(atMost: number, tokens: () => Promise<number>): BoundedRequest {
  return {
    prompt: { atMost, tokens },
    quote: { upperBound: (prompt) => prompt },
    project: 'proj-1',
    key: 'ak-1',
    class: 'interactive',
  }
}

describe('what is held at bounds', () => {
  it('is too much by what counts say, and all of it where nobody can count', async () => {
    const held = new HeldAtBounds()
    held.reserve('org-1', requestOf(100, () => Promise.resolve(30)), FREE) // prettier-ignore
    assert.deepEqual(await held.excessOf('org-1', () => true), { money: 70, tokens: 70 })
    held.reserve(
      'org-1',
      requestOf(50, () => Promise.reject(new Error('it has left'))),
      FREE,
    )
    assert.deepEqual(await held.excessOf('org-1', () => true), { money: 120, tokens: 120 })
    assert.deepEqual(await held.excessOf('org-1', () => false), { money: 0, tokens: 0 })
  })

  it('of organisations that have nothing open is forgotten when there are many of them', () => {
    const held = new HeldAtBounds()
    const request = requestOf(100, () => Promise.resolve(30))
    held.reserve('open', request, FREE)
    for (let organisation = 0; organisation < 5_000; organisation += 1) {
      held.reserve(`org-${organisation}`, request, FREE)?.release()
    }
    assert.equal(held.of('open').tokens, 100)
    // Nothing at all, and not a sum that is nothing.
    assert.deepEqual(held.of('org-0'), { money: 0, tokens: 0 })
  })
})
