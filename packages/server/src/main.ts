/** The composition root: configuration → keys → engines → app → listen. */

import { readFileSync } from 'node:fs'
import { approximateTokenCounter } from '@moonbase/core/generation'
import { apiError } from '@moonbase/protocol'
import { app } from './app.ts'
import { systemClock } from './clock.ts'
import { type StartArguments, type StartEnvironment, loadConfiguration, startLines } from './configuration/index.ts'
import { openEngines, openModels } from './engines.ts'
import { httpServer } from './http/http-server.ts'
import { openKeys, refusePublicListen } from './keys/index.ts'
import { routes } from './routes.ts'
import { openLog } from './telemetry/open-log.ts'

export interface ServeOptions {
  readonly arguments: StartArguments
  readonly environment: StartEnvironment
  /** Lines for the person who starts the server. */
  readonly print: (line: string) => void
}

export interface RunningServer {
  readonly url: string
  /** Stops accepting, lets running answers finish up to the configured limit, then ends them with an error. */
  close(): Promise<void>
  /** Resolves when the server has stopped. */
  readonly done: Promise<void>
}

/** After the limit, an answer that was told to stop gets this long to say so to its client. */
const FAREWELL_MS = 1000

/** Throws a `StartError` for what the operator can mend. */
export async function serve({ arguments: given, environment, print }: ServeOptions): Promise<RunningServer> {
  const configuration = loadConfiguration({
    arguments: given,
    environment,
    readFile: (path) => readFileSync(path),
    cwd: process.cwd(),
  })
  const keys = openKeys(configuration)
  refusePublicListen(configuration, keys)
  for (const line of startLines(configuration)) print(line)

  const log = openLog(configuration.log)
  const clock = systemClock
  const counter = approximateTokenCounter()
  const engines = await openEngines(configuration, { clock, counter })
  const models = openModels(configuration, engines)

  let stopping = false
  const handle = app(
    { keys: keys.ring, cors: configuration.cors, log, now: clock.now, ready: () => !stopping },
    routes({ models, counter, now: clock.now }),
  )
  const server = httpServer(handle, configuration.limits)
  const { host } = configuration.listen
  const port = await server.listen(host, configuration.listen.port)
  const done = Promise.withResolvers<void>()

  const stop = async (): Promise<void> => {
    stopping = true
    server.stopAccepting()
    await within(server.idle(), configuration.limits.shutdownMs)
    server.abortAll(apiError('shutting_down'))
    await within(server.idle(), FAREWELL_MS)
    await server.close()
    await Promise.all([...engines.values()].map((engine) => engine.close()))
    log.flush()
  }

  let stopped: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close() {
      stopped ??= stop().then(done.resolve, done.reject)
      return stopped
    },
    done: done.promise,
  }
}

/** Waits for the promise, but not longer than `ms`. */
async function within(promise: Promise<void>, ms: number): Promise<void> {
  const limit = new AbortController()
  const late = systemClock.sleep(ms, limit.signal).catch(() => undefined)
  await Promise.race([promise, late])
  limit.abort()
}
