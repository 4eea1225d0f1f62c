/** The composition root: configuration → keys → store → engines → app → listen. */

import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { wordsToTell } from '@moonbase/core/generation'
import { Watchdog, resume } from '@moonbase/core/routing'
import { type ApiError, apiError, errorBody } from '@moonbase/protocol'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import { unwrapProxied } from './apis/cloudflare/proxied-call.ts'
import { Hints } from './apis/hints.ts'
import { listenUrl } from './apis/own-address.ts'
import { serveApis } from './apis/serve-apis.ts'
import { systemClock, within } from './clock.ts'
import { StartError, loadConfiguration, startLines } from './configuration/index.ts'
import { openRecording } from './engines/engine-specs.ts'
import { EngineRegistry } from './engines/engine-registry.ts'
import { Reloads } from './reload/reloads.ts'
import type { RefusalBody } from './http/broken-request.ts'
import { lookOnce } from './discovery/look-once.ts'
import { httpServer } from './http/http-server.ts'
import type { HttpServer } from './http/http-server-options.ts'
import { JSON_TYPE } from './http/send-json.ts'
import { whyNotListening } from './http/why-not-listening.ts'
import { firstStartLines, openKeys } from './credentials/open-keys.ts'
import { refusePublicListen } from './credentials/public-listen.ts'
import { LocalInference } from './inference/inference-service.ts'
import { measureMedia } from './inference/resolvers/measure-media.ts'
import { openApis } from './open-apis.ts'
import { IdlePings } from './streams/idle-pings.ts'
import { StreamStore } from './streams/stream-store.ts'
import { logRequest } from './telemetry/log-request.ts'
import type { Exchange } from './http/exchange.ts'
import { PlatformMetrics } from './telemetry/metrics-platform.ts'
import { RepairMetrics } from './telemetry/metrics-repairs.ts'
import { openMetrics } from './telemetry/metrics.ts'
import { openLog } from './telemetry/open-log.ts'
import { openTracing } from './telemetry/tracing/open-tracing.ts'
import { openShares } from './open-shares.ts'
import { openPlatform } from './open-platform.ts'
import { openResponses } from './open-responses.ts'
import { engineFacts, openWeb } from './open-web.ts'
import type { RunningServer, ServeOptions } from './serve-options.ts'
import { openTokenizer } from './tokenizer/index.ts'
import { filesOf, wideLine } from './configuration/file-modes.ts'

export type { EmbeddedServices, RunningServer, ServeOptions } from './serve-options.ts'

/** After the limit, an answer that was told to stop gets this long to say so to its client. */
const FAREWELL_MS = 1000

/** Long answers take their time, and one that hangs is ended by the limits of routing. This one is for what they let pass. */
const DRAIN_MS = 3_600_000

