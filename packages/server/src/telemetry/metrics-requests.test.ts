import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiError } from '@moonbase/protocol'
import { RequestMetrics } from './metrics-requests.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'

const STREAM: ExchangeNotes = { route: '/v1/chat/completions', model: 'kimi-k2.5', streamed: true }

/** Counts one request, and gives the lines that are not zero. */
function countOf(notes: ExchangeNotes, refusal?: ReturnType<typeof apiError>, ms = 1500): string[] {
  const metrics = new RequestMetrics()
  metrics.began()
  metrics.ended(notes, refusal, ms)
  return linesOf(metrics).filter((line) => !line.endsWith(' 0') && !line.startsWith('#'))
}

function linesOf(metrics: RequestMetrics): string[] {
  const lines: string[] = []
  metrics.write(lines)
  return lines
}

/** Without the buckets. */
const totals = (lines: readonly string[]): string[] => lines.filter((line) => !line.includes('_bucket'))

describe('RequestMetrics', () => {
  it('counts a stream with its time', () => {
    assert.deepEqual(totals(countOf(STREAM)), [
      'moonbase_requests_total{route="/v1/chat/completions",model="kimi-k2.5",streamed="true",status="200",error="none"} 1',
      'moonbase_request_duration_seconds_sum{route="/v1/chat/completions",model="kimi-k2.5",streamed="true"} 1.5',
      'moonbase_request_duration_seconds_count{route="/v1/chat/completions",model="kimi-k2.5",streamed="true"} 1',
    ])
  })

  it('tells a refusal from a failure inside a stream by the status', () => {
    const failure = apiError('engine_cut')
    const [inside] = countOf({ ...STREAM, failure })
    const [before] = countOf({ ...STREAM, failure }, failure)
    assert.match(String(inside), /status="200",error="engine_cut"/)
    assert.match(String(before), /status="502",error="engine_cut"/)
  })

  it('is not led astray by a clock that was set back', () => {
    const lines = countOf(STREAM, undefined, -1500)
    assert.ok(!lines.some((line) => /_sum\{.*-/.test(line)))
  })

  it('knows how much is under way', () => {
    const metrics = new RequestMetrics()
    metrics.began()
    metrics.began()
    metrics.streamOpened()
    metrics.ended({}, apiError('incorrect_api_key'), 1)
    const lines = linesOf(metrics)
    assert.ok(lines.includes('moonbase_requests_running 1') && lines.includes('moonbase_streams_open 1'))
    metrics.streamClosed()
    assert.ok(linesOf(metrics).includes('moonbase_streams_open 0'))
  })

  it('grows no further, and shows nothing, whatever names come', () => {
    const metrics = new RequestMetrics()
    const hostile = (count: number): void => {
      const name = `evil-${count}`
      metrics.began()
      metrics.ended({ ...STREAM, model: name }, undefined, 1)
    }
    hostile(0)
    const first = linesOf(metrics).length
    for (let count = 1; count < 1000; count += 1) hostile(count)
    const last = linesOf(metrics)
    assert.equal(last.length, first)
    assert.ok(!last.some((line) => line.includes('evil')))
    const requests = last.find((line) => line.startsWith('moonbase_requests_total{'))
    assert.match(String(requests), /model="other".* 1000$/)
  })

  it('holds a limited number of routes', () => {
    const metrics = new RequestMetrics()
    for (let count = 0; count < 1000; count += 1) {
      metrics.began()
      metrics.ended({ route: `/v1/${count}` }, undefined, 1)
    }
    const requests = linesOf(metrics).filter((line) => line.startsWith('moonbase_requests_total{'))
    assert.equal(requests.length, 257)
    assert.match(String(requests.at(-1)), /route="other".* 744$/)
  })
})
