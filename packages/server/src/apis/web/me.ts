/** `GET /web/v1/me`: whose session it is, what is left of limits and money, and who answers for which price. */

import type { Capabilities } from '@moonbase/core/generation'
import type { ModelRoute, ModelTable, Target } from '@moonbase/core/routing'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import { subjectsOf } from '../../admission/limited-subjects.ts'
import type { LimitKind, Limiter } from '../../admission/limiter.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { type Currency, unitsText } from '../../records/money.ts'
import type { Caller } from '../api.ts'
import { sessionView } from './session-view.ts'
import type { WebCaller } from './web-api.ts'

export interface MeServices {
  readonly accounts: Pick<Accounts, 'prices' | 'projects'>
  readonly models: ModelTable
  readonly limiter: Pick<Limiter, 'counted'>
  readonly ledger: Pick<Ledger, 'balance' | 'keepsBooks'>
  readonly lenientHeader: () => boolean
  /** What is known of an engine of the configuration: its kind, and whether it stands in for a model. */
  readonly engineOf: (name: string) => { readonly kind: string; readonly standIn: boolean }
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

export function showMe(services: MeServices) {
  return async (exchange: Exchange, { key: caller }: Caller<WebCaller>): Promise<void> => {
    const { session, key } = caller
    sendJson(exchange, 200, {
      session: session === undefined ? null : sessionView(session, caller),
      organisation: key === undefined ? null : organisationView(key),
      project: key === undefined ? null : projectView(key, services),
      key: key === undefined ? null : keyView(key),
      limits: key === undefined ? [] : limitsView(key, services),
      balance: key === undefined ? null : await balanceView(key, services),
      models: services.models
        .list()
        .filter(({ id }) => key === undefined || key.models === null || key.models.has(id))
        .map(({ id }) => modelView(services.models.find(id), key?.account.currency, services)),
      lenient_header: services.lenientHeader(),
    })
  }
}

function organisationView({ account: { id, name, currency, status, tier } }: KeyAccount) {
  return { id, name, currency, status, tier }
}

function projectView({ organisation, project }: KeyAccount, { accounts }: MeServices) {
  const found = accounts.projects(organisation).find(({ id }) => id === project)
  return { id: project, name: found?.name ?? project }
}

function keyView({ id, name, models, lenient, queueMs, expiresAt, generated }: KeyAccount) {
  return {
    id,
    name,
    models: models === null ? null : [...models],
    lenient: [...lenient],
    queue_ms: queueMs,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    generated,
  }
}

const LIMIT_KINDS: readonly LimitKind[] = ['concurrency', 'rpm', 'tpm', 'tpd']

/** Those that hold for this key. `left`: `null` where other gateways count too, and only the next request tells. */
function limitsView(key: KeyAccount, { limiter }: MeServices) {
  return subjectsOf(key, 'interactive').flatMap((subject) => {
    const counted = limiter.counted(subject)
    return LIMIT_KINDS.flatMap((kind) => {
      const limit = subject.limits[kind]
      if (limit === null) return []
      const left = counted === undefined ? null : Math.max(limit - counted[kind], 0)
      return [{ scope: subject.scope, kind, limit, left }]
    })
  })
}

/** @throws ApiError where the books are away */
async function balanceView(key: KeyAccount, { ledger }: MeServices) {
  if (!ledger.keepsBooks) return null
  const { cash, voucher, held, currency } = await ledger.balance(key.organisation).catch((error: unknown) => {
    throw admissionError(error, key)
  })
  return {
    // A debt is not paid with vouchers.
    available: unitsText(Math.max(cash, 0) + voucher),
    cash: unitsText(cash),
    voucher: unitsText(voucher),
    held: unitsText(held),
    currency,
  }
}

function modelView(route: ModelRoute, currency: Currency | undefined, services: MeServices) {
  const { model, targets } = route
  const names = targets.map(({ name }) => name)
  return {
    id: model.id,
    context_length: model.contextLength,
    thinking: model.thinking,
    images: model.images,
    video: model.video,
    default_max_tokens: model.defaultMaxTokens,
    retired: model.retired,
    prices: pricesView(model.id, names, currency, services),
    engines: targets.map((target) => engineView(model.id, target, currency, services)),
  }
}

function engineView(
  model: string,
  { name, can, replicas }: Target,
  currency: Currency | undefined,
  services: MeServices,
) {
  const { kind, standIn } = services.engineOf(name)
  return {
    name,
    kind,
    stand_in: standIn,
    replicas: replicas.length,
    abilities: abilitiesOf(can),
    prices: pricesView(model, [name], currency, services),
  }
}

function abilitiesOf({ images, video, partial, resumes, jsonObject, jsonSchema, tools, forcedTool }: Capabilities) {
  return {
    images,
    video,
    partial,
    resume_reasoning: resumes.reasoning,
    resume_tool_calls: resumes.toolCalls,
    json_object: jsonObject,
    json_schema: jsonSchema,
    tools,
    forced_tool: forcedTool,
  }
}

/** Price lists name a million of them. */
const TOKENS = 1_000_000

/** Of several engines the dearest: that is what is held for. `null` where one has no price, or nobody would pay. */
function pricesView(
  model: string,
  engines: readonly string[],
  currency: Currency | undefined,
  { accounts, now }: MeServices,
) {
  const quote = currency === undefined ? undefined : accounts.prices.quote(model, engines, currency, now())
  if (quote === undefined || currency === undefined) return null
  const [only = ''] = engines
  const engine = engines.length === 1 ? only : ''
  const none = { prompt: 0, cached: 0, completion: 0, reasoning: 0 }
  return {
    per_tokens: TOKENS,
    hit: unitsText(quote.cost(engine, { ...none, prompt: TOKENS, cached: TOKENS })),
    miss: unitsText(quote.upperBound(TOKENS, 0)),
    output: unitsText(quote.upperBound(0, TOKENS)),
    currency,
  }
}
