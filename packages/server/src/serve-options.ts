/** What a server is started with, and what whoever starts it gets. */

import type { MoonshotServices } from './apis/moonshot/moonshot-api.ts'
import type { MountedApi } from './apis/serve-apis.ts'
import type { StartArguments, StartEnvironment } from './configuration/index.ts'
import type { Places } from './discovery/look-once.ts'
import type { Documents } from './documents/documents.ts'
import type { ReloadReport } from './reload/reloads.ts'

/** What an API is made of: the way to an answer, and where small things are kept. */
export interface EmbeddedServices extends MoonshotServices {
  readonly documents: Documents
}

export interface ServeOptions {
  readonly arguments: StartArguments
  readonly environment: StartEnvironment
  /** Lines for the person who starts the server. */
  readonly print: (line: string) => void
  /** Everything that engines answer goes into a new file at this path. */
  readonly record?: string
  /** APIs of whoever embeds the server, beside its own, made of the same services. */
  readonly apis?: (services: EmbeddedServices) => readonly MountedApi[]
  /**
   * Where a start that is told nothing looks for engines on this machine; it does not without this. `MOONBASE_UPSTREAM=auto`
   * looks here too, else in the usual places.
   */
  readonly places?: Places
  /** How long answers may go on at a replica that a reload has taken away. */
  readonly drainMs?: number
  /** The folder of another page than the workbench that is built. */
  readonly page?: string
}

export interface RunningServer {
  readonly url: string
  /** An address that lets a person of this machine into the workbench, once, within ten minutes; `undefined` where none is served. */
  entryUrl(): string | undefined
  /**
   * Reads the configuration again, with the arguments and the environment of the start, and follows it without dropping an
   * answer. Throws a `StartError` for what the operator can mend, and nothing has changed then.
   */
  reload(): Promise<ReloadReport>
  /** Stops accepting, lets running answers finish up to the configured limit, then ends them with an error. */
  close(): Promise<void>
  /** Resolves when the server has stopped. */
  readonly done: Promise<void>
}
