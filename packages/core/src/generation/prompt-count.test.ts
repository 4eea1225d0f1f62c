import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PromptCount } from './prompt-count.ts'
import type { CountTerms } from './token-counter.ts'

const PROMPT = { messages: [], tools: [], thinking: true }

/** Counts when the test says so; each asking is one of `asked`. */
function scene(terms: CountTerms = {}) {
  const asked: { readonly terms: CountTerms; readonly count: PromiseWithResolvers<number> }[] = []
  const here = { times: 0 }
  const counter = {
    countPrompt: () => {
      here.times += 1
      return 7
    },
    countPromptAside: (_: unknown, given: CountTerms = {}) => {
      const count = Promise.withResolvers<number>()
      asked.push({ terms: given, count })
      return count.promise
    },
  }
  return { asked, here, prompt: new PromptCount(counter, PROMPT, terms, 28) }
}

describe('the count of a prompt', () => {
  it('is made when somebody asks first, and once', async () => {
    const { asked, prompt } = scene({ owner: 'org-1' })
    assert.deepEqual([prompt.known, prompt.atMost, prompt.owner, asked.length], [undefined, 28, 'org-1', 0])
    const counts = [prompt.tokens(), prompt.tokens(), prompt.certainly()]
    asked[0]?.count.resolve(7)
    assert.deepEqual(await Promise.all(counts.map(async (count) => count)), [7, 7, 7])
    assert.deepEqual([asked.length, asked[0]?.terms.owner, prompt.known], [1, 'org-1', 7])
    assert.deepEqual([prompt.tokens(), prompt.certainly()], [7, 7])
  })

  it('that failed is begun anew by who asks next', async () => {
    const { asked, prompt } = scene()
    const first = prompt.tokens()
    asked[0]?.count.reject(new Error('too many wait'))
    await assert.rejects(Promise.resolve(first), /too many wait/)
    const second = prompt.tokens()
    asked[1]?.count.resolve(7)
    assert.equal(await second, 7)
  })

  it('of a client that has left is made for the bill, without its signal', async () => {
    const leaves = new AbortController()
    const { asked, here, prompt } = scene({ owner: 'org-1', signal: leaves.signal })
    const waits = prompt.tokens()
    const bill = prompt.certainly()
    leaves.abort(new Error('it left'))
    asked[0]?.count.reject(leaves.signal.reason)
    await assert.rejects(Promise.resolve(waits), /it left/)
    await nextTurn()
    assert.deepEqual(asked[1]?.terms, { owner: 'org-1' })
    asked[1]?.count.resolve(7)
    assert.deepEqual([await bill, here.times], [7, 0])
  })

  it('is made where it is called rather than not at all', async () => {
    const { asked, here, prompt } = scene()
    const bill = prompt.certainly()
    await nextTurn()
    asked[0]?.count.reject(new Error('the thread broke'))
    assert.deepEqual([await bill, here.times, prompt.known], [7, 1, 7])
  })
})
