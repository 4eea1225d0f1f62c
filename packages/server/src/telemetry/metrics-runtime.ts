/** The process itself, under the names that dashboards for Node know: memory, event loop, garbage collection, descriptors. */

import { readdir } from 'node:fs/promises'
import { type PerformanceEntry, PerformanceObserver, constants } from 'node:perf_hooks'
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import description from '../../package.json' with { type: 'json' }
import { lacksDescriptor } from '../http/lacks-descriptor.ts'

/**
 * Of the default metrics these are left out. The first six walk over everything that is open for each scrape, on the event
 * loop; descriptors are counted beside it below. The last one sees only the first of the collections that are reported
 * together (prom-client 15.1.3), and cannot be stopped.
 */
const LEFT_OUT = [
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'process_open_fds',
  'nodejs_gc_duration_seconds',
]

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

export interface RuntimeMetrics {
  /** In the text format of Prometheus. */
  text(): Promise<string>
  /** Stops watching. */
  close(): void
}

export function runtimeMetrics(): RuntimeMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of LEFT_OUT) registry.removeSingleMetric(name)
  addDescriptors(registry)
  addBuildInfo(registry)
  const collections = watchCollections(registry)
  return { text: () => registry.metrics(), close: () => collections.disconnect() }
}

/** Only Linux tells. */
function addDescriptors(registry: Registry): void {
  if (process.platform !== 'linux') return
  const descriptors = new Gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    registers: [],
    async collect() {
      try {
        const names = await readdir('/proc/self/fd')
        // Less the one that reads them.
        this.set(names.length - 1)
      } catch (error) {
        // None is left to look with: the page is wanted all the more, and says nothing of them.
        if (!lacksDescriptor(error)) throw error
        this.remove()
      }
    },
  })
  registry.registerMetric(descriptors)
}

function addBuildInfo(registry: Registry): void {
  new Gauge({
    name: 'moonbase_build_info',
    help: 'Always 1; the labels say what is running.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: description.version, node: process.versions.node }, 1)
}

function watchCollections(registry: Registry): PerformanceObserver {
  const durations = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collection duration by kind: major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers: [registry],
  })
  const observer = new PerformanceObserver((list) => {
    for (const collection of list.getEntries()) {
      durations.observe({ kind: kindOf(collection) }, collection.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return observer
}

/** The types know no detail. */
function kindOf(collection: PerformanceEntry): string {
  const detail: unknown = 'detail' in collection ? collection.detail : undefined
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : undefined
  return GC_KINDS[Number(kind)] ?? 'other'
}
