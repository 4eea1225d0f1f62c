/** The platform around the model: store, accounts, limits and admission, opened together and closed in order. */

import { randomBytes } from 'node:crypto'
import type { Clock } from '@moonbase/core/generation'
import { Directory } from './accounts/directory.ts'
import type { AdminServices } from './apis/admin/operation.ts'
import { AdmissionControl, type AdmissionParts } from './admission/admission-control.ts'
import type { Limiter } from './admission/limiter.ts'
import { openLimiter } from './admission/open-limiter.ts'
import { RequestQueue } from './admission/request-queue.ts'
import type { Configuration } from './configuration/index.ts'
import type { Keys } from './credentials/open-keys.ts'
import { type GatewayServices, openGateways } from './gateways/open-gateways.ts'
import { OpenSettlements } from './inference/open-settlements.ts'
import { type OpenReasoning, openReasoning } from './inference/resolvers/open-reasoning.ts'
import type { ReasoningStoreParts } from './inference/resolvers/reasoning-parts.ts'
import { LoginThrottle } from './keys/login-throttle.ts'
import { giveDevelopmentVoucher } from './ledger/development-voucher.ts'
import { NightlyAudit } from './ledger/nightly-audit.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import type { OpenLog } from './telemetry/open-log.ts'

export interface PlatformParts {
  readonly clock: Clock
  readonly log: OpenLog['log']
  /** Lines for the person who starts the server. */
  readonly print: (line: string) => void
  /** For metrics: why a request was not let in. */
  readonly onRefusal: AdmissionParts['onRefusal']
  readonly onAhead: AdmissionParts['onAhead']
  readonly onWaited: (ms: number) => void
  /** What became of thoughts that were to be kept, or to be put back. */
  readonly onReasoning: ReasoningStoreParts['count']
}

export interface Platform {
  readonly store: Store
  readonly accounts: Directory
  readonly limiter: Limiter
  readonly queue: RequestQueue
  readonly admission: AdmissionControl
  /** What is under way and not settled. */
  readonly open: OpenSettlements
  readonly throttle: LoginThrottle
  readonly reasoning: OpenReasoning
  readonly gateways: GatewayServices
  /** Why nothing can be answered now. */
  trouble(): Promise<string | undefined>
  /** What operators work with. */
  readonly admin: AdminServices
  /** Whoever configured keys belong to is there and can pay. @throws StartError, and nothing has changed then */
  prepareKeys(keys: Keys): Promise<void>
  /** From now on these are the configured keys. To be called when they are prepared. */
  useKeys(keys: Keys): void
  /** To be called when no request runs any more. */
  close(): Promise<void>
}

/** @throws StartError */
export async function openPlatform(configuration: Configuration, parts: PlatformParts): Promise<Platform> {
  const { clock, log, print, onRefusal, onAhead, onWaited, onReasoning } = parts
  const now = (): number => clock.now()
  // No other process has this name, nor had it.
  const gateway = randomBytes(12).toString('hex')
  const store = await openStore(configuration, clock, (problem, cause) => log.error({ reason: String(cause) }, problem))
  const { settled, released } = store.recovered
  if (settled + released > 0) {
    print(
      `accounts: ${settled + released} requests were under way when the last server ended; ${settled} were charged as far as they had come, ${released} are free`,
    )
  }
  const accounts = await Directory.open({
    store: store.accounts,
    now,
    random: randomBytes,
    onProblem: (problem, cause) => log.error({ reason: String(cause) }, problem),
  }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const limiter = await openLimiter(configuration.limits, clock, gateway, (degraded, cause) => {
    if (degraded) log.error({ reason: cause?.message, fail: configuration.limits.fail }, 'the store of limits is away')
    else log.info('the store of limits is back')
  })
  const queue = new RequestQueue({ limiter, clock, onWaited })
  const { ledger, usage, contents } = store
  const admission = new AdmissionControl({ queue, limiter, ledger, accounts, clock, onRefusal, onAhead })
  const open = new OpenSettlements(ledger, clock)
  const nightly = new NightlyAudit({
    ledger,
    clock,
    onReport: ({ problems, more, ...report }) => {
      if (problems.length === 0) log.info({ audit: report }, 'the books are right')
      else log.error({ audit: report, problems, more }, 'the books are not right')
    },
    onFailure: (error) => log.error({ reason: String(error) }, 'the books could not be audited'),
  })
  const throttle = new LoginThrottle(clock)
  const reasoning = openReasoning({
    documents: store.documents,
    limits: configuration.limits.reasoning,
    clock,
    count: onReasoning,
    onProblem: (problem, cause) => log.error({ reason: String(cause) }, problem),
  })
  const admin: AdminServices = {
    accounts,
    ledger,
    usage,
    contents,
    lastAudit: () => nightly.last,
    now,
    note: (entry) => log.info({ ...entry }, 'admin'),
  }
  return {
    store,
    accounts,
    limiter,
    queue,
    admission,
    open,
    throttle,
    reasoning,
    gateways: openGateways({
      documents: store.documents,
      now,
      onLost: (cause) => log.error({ reason: String(cause) }, 'a gateway could not keep what it did'),
    }),
    admin,
    async trouble() {
      const { store: counts, fail } = configuration.limits
      const isClosed = counts.kind === 'redis' && fail === 'closed' && limiter.figures.degraded
      return (await store.health()) ?? (isClosed ? 'the counts of the limits cannot be reached' : undefined)
    },
    async prepareKeys({ configured }) {
      const newcomers = await accounts.ensureConfigured(configured)
      if (configuration.store.kind === 'none') return
      for (const id of newcomers) await giveDevelopmentVoucher(ledger, id, now())
    },
    useKeys: ({ configured }) => accounts.replaceConfigured(configured),
    async close() {
      await nightly.close()
      await open.close()
      await reasoning.close()
      await limiter.close()
      await store.close()
    },
  }
}
