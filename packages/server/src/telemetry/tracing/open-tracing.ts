/** Tracing for a server whose environment names a collector; for any other, nothing is loaded. */

import type { Clock } from '@moonbase/core/generation'
import type { StartEnvironment } from '../../configuration/index.ts'
import type { Tracing } from './tracing.ts'
import { tracingSettings } from './tracing-settings.ts'

export interface TracingParts {
  readonly clock: Clock
  /** What no other process has: two that count under one name would look like one that jumps. */
  readonly instance: string
  /** Told when the collector stops taking what it is sent, and when it takes it again. */
  readonly onCollector: (signal: 'traces' | 'metrics', away: boolean) => void
}

/** @throws StartError for what the operator can mend */
export async function openTracing(environment: StartEnvironment, parts: TracingParts): Promise<Tracing | undefined> {
  const settings = tracingSettings(environment)
  if (settings === undefined) return undefined
  // The SDK is thirty times as much code as all telemetry of ours, and most servers have no collector.
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing(settings, parts)
}
