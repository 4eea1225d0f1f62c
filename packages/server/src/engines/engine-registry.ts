/**
 * The engines of a running server. A change is made as a whole or not at all: everything new is opened first, then in one
 * step routes and lists are other ones, and only then what is gone is drained and closed.
 */

import type { Clock } from '@moonbase/core/generation'
import { type ModelTable, type Replica, drain, watchHealth } from '@moonbase/core/routing'
import type { Logger } from 'pino'
import { type Configuration, StartError } from '../configuration/index.ts'
import { type EngineSpec, type EngineParts, engineSpecs } from './engine-specs.ts'
import { engineChanges, modelChanges } from './registry-changes.ts'
import { RegisteredEngine, type ListChange, type OpenReplica } from './registered-engine.ts'
import { ModelRoutes, policyOf } from './model-routes.ts'

export interface EngineRegistryParts {
  readonly engines: EngineParts
  readonly clock: Clock
  /** From 0 up to, but without, 1. */
  readonly random: () => number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** How long answers may go on at a replica that is gone, in milliseconds. */
  readonly drainMs: number
}

/** What a new configuration makes of one engine. */
interface Plan {
  readonly engine: RegisteredEngine
  readonly spec: EngineSpec
  /** Absent for an engine that was opened for this plan. */
  readonly change: ListChange | undefined
}

export class EngineRegistry {
  readonly #parts: EngineRegistryParts
  readonly #routes = new ModelRoutes()
  readonly #engines = new Map<string, RegisteredEngine>()
  /** Replicas that are gone and still answer somebody. */
  readonly #leaving = new Set<Promise<void>>()
  /** Fires when the server stops. */
  readonly #end = new AbortController()
  #configuration: Configuration | undefined
  #watch: { readonly everyMs: number; readonly stop: AbortController } | undefined

  /** @throws StartError when an engine can not be opened */
  static async open(configuration: Configuration, parts: EngineRegistryParts): Promise<EngineRegistry> {
    const registry = new EngineRegistry(parts)
    await registry.apply(configuration)
    return registry
  }

  private constructor(parts: EngineRegistryParts) {
    this.#parts = parts
  }

  get models(): ModelTable {
    return this.#routes.table
  }

  /** By name, as it is now: a map that changes with the configuration. */
  get engines(): ReadonlyMap<string, RegisteredEngine> {
    return this.#engines
  }

  /**
   * One at a time. Engines of which nothing changed stay as they are, with their breakers and all that they know; requests
   * that are under way stay where they are.
   *
   * @returns what is different now, in lines for people
   * @throws StartError when an engine can not be opened: then nothing has changed
   */
  async apply(configuration: Configuration): Promise<string[]> {
    const before = this.#configuration
    const plans = await this.#prepare(configuration)
    if (this.#end.signal.aborted) {
      await closeOpened(plans)
      throw new StartError('the server is stopping')
    }
    const leaving: OpenReplica[] = []
    const lines = [...engineChanges(this.#engines, plans), ...modelChanges(before, configuration)]
    for (const [name, engine] of this.#engines) {
      if (!plans.some((plan) => plan.engine === engine)) leaving.push(...engine.members)
      this.#engines.delete(name)
    }
    for (const { engine, change } of plans) {
      this.#engines.set(engine.target.name, engine)
      leaving.push(...(change?.commit() ?? []))
    }
    this.#routes.replace(configuration, this.#engines)
    this.#configuration = configuration
    for (const member of leaving) this.#take(member)
    this.#watchHealth(configuration.routing.healthEveryMs)
    return lines
  }

  /** Closes every engine; whatever still runs there ends with a failure. */
  async close(): Promise<void> {
    this.#end.abort()
    const members = [...this.#engines.values()].flatMap((engine) => engine.members)
    await Promise.all([...this.#leaving, ...members.map(({ engine }) => engine.close())])
  }

  /** Opens what is new. When that fails, nothing of it stays open. */
  async #prepare(configuration: Configuration): Promise<Plan[]> {
    const specs = await engineSpecs(configuration, this.#parts.engines)
    const plans: Plan[] = []
    try {
      for (const [name, spec] of specs) {
        const present = this.#engines.get(name)
        if (present?.canBecome(spec) === true) {
          plans.push({ engine: present, spec, change: await present.prepare(spec) })
        } else {
          const { breaker } = policyOf(spec, configuration)
          const engine = await RegisteredEngine.open(name, spec, breaker, this.#parts.random)
          plans.push({ engine, spec, change: undefined })
        }
      }
    } catch (error) {
      await closeOpened(plans)
      throw error
    }
    return plans
  }

  #take(member: OpenReplica): void {
    const leaving = this.#drain(member).finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  /** Never rejects. */
  async #drain({ engine, replica, place }: OpenReplica): Promise<void> {
    const { clock, drainMs, log } = this.#parts
    const about = { engine: engine.name, place }
    const late = new AbortController()
    const over = new AbortController()
    const end = (): void => over.abort()
    this.#end.signal.addEventListener('abort', end)
    // However the sleep ends, the waiting ends with it.
    const limit = clock.sleep(drainMs, over.signal).then(
      () => late.abort(),
      () => late.abort(),
    )
    if (this.#end.signal.aborted) end()
    try {
      const idle = await drain(replica, late.signal)
      if (!idle && !this.#end.signal.aborted) {
        log.warn(
          { ...about, running: replica.running },
          'answers of a replica that is gone are ended: they took too long',
        )
      }
      await engine.close()
      log.info(about, 'a replica that is gone is closed')
    } catch (error) {
      log.error({ ...about, error }, 'a replica that is gone could not be closed')
    } finally {
      this.#end.signal.removeEventListener('abort', end)
      end()
      await limit
    }
  }

  #watchHealth(everyMs: number): void {
    if (this.#watch?.everyMs === everyMs) return
    this.#watch?.stop.abort()
    const stop = new AbortController()
    this.#watch = { everyMs, stop }
    // Nobody looks any more: what the last look said must not stand for ever.
    if (everyMs === 0) for (const replica of this.#probed()) replica.healthy = true
    if (everyMs === 0) return
    const { clock, random, log } = this.#parts
    const signal = AbortSignal.any([stop.signal, this.#end.signal])
    watchHealth(() => this.#probed(), {
      everyMs,
      clock,
      random,
      signal,
      onChange: ({ engine, draining }, health) => {
        if (draining) return
        if (health.ok) log.info({ engine: engine.name }, 'a replica is well again')
        else log.warn({ engine: engine.name, reason: health.reason }, 'a replica is ill')
      },
    }).catch((error: unknown) => log.error({ error }, 'the watch over the health of replicas has ended'))
  }

  /** A script has no health. */
  #probed(): Replica[] {
    const engines = [...this.#engines.values()].filter(({ scripted }) => !scripted)
    return engines.flatMap(({ target }) => target.replicas)
  }
}

async function closeOpened(plans: readonly Plan[]): Promise<void> {
  const opened = plans.flatMap(({ engine, change }) => change?.opened ?? engine.members)
  await Promise.all(opened.map(({ engine }) => engine.close()))
}
