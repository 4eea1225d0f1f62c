/** Requests as the ledger sees them: held, answered at once, settled; so many at a time, spread over a month. */

import type { Store } from '../../packages/server/src/store/store.ts'
import type { DocumentWrite } from '../../packages/server/src/records/document.ts'
import type { HoldRequest } from '../../packages/server/src/ledger/ledger.ts'
import { newRecord } from '../../packages/server/src/records/request-record.ts'
import { Samples } from '../statistics.ts'

export const FROM = Date.UTC(2026, 2, 1)
export const TO = Date.UTC(2026, 3, 1)
const KEYS_EACH = 5
const MODELS = ['kimi-k2.5', 'kimi-k2.6']
const ENGINES = ['cluster', 'hosted']
const PLENTY = 5_000_000_000_000_000
/** The month passes once in so many requests. */
const MONTH_REQUESTS = 600_000

export interface Measured {
  readonly perSecond: number
  readonly cpuUs: number
  readonly loopCpuUs: number
  readonly aCommit: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @param amount what each has, in nano-units */
export async function newOrganisations(store: Store, count: number, amount = PLENTY): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `org-${index}`)
  const organisations = names.map((id) => ({
    id,
    name: id,
    currency: 'USD' as const,
    status: 'active' as const,
    tier: null,
    createdAt: FROM,
  }))
  await store.accounts.put({ organisations })
  for (const organisation of names) {
    const credit = { kind: 'recharge' as const, organisation, amount, by: 'adm-1', note: '', at: FROM }
    await store.ledger.credit({ ...credit, idempotencyKey: 'first' })
  }
  return names
}

export class Spenders {
  readonly #store: Store
  readonly #organisations: readonly string[]
  #made = 0

  constructor(store: Store, organisations: readonly string[]) {
    this.#store = store
    this.#organisations = organisations
  }

  /** `documents`: kept with the end of each. */
  async run(requests: number, inFlight: number, documents = 0): Promise<Measured> {
    const samples = new Samples()
    let left = requests
    const spender = async (): Promise<void> => {
      while (left-- > 0) {
        const before = performance.now()
        await this.#spend(this.#made++, documents)
        samples.add(performance.now() - before)
      }
    }
    const { commits } = this.#store.figures
    const [cpu, loop, start] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()]
    await Promise.all(Array.from({ length: inFlight }, spender))
    const [used, looped, ms] = [process.cpuUsage(cpu), process.threadCpuUsage(loop), performance.now() - start]
    const { p50, p99 } = samples.summary()
    return {
      perSecond: (requests / ms) * 1000,
      cpuUs: (used.user + used.system) / requests,
      loopCpuUs: (looped.user + looped.system) / requests,
      aCommit: (2 * requests) / (this.#store.figures.commits - commits) / 2,
      p50Ms: p50,
      p99Ms: p99,
    }
  }

  async #spend(index: number, documents: number): Promise<void> {
    const { ledger } = this.#store
    const request = this.#requestOf(index)
    const hold = await ledger.hold(request)
    const cost = 1_000_000 + (index % 1_000)
    await ledger.settle(hold, {
      cost,
      ...(documents === 0 ? {} : { documents: linesOf(request, documents) }),
      record: {
        ...newRecord(request),
        engine: ENGINES[index % 7 === 0 ? 1 : 0] ?? '',
        servedModel: request.model,
        streamed: true,
        error: index % 101 === 0 ? 'engine_cut' : null,
        prompt: 1_000,
        cached: 600,
        completion: 300,
        reasoning: 120,
        cost,
        firstTokenMs: 180,
        totalMs: 2_300,
        attempts: 1,
      },
    })
  }

  #requestOf(index: number): HoldRequest {
    // Most requests are of few: every second one of the first organisation.
    const organisation = this.#organisations[index % 2 === 0 ? 0 : index % this.#organisations.length] ?? ''
    const at = FROM + Math.floor(((index % MONTH_REQUESTS) / MONTH_REQUESTS) * (TO - FROM))
    return {
      request: `req-${index.toString(16).padStart(28, '0')}`,
      organisation,
      project: `proj-${organisation}`,
      key: `ak-${organisation}-${index % KEYS_EACH}`,
      model: MODELS[index % 3 === 0 ? 1 : 0] ?? '',
      amount: 5_000_000,
      projectBudget: undefined,
      keyBudget: { amount: 4_000_000_000_000_000, period: 'month' },
      at,
      deadline: at + 600_000,
    }
  }
}

/** As a line of a batch leaves its result: where it stands in a file, and its state. */
function linesOf({ request, organisation, at }: HoldRequest, count: number): DocumentWrite[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'batch-line',
    owner: organisation,
    id: `${request}/${index}`,
    label: 'done',
    createdAt: at,
    dueAt: null,
    expiresAt: null,
    value: { offset: 123_456, bytes: 900, status: 200, request },
    expects: 'absent',
  }))
}
