/** Which engines stand in for a model: what they say was written or recorded before. Whoever shows their answers says so. */

import type { EngineConfiguration } from './configuration.ts'

export function runsNoModel({ type }: EngineConfiguration): boolean {
  return type === 'offline' || type === 'replay'
}
