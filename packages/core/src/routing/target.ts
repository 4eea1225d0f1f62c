/** One engine of the configuration: its replicas, and how a request finds one of them. */

import type { Capabilities, GenerationRequest } from '../generation/index.ts'
import type { Replica } from './replica.ts'

/** How a replica is chosen among those that may be asked. */
export interface Balance {
  /** `replicas` is never empty. */
  choose(request: GenerationRequest, replicas: readonly Replica[], now: number): Replica
  /** A request has gone to this replica, whoever chose it. */
  sent(request: GenerationRequest, replica: Replica): void
}

export interface Target {
  /** The engine's name in the configuration. */
  readonly name: string
  readonly can: Capabilities
  /** False: it is not asked before what it is asked for is held on the disk. */
  readonly askAhead?: boolean
  /** May change while the server runs; requests that are under way keep the replica they have. */
  readonly replicas: readonly Replica[]
  readonly balance: Balance
}
