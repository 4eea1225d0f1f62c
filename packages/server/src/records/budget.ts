/** What a key or a project may spend. */

import type { Nano } from './money.ts'

/** How much a key or a project may spend. `month`: of the calendar, in UTC. */
export interface Budget {
  readonly amount: Nano
  readonly period: 'month' | 'total'
}