/** Throws a `StartError` for what the operator can mend. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { arguments: given, environment, print, record, drainMs = DRAIN_MS } = options
  const look = lookOnce(options.places)
  const load = () => loadConfiguration({ arguments: given, environment, look })
  const configuration = await load()
  const { listen, limits } = configuration
  const keys = openKeys(configuration)
  refusePublicListen(configuration, keys)
  for (const line of startLines(configuration)) print(line)
  if (keys.firstStart !== undefined) for (const line of firstStartLines(keys.firstStart)) print(line)

  const clock = systemClock
  const tokenizer = await openTokenizer(configuration, limits.shares.promptsWaiting)
  const { counter } = tokenizer
  const log = await openLog(configuration.log)
  const note = (problem: string): void => log.log.error({ recording: record }, problem)
  const secrets: string[] = []
  const recording = record === undefined ? undefined : await openRecording(resolve(record), secrets, clock, note)
  if (recording !== undefined) print(recording.startLine)
  // A half-written answer is told apart from what users wrote by ids; an approximation has the wrong ones.
  const ids = tokenizer.description.exact ? { tokenizer: tokenizer.tokenizer() } : {}
  const tracing = await openTracing(environment, {
    clock,
    instance: randomUUID(),
    onCollector: (signal, away) =>
      log.log.warn({ signal, away }, away ? 'the collector is away' : 'the collector is back'),
  })
  if (tracing !== undefined) print(tracing.startLine)
  const platformMetrics = new PlatformMetrics({
    limiter: () => platform.limiter.figures,
    waiting: () => platform.queue.length,
    store: () => platform.store.figures,
    unsettled: () => platform.open.unsettled,
    guesses: () => platform.throttle,
    tracing: () => tracing?.figures,
    shares: () => ({ ...server.figures, overload: shares.guard.overload, refused: shares.guard.refused }),
  })
  const platform = await openPlatform(configuration, {
    clock,
    log: log.log,
    print,
    onRefusal: (code, cause) => platformMetrics.admission.refused(code, cause),
    onAhead: (outcome) => platformMetrics.admission.askedAhead(outcome),
    onWaited: (ms) => platformMetrics.admission.waited(ms),
    onReasoning: platformMetrics.reasoning.count,
  })
  // Its threads and connections would keep a process alive that has nothing to do.
  const closeAndThrow = async (error: unknown): Promise<never> => {
    await platform.close()
    throw error
  }
  const wide = wideLine(configuration.dataFolder, filesOf(configuration.store))
  if (wide !== undefined) print(wide)
  await platform.prepareKeys(keys).catch(closeAndThrow)
  platform.useKeys(keys)
  const repairs = new RepairMetrics()
  const onRepair = (engine: string): ReturnType<RepairMetrics['of']> => repairs.of(engine)
  // An engine that can be asked is worth more than a stranger who may ask something.
  let opened: HttpServer | undefined
  const onNoDescriptor = (): void => opened?.relieve()
  const opening = { clock, counter, recording, secrets, onRepair, onNoDescriptor, ...ids }
  const registry = await EngineRegistry.open(configuration, {
    engines: opening,
    clock,
    random: Math.random,
    log: log.log,
    drainMs,
  }).catch(closeAndThrow)
  const engines = [...registry.engines]
  // Models that are all counted by their own engines have no need of another vocabulary.
  if (engines.some(([, { target }]) => target.replicas.some(({ engine }) => engine.counter === undefined))) {
    print(tokenizer.startLine)
  }
  for (const [name, { recorded }] of engines) {
    if (recorded !== undefined) print(`engine ${name}: has recorded answers of ${[...recorded].join(', ')}`)
  }
  const shares = openShares(configuration)
  const watchdog = new Watchdog(clock)
  const streams = new StreamStore(clock)
  const routing = { clock, watchdog, random: Math.random, wordsToTell, resume }

  const now = (): number => clock.now()
  let stopping = false
  const { models } = registry
  const metrics = openMetrics({ models, repairs, platform: platformMetrics, now })
  const { accounts, admin, store } = platform
  const ready = (): boolean => !stopping
  const lenientHeader = (): boolean => reloads.configuration.allowLenientHeader
  const web = openWeb(configuration.web, {
    documents: store.documents,
    accounts,
    throttle: platform.throttle,
    keys: keys.configured,
    now,
    page: options.page,
  })
  const hints = new Hints({ models, lenientHeader, fetchesImages: configuration.outgoing.imageUrls })
  const serving = {
    throttle: platform.throttle,
    ...(web.sessions === undefined ? {} : { sessions: web.sessions }),
    cors: configuration.cors,
    now,
    ready,
    hint: (refusal: ApiError, exchange: Exchange) => hints.tell(refusal, exchange),
    overload: () => shares.guard.refusal(),
    began: () => metrics.requests.began(),
    ended(exchange: Exchange, refusal: ApiError | undefined, beganAt: number, elapsedMs: number) {
      metrics.requests.ended(exchange.notes, refusal, elapsedMs)
      const trace = tracing?.ended(exchange, refusal, beganAt, elapsedMs)
      logRequest(log, exchange, refusal, elapsedMs, trace)
    },
  }
  const local = new LocalInference({
    models,
    routing,
    counter,
    resolvers: [platform.reasoning.resolver, shares.images, measureMedia(shares.media.measure)],
    schemas: mfjsRules,
    admission: platform.admission,
    ledger: store.ledger,
    open: platform.open,
    contents: store.contents,
    observer: {
      settled: (told, currency) => platformMetrics.ledger.settled(told, currency),
      ran: (facts, complete, elapsedMs) => metrics.runs.ran(facts, complete, elapsedMs),
    },
    now,
  })
  const inference = platform.reasoning.keeping(local)
  const pings = new IdlePings(clock)
  const openStreams = metrics.requests
  const { parsing, estimates, extraction } = shares
  const spoken = { accounts, models, inference, streams, ledger: store.ledger, openStreams, clock, pings }
  const services = { ...spoken, lenientHeader, parsing, estimates, documents: store.documents }
  const closeAll = async (error: unknown): Promise<never> => {
    // It would go on asking engines how they are.
    await registry.close()
    return closeAndThrow(error)
  }
  const keepDays = (): number => reloads.configuration.responses.keepDays
  const keeping = { clock, log: log.log, inMemory: configuration.store.kind === 'none', keepDays }
  const responses = await openResponses(store.documents, keeping).catch(closeAll)
  let { port } = listen
  const apis = openApis({
    moonshot: services,
    anthropic: services,
    oxen: { ...services, usage: store.usage },
    responses: { ...services, ...responses },
    cloudflare: { ...services, extraction, counter, through: platform.gateways },
    aiGateway: { ...services, through: platform.gateways, ownUrl: () => listenUrl(listen.host, port) },
    admin,
    probes: { ready, trouble: () => platform.trouble() },
    metrics: {
      metrics,
      findAdmin: (key) => accounts.findAdmin(key),
      isOpen: () => reloads.configuration.metrics.open,
    },
  })
  const webServices = {
    ...services,
    usage: store.usage,
    limiter: platform.limiter,
    now,
    engineOf: (name: string) => engineFacts(reloads.configuration, name),
  }
  const serveCall = serveApis(serving, [...apis, ...web.apis(webServices), ...(options.apis?.(services) ?? [])])
  const handle = (exchange: Exchange): Promise<void> => serveCall(unwrapProxied(exchange))
  const reloads = new Reloads({ configuration, load, registry, serving, log: log.log, platform })
  const server = httpServer(handle, {
    limits: shares.http,
    trustedProxies: listen.trustedProxies,
    refusalBody,
  })
  opened = server
  port = await server.listen(listen.host, listen.port).catch((error: unknown) => {
    const words = `cannot listen on ${listen.host}:${listen.port}: ${whyNotListening(error)}`
    return closeAll(new StartError(words, error))
  })

  const done = Promise.withResolvers<void>()
  const stop = async (): Promise<void> => {
    stopping = true
    reloads.close()
    server.stopAccepting()
    await within(server.idle(), reloads.configuration.limits.shutdownMs)
    server.abortAll(apiError('shutting_down'))
    const detached = streams.close(apiError('shutting_down'))
    await within(Promise.all([server.idle(), detached]), FAREWELL_MS)
    await server.close()
    watchdog.close()
    pings.close()
    responses.background.close()
    metrics.close()
    await tracing?.close()
    await Promise.all([registry, tokenizer, shares].map((part) => part.close()))
    await platform.close()
    if (recording !== undefined) print(await recording.close())
    await log.close()
  }

  let stopped: Promise<void> | undefined
  return {
    url: listenUrl(listen.host, port),
    entryUrl: () => web.entryUrl(listenUrl(listen.host, port)),
    reload: () => reloads.reload(),
    close() {
      stopped ??= stop().then(done.resolve, done.reject)
      return stopped
    },
    done: done.promise,
  }
}

/** What is no request has no path and so no API: it is refused as the platform did. */
function refusalBody(error: ApiError): RefusalBody {
  return { contentType: JSON_TYPE, body: JSON.stringify(errorBody(error)) }
}
