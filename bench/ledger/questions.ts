/** What operators ask, timed over a full ledger. */

import type { Store } from '../../packages/server/src/store/store.ts'
import { type Row, figure, table, whole } from '../report/table.ts'
import { median } from '../statistics.ts'
import { FROM, type Spenders, TO } from './spenders.ts'

const HEAD: Row = ['question', 'rows', 'median ms', 'worst ms', 'worst ms under load']
const ROUNDS = 15
const LOAD = 32
const LOAD_REQUESTS = 30_000
const DAY = 24 * 3_600_000
const TIME = { from: FROM, to: TO }

interface Question {
  readonly name: string
  ask(store: Store): Promise<readonly unknown[]>
}

const ORGANISATION = { organisation: 'org-3' }

const QUESTIONS: readonly Question[] = [
  {
    name: 'the month by organisation',
    ask: ({ usage }) => usage.usage({ filter: {}, ...TIME, by: ['organisation'], bucket: 'all', limit: 1_000 }),
  },
  {
    name: 'the month by day and model',
    ask: ({ usage }) => usage.usage({ filter: {}, ...TIME, by: ['model'], bucket: 'day', limit: 1_000 }),
  },
  {
    name: 'the month by all columns',
    ask: ({ usage }) =>
      usage.usage({
        filter: {},
        ...TIME,
        by: ['organisation', 'project', 'key', 'model', 'engine'],
        bucket: 'all',
        limit: 1_000,
      }),
  },
  {
    name: 'one organisation by hour and key',
    ask: ({ usage }) => usage.usage({ filter: ORGANISATION, ...TIME, by: ['key'], bucket: 'hour', limit: 1_000 }),
  },
  {
    name: 'one day by hour and organisation',
    ask: ({ usage }) =>
      usage.usage({ filter: {}, from: FROM, to: FROM + DAY, by: ['organisation'], bucket: 'hour', limit: 1_000 }),
  },
  { name: 'newest requests', ask: ({ usage }) => usage.requests({ filter: {}, ...TIME, limit: 100 }) },
  {
    name: 'newest requests of one key',
    ask: ({ usage }) => usage.requests({ filter: { key: 'ak-org-3-3' }, ...TIME, limit: 100 }),
  },
  {
    name: 'newest failures of one organisation',
    ask: ({ usage }) => usage.requests({ filter: ORGANISATION, ...TIME, error: 'engine_cut', limit: 100 }),
  },
  { name: 'newest transfers', ask: ({ ledger }) => ledger.transfers('org-3', { limit: 100 }) },
]

export async function timeQuestions(store: Store, spenders: Spenders): Promise<string> {
  const before = performance.now()
  const { transfers, problems } = await store.ledger.audit(FROM)
  const auditMs = performance.now() - before
  const rows: Row[] = []
  for (const question of QUESTIONS) {
    const alone = await timesOf(question, store)
    const load = spenders.run(LOAD_REQUESTS, LOAD)
    const loaded = await timesOf(question, store)
    await load
    const [count] = alone.counts
    const figures = [median(alone.times), Math.max(...alone.times), Math.max(...loaded.times)]
    rows.push([question.name, String(count ?? 0), ...figures.map(figure)])
  }
  const audit = `an audit of them takes ${whole(auditMs)} ms, and finds ${problems.length} problems`
  return `questions about ${whole(transfers)} rows of the ledger\n\n${table(HEAD, rows)}\n\n${audit}`
}

async function timesOf(question: Question, store: Store): Promise<{ times: number[]; counts: number[] }> {
  const times: number[] = []
  const counts: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = performance.now()
    counts.push((await question.ask(store)).length)
    times.push(performance.now() - before)
  }
  return { times, counts }
}
