/** OpenTelemetry's SDK, put together: the only file that loads it, itself loaded only where a collector is named. */

import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { type Resource, defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import description from '../../../package.json' with { type: 'json' }
import type { TracingParts } from './open-tracing.ts'
import { RequestMeasures } from './request-measures.ts'
import { RequestSpans } from './request-spans.ts'
import { SpanQueue } from './span-queue.ts'
import type { Tracing } from './tracing.ts'
import type { Collector, TracingSettings } from './tracing-settings.ts'

/** How long one export is tried, repetitions included. */
const EXPORT_MS = 5_000
/** What has not been taken then is lost: a collector that is away must not keep a server from ending. */
const FAREWELL_MS = 3_000
/** Names of upstream models are the longest of what is told. */
const LONGEST_VALUE = 256

const SCOPE = 'moonbase'

export function startTracing(settings: TracingSettings, { clock, instance, onCollector }: TracingParts): Tracing {
  const resource = defaultResource().merge(
    resourceFromAttributes({
      'service.version': description.version,
      'service.instance.id': instance,
      ...settings.resource,
    }),
  )
  let failures = 0
  const watch = (signal: 'traces' | 'metrics'): ((taken: boolean) => void) => {
    let away = false
    return (taken) => {
      if (!taken) failures += 1
      if (away !== taken) return
      away = !taken
      onCollector(signal, away)
    }
  }
  const traces = settings.traces && openTraces(settings.traces, settings.sampler, resource, watch('traces'))
  const metrics =
    settings.metrics && openMeasures(settings.metrics, settings.metricsEveryMs, resource, watch('metrics'))

  const closeAll = async (): Promise<void> => {
    // What fails then has been counted.
    await Promise.allSettled([traces?.provider.shutdown(), metrics?.provider.shutdown()])
  }
  return {
    ended(exchange, refusal, beganAt, elapsedMs) {
      const request = { exchange, refusal, beganAt, elapsedMs }
      metrics?.measures.ended(request)
      return traces?.spans.ended(request)
    },
    get figures() {
      return { sentSpans: traces?.queue.sent ?? 0, droppedSpans: traces?.queue.dropped ?? 0, failures }
    },
    startLine: startLineOf(settings),
    async close() {
      const limit = new AbortController()
      const late = clock.sleep(FAREWELL_MS, limit.signal).catch(() => undefined)
      await Promise.race([closeAll(), late])
      limit.abort()
    },
  }
}

interface OpenTraces {
  readonly provider: TracerProvider
  readonly queue: SpanQueue
  readonly spans: RequestSpans
}

function openTraces(
  collector: Collector,
  sampler: TracingSettings['sampler'],
  resource: Resource,
  onResult: (taken: boolean) => void,
): OpenTraces {
  const queue = new SpanQueue(new OTLPTraceExporter(exporterOf(collector)), onResult)
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(sampler),
    spanProcessors: [queue],
    spanLimits: { attributeValueLengthLimit: LONGEST_VALUE },
  })
  return { provider, queue, spans: new RequestSpans(provider.getTracer(SCOPE, description.version)) }
}

interface OpenMeasures {
  readonly provider: MeterProvider
  readonly measures: RequestMeasures
}

function openMeasures(
  collector: Collector,
  everyMs: number,
  resource: Resource,
  onResult: (taken: boolean) => void,
): OpenMeasures {
  const exporter = new WatchedMetricExporter(collector, onResult)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: Math.min(everyMs, EXPORT_MS),
  })
  const provider = new MeterProvider({ resource, readers: [reader] })
  return { provider, measures: new RequestMeasures(provider.getMeter(SCOPE, description.version)) }
}

/** What it could not send is not lost: the next sums include it. */
class WatchedMetricExporter extends OTLPMetricExporter {
  readonly #onResult: (taken: boolean) => void

  constructor(collector: Collector, onResult: (taken: boolean) => void) {
    super(exporterOf(collector))
    this.#onResult = onResult
  }

  override export(...[metrics, done]: Parameters<OTLPMetricExporter['export']>): void {
    super.export(metrics, (result) => {
      this.#onResult(result.error === undefined)
      done(result)
    })
  }
}

function exporterOf({ url, headers }: Collector): {
  url: string
  headers: Record<string, string>
  timeoutMillis: number
} {
  return { url, headers: { ...headers }, timeoutMillis: EXPORT_MS }
}

function samplerOf({ parentBased, root, ratio }: TracingSettings['sampler']): Sampler {
  const own = rootSampler(root, ratio)
  return parentBased ? new ParentBasedSampler({ root: own }) : own
}

function rootSampler(root: TracingSettings['sampler']['root'], ratio: number): Sampler {
  switch (root) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio)
  }
}

/** Without what may be secret in an address. */
function startLineOf({ traces, metrics }: TracingSettings): string {
  const told = [traces && `traces to ${new URL(traces.url).host}`, metrics && `metrics to ${new URL(metrics.url).host}`]
  return `opentelemetry: ${told.filter((part) => part !== undefined).join(', ')}`
}
