/** The protocol of generation events, asserted on a whole answer. */

import assert from 'node:assert/strict'
import type { Engine, GenerationEvent, GenerationRequest } from '@moonbase/core/generation'

/** Everything that `GenerationEvent` promises, checked on a whole answer. */
export function assertProtocol(events: readonly GenerationEvent[], engine: Engine, request: GenerationRequest): void {
  const [first, ...others] = events
  assert.equal(first?.type, 'start', 'start comes first')
  assert.equal(first.engine, engine.name)
  assert.notEqual(first.model, '')
  const finished = new Set<number>()
  const calls = new Map<number, number>()
  let usages = 0
  for (const event of others) {
    assert.notEqual(event.type, 'start', 'start comes once')
    if (event.type === 'start') continue
    assert.equal(usages, 0, 'nothing follows usage')
    if (event.type === 'usage') {
      assert.equal(finished.size, request.sampling.n, 'usage follows every finish')
      // Not every engine tells how much of its output was reasoning.
      const { prompt, completion, cached, reasoning = 0 } = event.usage
      for (const figure of [prompt, completion, cached, reasoning]) assert.ok(Number.isInteger(figure) && figure >= 0)
      assert.ok(cached <= prompt && reasoning <= completion)
      usages += 1
      continue
    }
    assert.ok(event.choice >= 0 && event.choice < request.sampling.n, `choice ${event.choice}`)
    assert.ok(!finished.has(event.choice), 'nothing follows a finish')
    if (event.type === 'finish') finished.add(event.choice)
    if (event.type === 'tool-call') {
      const begun = calls.get(event.choice) ?? 0
      assert.ok(event.call <= begun, 'calls are numbered without gaps')
      if (event.call === begun) {
        assert.ok(event.name !== undefined && event.name !== '', 'the first piece of a call has its name')
        calls.set(event.choice, begun + 1)
      }
    }
  }
  assert.equal(finished.size, request.sampling.n, 'every choice finishes')
}
