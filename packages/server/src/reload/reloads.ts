/** Reads the configuration again and makes a running server follow it: all of it that can be changed now, or nothing. */

import { type Configuration, StartError } from '../configuration/index.ts'
import { firstStartLines, openKeys } from '../credentials/open-keys.ts'
import { refusePublicListen } from '../credentials/public-listen.ts'
import { fixedChanges, withFixed } from './fixed-settings.ts'
import type { EngineRegistry } from '../engines/engine-registry.ts'
import type { Platform } from '../open-platform.ts'
import { refuseFallback } from './refuse-fallback.ts'
import { settingChanges } from './setting-changes.ts'

/** Lines for people; none of them holds a secret, but those of keys that were just made. */
export interface ReloadReport {
  /** What is different now. */
  readonly changed: readonly string[]
  /** Settings that were changed and hold from the next start on, such as `listen.port`. */
  readonly needsRestart: readonly string[]
  /** What the operator should know, and was not told before. */
  readonly notes: readonly string[]
}

interface ReloadParts {
  /** Of the start. */
  readonly configuration: Configuration
  /** @throws StartError with a line for each mistake */
  readonly load: () => Promise<Configuration>
  readonly registry: Pick<EngineRegistry, 'apply'>
  /** Requests look here anew each time. */
  readonly serving: { cors: Configuration['cors'] }
  readonly log: { level: string }
  readonly platform: Pick<Platform, 'prepareKeys' | 'useKeys'>
}

export class Reloads {
  readonly #parts: ReloadParts
  /** Which is followed now. */
  #configuration: Configuration
  #running: Promise<ReloadReport> | undefined
  /** Begins when the running one has ended; everybody who asks meanwhile waits for this one. */
  #next: Promise<ReloadReport> | undefined
  #closed = false

  constructor(parts: ReloadParts) {
    this.#parts = parts
    this.#configuration = parts.configuration
  }

  get configuration(): Configuration {
    return this.#configuration
  }

  /** One at a time. @throws StartError for what the operator can mend: nothing has changed then */
  reload(): Promise<ReloadReport> {
    if (this.#running === undefined) return this.#run()
    // It may have read its file before the last change, so another one follows.
    this.#next ??= this.#running.then(ignore, ignore).then(() => {
      this.#next = undefined
      return this.#run()
    })
    return this.#next
  }

  /** The server stops: nothing is changed any more. */
  close(): void {
    this.#closed = true
  }

  #run(): Promise<ReloadReport> {
    const running = this.#reload().finally(() => (this.#running = undefined))
    this.#running = running
    return running
  }

  async #reload(): Promise<ReloadReport> {
    this.#assertOpen()
    const before = this.#configuration
    const { load, registry, serving, log, platform } = this.#parts
    const read = await load()
    refuseFallback(before, read)
    const after = withFixed(read, before)
    const keys = openKeys(after)
    refusePublicListen(after, keys)
    this.#assertOpen()
    await platform.prepareKeys(keys)
    this.#assertOpen()
    const changed = await registry.apply(after)
    platform.useKeys(keys)
    serving.cors = after.cors
    log.level = after.log.level
    this.#configuration = after
    const made = keys.firstStart === undefined ? [] : firstStartLines(keys.firstStart)
    return {
      changed: [...changed, ...settingChanges(before, after)],
      needsRestart: fixedChanges(before, read),
      notes: [...made, ...after.notes.filter((note) => !before.notes.includes(note))],
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new StartError('the server is stopping')
  }
}

function ignore(): void {}
