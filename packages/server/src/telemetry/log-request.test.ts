import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError } from '@moonbase/core/generation'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import { pino } from 'pino'
import type { Exchange } from '../http/exchange.ts'
import { logRequest } from './log-request.ts'
import { runOf, traceOf } from './testing/run-of.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'

function lineOf(
  notes: ExchangeNotes,
  refusal?: ApiError,
  level = 'info',
  traceId?: string,
): Record<string, unknown> | undefined {
  const written: string[] = []
  const lines = { write: (text: string) => written.push(text) }
  const exchange = { id: 'request-1', method: 'POST', notes } as Exchange
  logRequest({ log: pino({ level }), lines }, exchange, refusal, 12.4, traceId)
  const [line] = written
  if (line === undefined) return undefined
  assert.ok(line.endsWith('}\n'))
  const { time, ...rest } = JSON.parse(line)
  assert.match(time, /^\d{4}-\d\d-\d\dT/)
  return rest
}

describe('logRequest', () => {
  it('tells what happened, with ids and counts', () => {
    const usage = { prompt: 9, completion: 5, cached: 4, reasoning: 2 }
    assert.deepEqual(
      lineOf({ keyId: 'ak-1', organisation: 'org-1', route: '/v1/x', model: 'kimi-k2.5', runs: [runOf({ usage })] }),
      {
        level: 30,
        id: 'request-1',
        method: 'POST',
        route: '/v1/x',
        status: 200,
        ms: 12,
        key: 'ak-1',
        org: 'org-1',
        model: 'kimi-k2.5',
        prompt: 9,
        completion: 5,
        cached: 4,
        msg: 'request',
      },
    )
  })

  it('tells the status of what is neither an answer nor a refusal', () => {
    assert.equal(lineOf({ route: '/ready', status: 503 })?.['status'], 503)
    assert.equal(lineOf({ status: 204 })?.['status'], 204)
  })

  it('tells when the first token came, and who had to help', () => {
    const seam = { from: 'cluster', to: 'hosted', reason: 'cut', at: 0 } as const
    const line = lineOf({
      streamed: true,
      runs: [runOf({ firstTokenMs: 80, trace: traceOf({ attempts: 3, seams: [seam] }) })],
    })
    assert.deepEqual([line?.['first'], line?.['attempts'], line?.['seams']], [80, 3, 1])
    const usual = lineOf({ runs: [runOf()] })
    assert.ok(usual !== undefined && !('attempts' in usual) && !('seams' in usual))
  })

  it('names the trace of which the request is a part', () => {
    assert.equal(lineOf({}, undefined, 'info', '4bf92f35')?.['trace'], '4bf92f35')
    assert.ok(!('trace' in (lineOf({}) ?? {})))
  })

  it('says nothing of a refused request but its code: the words may quote it', () => {
    const line = lineOf({}, apiError('invalid_request', { details: 'my secret prompt' }))
    assert.equal(line?.['error'], 'invalid_request')
    assert.equal(line?.['level'], 30)
    assert.ok(!JSON.stringify(line).includes('secret'))
  })

  it('says which field was refused, its number and the one that may stand there, and the way past it', () => {
    const field = { name: 'temperature', value: 0.7, allowed: 1 }
    const refusal = apiErrorWith('fixed_value', { field }, { parameter: 'temperature', value: 1 })
    const line = lineOf({ hint: 'set this' }, refusal)
    assert.deepEqual(
      [line?.['error'], line?.['field'], line?.['value'], line?.['allowed'], line?.['hint']],
      ['fixed_value', 'temperature', 0.7, 1, 'set this'],
    )
  })

  it('says a field that a client named only where it is named as fields are', () => {
    const named = (name: string): unknown =>
      lineOf({}, apiErrorWith('unknown_field', { field: { name } }, { field: name }))?.['field']
    assert.equal(named('top_k'), 'top_k')
    for (const name of ['sk-aKey1234', 'what I said', 'x'.repeat(41), 'Temperature']) {
      assert.equal(named(name), undefined, name)
    }
  })

  it('is an error with its reason when an engine or the server failed', () => {
    const failure = new EngineError('unavailable', 'connect ECONNREFUSED', { engine: 'cluster' }).toApiError('m')
    const line = lineOf({ failure })
    assert.deepEqual(
      [line?.['level'], line?.['status'], line?.['error'], line?.['reason']],
      [50, 200, 'engine_unavailable', 'cluster: connect ECONNREFUSED'],
    )
    const bug = apiErrorWith('internal', { cause: new TypeError('x is not a function') })
    assert.match(String(lineOf({}, bug)?.['reason']), /TypeError: x is not a function\n +at /)
  })

  it('is silent below the log’s level, and calm about a stop', () => {
    assert.equal(lineOf({}, undefined, 'warn'), undefined)
    assert.equal(lineOf({}, apiError('shutting_down'))?.['level'], 30)
  })
})
