import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { EngineError } from '@moonbase/core/generation'
import { type ApiError, apiError } from '@moonbase/protocol'
import { once } from '../../../../../test/support/eventually.ts'
import { systemClock } from '../../clock.ts'
import { runOf, traceOf } from '../testing/run-of.ts'
import { attemptEnd } from '../testing/metrics-fixtures.ts'
import type { ExchangeNotes } from '../../http/exchange-notes.ts'
import { openTracing } from './open-tracing.ts'
import type { EndedExchange, Tracing } from './tracing.ts'

interface OtlpValue {
  readonly stringValue?: string
  readonly intValue?: number
  readonly doubleValue?: number
  readonly boolValue?: boolean
}
interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly events: readonly {
    readonly name: string
    readonly timeUnixNano: string
    readonly attributes: readonly OtlpAttribute[]
  }[]
  readonly status: { readonly code: number; readonly message?: string }
}
interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[]
  readonly count: number
  readonly sum: number
}
interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly histogram: { readonly dataPoints: readonly OtlpPoint[] }
}

/** As much of an OpenTelemetry collector as shows what was sent to it. */
class TestCollector {
  readonly texts: string[] = []
  readonly headers: IncomingHttpHeaders[] = []
  readonly spans: OtlpSpan[] = []
  readonly metrics: OtlpMetric[] = []
  readonly resources: Record<string, unknown>[] = []
  status = 200
  /** Whether requests wait for `release`. */
  silent = false
  readonly #held: (() => void)[] = []
  readonly #both = Promise.withResolvers<void>()
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        if (this.status === 200) this.#take(request.headers, Buffer.concat(chunks).toString())
        const answer = (): void => {
          response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}')
        }
        if (!this.silent) return answer()
        this.#held.push(answer)
        if (this.#held.length === 2) this.#both.resolve()
      })
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    assert.ok(typeof address === 'object' && address !== null)
    return `http://127.0.0.1:${address.port}`
  }

  /** Resolves when spans and measures wait. */
  holding(): Promise<void> {
    return this.#both.promise
  }

  release(): void {
    this.silent = false
    for (const answer of this.#held.splice(0)) answer()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #take(headers: IncomingHttpHeaders, text: string): void {
    this.headers.push(headers)
    this.texts.push(text)
    const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(text)
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(valuesOf(resource.attributes))
      for (const { spans } of scopeSpans) this.spans.push(...spans)
    }
    for (const { resource, scopeMetrics } of resourceMetrics) {
      this.resources.push(valuesOf(resource.attributes))
      for (const { metrics } of scopeMetrics) this.metrics.push(...metrics)
    }
  }
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
/** When the request began whose trace is told. */
const BEGAN = 1_700_000_000_250

const ANSWERED: ExchangeNotes = {
  route: '/v1/chat/completions',
  keyId: 'ak-1',
  organisation: 'org-1',
  model: 'kimi-k2.5',
  streamed: true,
  provider: 'moonshot_ai',
  runs: [
    runOf({
      engine: 'cluster/1',
      servedModel: 'moonshotai/Kimi-K2.5',
      usage: { prompt: 100, cached: 60, completion: 11, reasoning: 4 },
      firstTokenMs: 500,
      trace: traceOf({
        attempts: 2,
        seams: [{ from: 'hosted', to: 'cluster/1', reason: 'cut', at: BEGAN + 1100 }],
        ends: [
          attemptEnd('hosted', 'cut', { beganAt: BEGAN + 5, endedAt: BEGAN + 900, model: 'kimi-k2.5' }),
          attemptEnd('cluster/1', 'complete', {
            beganAt: BEGAN + 900,
            endedAt: BEGAN + 1499,
            model: 'moonshotai/Kimi-K2.5',
            server: { address: '10.0.0.5', port: 8000 },
          }),
        ],
      }),
    }),
  ],
}

const isServer = ({ kind }: OtlpSpan): boolean => kind === 2

