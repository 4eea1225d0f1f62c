import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { SpanQueue } from './span-queue.ts'

function queueTo(error: Error | undefined, most: number) {
  const results: boolean[] = []
  const seen: string[] = []
  const exporter: SpanExporter = {
    export(spans, done) {
      seen.push(...spans.map(({ name }) => name))
      done(error === undefined ? { code: 0 } : { code: 1, error })
    },
    async shutdown() {},
  }
  const queue = new SpanQueue(exporter, (taken) => results.push(taken), most)
  const tracer = new TracerProvider({ spanProcessors: [queue] }).getTracer('test')
  const make = (...names: string[]): void => {
    for (const name of names) tracer.startSpan(name, {}, ROOT_CONTEXT).end()
  }
  return { queue, make, results, seen }
}

describe('SpanQueue', () => {
  it('sends what waits, and counts it', async () => {
    const { queue, make, results, seen } = queueTo(undefined, 8)
    make('a', 'b')
    await queue.shutdown()
    assert.deepEqual([seen, results, queue.sent, queue.dropped], [['a', 'b'], [true], 2, 0])
  })

  it('drops and counts what comes when too many wait, and takes more when there is room again', async () => {
    const { queue, make, seen } = queueTo(undefined, 2)
    // The second fills a batch, which is taken at once; what is full is the queue behind it.
    make('a', 'b', 'c', 'd', 'e')
    const lost = queue.dropped
    await queue.forceFlush()
    make('f')
    await queue.shutdown()
    assert.equal(seen.length + lost, 6)
    assert.ok(lost > 0 && seen.includes('f'))
    assert.equal(queue.sent, seen.length)
  })

  it('counts what was not taken as dropped', async () => {
    const { queue, make, results } = queueTo(new Error('away'), 8)
    make('a', 'b', 'c')
    await assert.rejects(queue.shutdown(), /away/)
    assert.deepEqual([results, queue.sent, queue.dropped], [[false], 0, 3])
  })
})
