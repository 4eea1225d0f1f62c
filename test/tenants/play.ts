/** One row of the table: a server alone with the other tenant, and then with a hostile one beside. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../chaos/child.ts'
import type { AttackName } from './attacks.ts'
import { startServerUnderAttack } from './server-under-attack.ts'
import { ASKED, type Asked, type Measured, Tenant } from './tenant.ts'

export interface Row {
  readonly attack: AttackName
  /** Medians, in milliseconds: alone, and beside the attack. */
  readonly alone: Readonly<Record<Asked, number>>
  readonly beside: Readonly<Record<Asked, number>>
  /** The slowest of ten, beside the attack. */
  readonly slow: Readonly<Record<Asked, number>>
  readonly peakMb: number
  readonly failures: readonly string[]
}

/** Until an attack has what it wants: a gigabyte takes a second to be sent. */
const TO_BEGIN_MS = 2000
const WARM_UP = 10

export async function play(attack: AttackName, rounds: number): Promise<Row> {
  const server = await startServerUnderAttack()
  const tenant = new Tenant(server.url, server.other.key, server.pid)
  const withVideo = attack === 'video bombs'
  try {
    await tenant.measure(WARM_UP, withVideo)
    const alone = await tenant.measure(rounds, withVideo)
    const hostile = new Child(new URL('./hostile-process.ts', import.meta.url), [
      server.url,
      server.hostile.key,
      attack,
    ])
    try {
      await hostile.next('begun')
      await sleep(TO_BEGIN_MS)
      const beside = await tenant.measure(rounds, withVideo)
      return {
        attack,
        alone: quantiles(alone, 0.5),
        beside: quantiles(beside, 0.5),
        slow: quantiles(beside, 0.9),
        peakMb: server.peakMb(),
        failures: [...alone.failures, ...beside.failures],
      }
    } finally {
      await hostile.end()
    }
  } finally {
    tenant.close()
    await server.close()
  }
}

function quantiles({ times }: Measured, share: number): Record<Asked, number> {
  const at = (all: readonly number[]): number => all[Math.floor(all.length * share)] ?? Number.NaN
  const [health, chat, estimate] = ASKED.map((asked) => at(times[asked]))
  return { health: health ?? 0, chat: chat ?? 0, estimate: estimate ?? 0 }
}