function exchangeOf(notes: ExchangeNotes, headers: Record<string, string> = {}, method = 'POST'): EndedExchange {
  return { id: 'request-1', method, notes, header: (name) => headers[name] }
}

describe('openTracing', () => {
  let collector: TestCollector
  let url: string
  before(async () => {
    collector = new TestCollector()
    url = await collector.listen()
  })
  after(() => collector.close())

  const changes: string[] = []
  async function open(more: Record<string, string> = {}): Promise<Tracing> {
    const tracing = await openTracing(
      { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...more },
      {
        clock: systemClock,
        instance: 'gateway-1',
        onCollector: (signal, away) => changes.push(`${signal} ${away ? 'away' : 'back'}`),
      },
    )
    assert.ok(tracing !== undefined)
    return tracing
  }

  /** What was sent of these requests, and nothing else. */
  async function sentOf(
    tell: (tracing: Tracing) => void,
    more: Record<string, string> = {},
  ): Promise<{ spans: OtlpSpan[]; metrics: OtlpMetric[]; tracing: Tracing }> {
    collector.spans.length = 0
    collector.metrics.length = 0
    const tracing = await open(more)
    tell(tracing)
    await tracing.close()
    return { spans: [...collector.spans], metrics: [...collector.metrics], tracing }
  }

  it('is nothing where no collector is named', async () => {
    const parts = { clock: systemClock, instance: 'gateway-1', onCollector: () => undefined }
    assert.equal(await openTracing({}, parts), undefined)
  })

  it('sends a server span for a request, under the caller’s own, and one for each asking of an engine below it', async () => {
    let id: string | undefined
    const { spans, tracing } = await sentOf((server) => {
      const exchange = exchangeOf(ANSWERED, { traceparent: `00-${TRACE}-${PARENT}-01` })
      id = server.ended(exchange, undefined, BEGAN, 1500)
    })
    assert.equal(id, TRACE)
    assert.equal(spans.length, 3)
    const [span, first, second] = spans
    assert.ok(span !== undefined && first !== undefined && second !== undefined)
    assert.deepEqual(
      [span.traceId, span.parentSpanId, span.name, span.kind, span.status.code],
      [TRACE, PARENT, 'POST /v1/chat/completions', 2, 0],
    )
    assert.deepEqual([span.startTimeUnixNano, span.endTimeUnixNano], ['1700000000250000000', '1700000001750000000'])
    assert.deepEqual(valuesOf(span.attributes), {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/v1/chat/completions',
      'url.scheme': 'http',
      'moonbase.request.id': 'request-1',
      'moonbase.key.id': 'ak-1',
      'moonbase.organisation.id': 'org-1',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'moonshot_ai',
      'gen_ai.request.model': 'kimi-k2.5',
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'moonshotai/Kimi-K2.5',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 11,
      'gen_ai.usage.cache_read.input_tokens': 60,
      'gen_ai.usage.reasoning.output_tokens': 4,
      'gen_ai.response.time_to_first_chunk': 0.5,
      'moonbase.engine': 'cluster',
      'moonbase.replica': 'cluster/1',
      'moonbase.attempts': 2,
      'moonbase.hedges': 0,
      'moonbase.seams': 1,
    })
    assert.deepEqual(
      span.events.map(({ name, timeUnixNano, attributes }) => [name, timeUnixNano, valuesOf(attributes)]),
      [
        [
          'moonbase.seam',
          '1700000001350000000',
          { 'moonbase.from': 'hosted', 'moonbase.to': 'cluster/1', 'moonbase.reason': 'cut' },
        ],
      ],
    )
    for (const attempt of [first, second]) {
      assert.deepEqual(
        [attempt.traceId, attempt.parentSpanId, attempt.name, attempt.kind, attempt.events],
        [TRACE, span.spanId, 'chat kimi-k2.5', 3, []],
      )
    }
    assert.deepEqual([first.startTimeUnixNano, first.endTimeUnixNano], ['1700000000255000000', '1700000001150000000'])
    assert.deepEqual([second.startTimeUnixNano, second.endTimeUnixNano], ['1700000001150000000', '1700000001749000000'])
    assert.deepEqual([first.status.code, second.status.code], [2, 0])
    const asked = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'moonshot_ai',
      'gen_ai.request.model': 'kimi-k2.5',
      'gen_ai.request.stream': true,
    }
    assert.deepEqual(valuesOf(first.attributes), {
      ...asked,
      'gen_ai.response.model': 'kimi-k2.5',
      'error.type': 'cut',
      'moonbase.engine': 'hosted',
      'moonbase.replica': 'hosted',
      'moonbase.outcome': 'cut',
    })
    assert.deepEqual(valuesOf(second.attributes), {
      ...asked,
      'gen_ai.response.model': 'moonshotai/Kimi-K2.5',
      'server.address': '10.0.0.5',
      'server.port': 8000,
      'moonbase.engine': 'cluster',
      'moonbase.replica': 'cluster/1',
      'moonbase.outcome': 'complete',
    })
    assert.deepEqual(tracing.figures, { sentSpans: 3, droppedSpans: 0, failures: 0 })
  })

  it('sends the measures of the conventions', async () => {
    const { metrics } = await sentOf((server) => {
      server.ended(exchangeOf(ANSWERED), undefined, 1_700_000_000_000, 1500)
      server.ended(exchangeOf({ route: '/v1/models' }, {}, 'GET'), undefined, 1_700_000_000_000, 10)
    })
    const model = 'gen_ai.operation.name=chat gen_ai.provider.name=moonshot_ai gen_ai.request.model=kimi-k2.5'
    const told = metrics.flatMap(({ name, unit, histogram }) =>
      histogram.dataPoints.map(({ attributes, count, sum }) => {
        const labels = Object.entries(valuesOf(attributes)).map(([key, value]) => `${key}=${String(value)}`)
        return `${name} ${unit} ${count} ${sum} ${labels.join(' ')}`
      }),
    )
    const http = 'url.scheme=http http.route='
    assert.deepEqual(told, [
      `http.server.request.duration s 1 1.5 http.request.method=POST http.response.status_code=200 ${http}/v1/chat/completions`,
      `http.server.request.duration s 1 0.01 http.request.method=GET http.response.status_code=200 ${http}/v1/models`,
      `gen_ai.server.request.duration s 1 1.5 ${model}`,
      `gen_ai.client.operation.duration s 1 1.5 ${model}`,
      `gen_ai.server.time_to_first_token s 1 0.5 ${model}`,
      `gen_ai.server.time_per_output_token s 1 0.1 ${model}`,
      `gen_ai.client.token.usage {token} 1 100 ${model} gen_ai.token.type=input`,
      `gen_ai.client.token.usage {token} 1 11 ${model} gen_ai.token.type=output`,
    ])
  })

  it('says who it is, and shows the collector its own headers', async () => {
    await sentOf((server) => void server.ended(exchangeOf(ANSWERED), undefined, 0, 1), {
      OTEL_SERVICE_NAME: 'kimi',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key',
    })
    const resource = collector.resources.at(-1)
    assert.deepEqual(
      ['service.name', 'service.instance.id', 'deployment.environment.name'].map((name) => resource?.[name]),
      ['kimi', 'gateway-1', 'test'],
    )
    assert.equal(collector.headers.at(-1)?.authorization, 'Bearer collector-key')
  })

  it('tells a failure by its code, and calls only those of the server errors', async () => {
    const engine = new EngineError('unavailable', 'connect ECONNREFUSED', { engine: 'cluster' }).toApiError('m')
    const { spans, metrics } = await sentOf((server) => {
      server.ended(exchangeOf({ route: '/v1/chat/completions' }), apiError('incorrect_api_key'), 0, 1)
      server.ended(exchangeOf({ ...ANSWERED, failure: engine }), undefined, 0, 1)
      server.ended(exchangeOf({}, {}, 'BREW'), apiError('shutting_down'), 0, 1)
    })
    assert.deepEqual(
      spans.filter(isServer).map(({ name, status, attributes }) => {
        const values = valuesOf(attributes)
        return [name, values['http.response.status_code'], values['error.type'], status.code]
      }),
      [
        ['POST /v1/chat/completions', 401, 'incorrect_api_key', 0],
        ['POST /v1/chat/completions', 200, 'engine_unavailable', 2],
        ['HTTP', 503, 'shutting_down', 0],
      ],
    )
    const duration = metrics.find(({ name }) => name === 'gen_ai.server.request.duration')
    assert.equal(valuesOf(duration?.histogram.dataPoints[0]?.attributes ?? [])['error.type'], 'engine_unavailable')
    assert.ok(!metrics.some(({ name }) => name === 'gen_ai.server.time_per_output_token'))
  })

  it('never tells what a client said, nor a key, nor a header', async () => {
    const secret = 'sk-SECRET'
    const refusal: ApiError = apiError('invalid_request', { details: secret })
    collector.texts.length = 0
    await sentOf((server) => {
      const headers = {
        authorization: `Bearer ${secret}`,
        traceparent: secret,
        tracestate: `vendor=${secret}`,
        cookie: secret,
      }
      const notes = {
        ...ANSWERED,
        model: secret,
        failure: new EngineError('protocol', secret, { engine: 'x' }).toApiError('m'),
      }
      server.ended(exchangeOf(notes, headers, secret), refusal, 0, 1)
      server.ended(exchangeOf(notes, headers, secret), undefined, 0, 1)
    })
    const text = collector.texts.join('\n')
    assert.match(text, /invalid_request/)
    assert.match(text, /gen_ai\.request\.model/)
    assert.ok(!text.includes(secret))
  })

  it('leaves out what health checks ask, and what is not sampled', async () => {
    const unsampled = { traceparent: `00-${TRACE}-${PARENT}-00` }
    const { spans, metrics } = await sentOf((server) => {
      assert.equal(server.ended(exchangeOf({ route: '/health' }, {}, 'GET'), undefined, 0, 1), undefined)
      assert.equal(server.ended(exchangeOf(ANSWERED, unsampled), undefined, 0, 1), TRACE)
    })
    assert.deepEqual([spans.length, metrics.length > 0], [0, true])
    const off = await sentOf((server) => void server.ended(exchangeOf(ANSWERED), undefined, 0, 1), {
      OTEL_TRACES_SAMPLER: 'always_off',
    })
    assert.equal(off.spans.length, 0)
  })

  it('counts what a collector does not take, and says so once', async () => {
    changes.length = 0
    collector.status = 400
    const { tracing, spans } = await sentOf((server) => {
      for (let count = 0; count < 3; count += 1) server.ended(exchangeOf(ANSWERED), undefined, 0, 1)
    })
    collector.status = 200
    assert.deepEqual([spans.length, changes.toSorted()], [0, ['metrics away', 'traces away']])
    assert.deepEqual(tracing.figures, { sentSpans: 0, droppedSpans: 9, failures: 2 })
  })

  it('does not wait for a collector that says nothing', async () => {
    collector.silent = true
    const waits: number[] = []
    const sleep = async (ms: number): Promise<void> => {
      waits.push(ms)
      await collector.holding()
    }
    const tracing = await openTracing(
      { OTEL_EXPORTER_OTLP_ENDPOINT: url },
      {
        clock: { now: () => 0, sleep },
        instance: 'gateway-1',
        onCollector: () => undefined,
      },
    )
    tracing?.ended(exchangeOf(ANSWERED), undefined, 0, 1)
    await tracing?.close()
    collector.release()
    assert.deepEqual(waits, [3000])
  })
})
