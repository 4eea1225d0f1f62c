/** Proves the books from the first transfer on, in SQL, over one snapshot of the database, while others go on writing. */

import type { AuditReport } from '../../ledger/ledger.ts'
import {
  AUDIT_SENTENCES,
  type AuditCheck,
  type AuditedRow,
  MAX_PROBLEMS,
  sentenceOf,
  walletSentence,
} from '../audit-sentences.ts'
import type { Connections, Transaction } from './connections.ts'
import { databaseFault, unavailable } from './database-fault.ts'

/** Audits that wait for one that runs: each reads everything. */
const MAX_AUDITS = 4
const AUDIT_MS = 30 * 60_000
/** Statements of an audit take as long as they take. */
const LIMITS = `SET LOCAL statement_timeout = ${AUDIT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${AUDIT_MS}`

/** What every organisation has by its transfers: one look at each row of the ledger. */
const SUMS = `
  CREATE TEMP TABLE audit_open ON COMMIT DROP AS
  SELECT h.* FROM transfers h WHERE h.kind = 1 AND NOT EXISTS (SELECT FROM transfers e WHERE e.hold = h.id);
  CREATE TEMP TABLE audit_sums ON COMMIT DROP AS
  SELECT organisation, sum(cash) AS cash, sum(voucher) AS voucher, sum(held) AS held, sum(recharged) AS recharged,
    sum(revenue) AS revenue, sum(funding) AS funding
  FROM (
    SELECT organisation,
      CASE WHEN kind >= 4 THEN cash WHEN kind = 2 THEN -cash ELSE 0 END AS cash,
      CASE WHEN kind >= 4 THEN voucher WHEN kind = 2 THEN -voucher ELSE 0 END AS voucher,
      0 AS held,
      CASE WHEN kind = 4 THEN cash ELSE 0 END AS recharged,
      CASE WHEN kind = 2 THEN cash + voucher ELSE 0 END AS revenue,
      CASE WHEN kind >= 4 THEN -cash - voucher ELSE 0 END AS funding
    FROM transfers
    UNION ALL
    SELECT organisation, -cash, -voucher, cash + voucher, 0, 0, 0 FROM audit_open
  ) moved
  GROUP BY organisation`

const CHECKS: readonly AuditCheck[] = [
  {
    sql: `SELECT w.organisation, w.cash, w.voucher, w.held, w.recharged, w.revenue, w.funding, s.cash AS summed_cash,
        s.voucher AS summed_voucher, s.held AS summed_held, s.recharged AS summed_recharged, s.revenue AS summed_revenue,
        s.funding AS summed_funding
      FROM wallets w LEFT JOIN audit_sums s ON s.organisation = w.organisation
      WHERE (w.cash, w.voucher, w.held, w.recharged, w.revenue, w.funding) IS DISTINCT FROM (coalesce(s.cash, 0),
        coalesce(s.voucher, 0), coalesce(s.held, 0), coalesce(s.recharged, 0), coalesce(s.revenue, 0), coalesce(s.funding, 0))`,
    sentence: walletSentence('cash', 'voucher', 'held', 'recharged', 'revenue', 'funding'),
  },
  {
    sql: 'SELECT organisation FROM audit_sums WHERE organisation NOT IN (SELECT organisation FROM wallets)',
    sentence: AUDIT_SENTENCES.noWallet,
  },
  {
    sql: `SELECT organisation AS whose, cash + voucher + held + revenue + funding AS amount FROM wallets
      WHERE cash + voucher + held + revenue + funding <> 0`,
    sentence: AUDIT_SENTENCES.unbalanced,
  },
  {
    sql: `SELECT e.id, coalesce(h.request, 'no request') AS request, e.hold, e.cash, e.voucher, h.cash AS held_cash,
        h.voucher AS held_voucher
      FROM transfers e LEFT JOIN transfers h ON h.id = e.hold AND h.kind = 1
      WHERE e.hold IS NOT NULL AND (h.id IS NULL OR h.id > e.id OR e.organisation <> h.organisation
        OR e.cash < 0 OR e.voucher < 0 OR e.cash > h.cash OR e.voucher > h.voucher
        OR (e.cash > 0 AND e.voucher < h.voucher) OR (e.kind = 3 AND e.cash <> h.cash))`,
    sentence: AUDIT_SENTENCES.end,
  },
  {
    sql: `SELECT e.id, coalesce(h.request, 'no request') AS request, e.cash + e.voucher AS cost, r.cost AS logged
      FROM transfers e LEFT JOIN transfers h ON h.id = e.hold LEFT JOIN requests r ON r.id = e.id AND r.hold = e.hold
      WHERE e.hold IS NOT NULL AND (r.id IS NULL OR r.organisation <> e.organisation
        OR r.cost <> CASE e.kind WHEN 2 THEN e.cash + e.voucher ELSE 0 END)`,
    sentence: AUDIT_SENTENCES.logged,
  },
  {
    sql: `SELECT r.id, r.request FROM requests r LEFT JOIN transfers e ON e.id = r.id AND e.hold = r.hold
      WHERE r.hold IS NOT NULL AND e.id IS NULL`,
    sentence: AUDIT_SENTENCES.notThere,
  },
  {
    sql: 'SELECT request, cost FROM requests WHERE hold IS NULL AND cost <> 0',
    sentence: AUDIT_SENTENCES.neverAdmitted,
  },
  {
    sql: `SELECT coalesce(t.request, o.request) AS request, coalesce(t.organisation, o.organisation) AS organisation,
        t.cash, t.voucher, o.cash AS open_cash, o.voucher AS open_voucher
      FROM audit_open t FULL JOIN open_holds o ON o.id = t.id
      WHERE (t.organisation, t.request, t.cash, t.voucher) IS DISTINCT FROM (o.organisation, o.request, o.cash, o.voucher)`,
    sentence: AUDIT_SENTENCES.open,
  },
  {
    sql: `SELECT hour, organisation, sum(requests) AS requests, sum(cost) AS cost, sum(summed) AS summed,
        sum(summed_cost) AS summed_cost
      FROM (
        SELECT hour, organisation, project, key, model, engine, requests, errors, prompt, cached, completion, reasoning, cost,
          0 AS summed, 0 AS summed_cost FROM usage
        UNION ALL
        SELECT at / 3600000, organisation, project, key, model, coalesce(engine, ''), -count(*), -count(error), -sum(prompt),
          -sum(cached), -sum(completion), -sum(reasoning), -sum(cost), count(*), sum(cost)
        FROM requests GROUP BY 1, 2, 3, 4, 5, 6
      ) r
      GROUP BY hour, organisation, project, key, model, engine
      HAVING sum(requests) <> 0 OR sum(errors) <> 0 OR sum(prompt) <> 0 OR sum(cached) <> 0 OR sum(completion) <> 0
        OR sum(reasoning) <> 0 OR sum(cost) <> 0`,
    sentence: AUDIT_SENTENCES.usage,
  },
  {
    sql: `SELECT subject || ' of ' || organisation AS subject, sum(amount) AS amount, sum(summed) AS summed
      FROM (
        SELECT organisation, subject, amount, 0 AS summed FROM spending
        UNION ALL
        SELECT h.organisation, s.subject, 0, e.cash + e.voucher
        FROM transfers e JOIN transfers h ON h.id = e.hold CROSS JOIN LATERAL (VALUES (h.key), (h.project)) s (subject)
        WHERE e.kind = 2
      ) s
      GROUP BY organisation, subject HAVING sum(amount) <> sum(summed)`,
    sentence: AUDIT_SENTENCES.spending,
  },
]

const LATE: AuditCheck = {
  sql: 'SELECT request, organisation, deadline FROM audit_open WHERE deadline < $1',
  sentence: AUDIT_SENTENCES.late,
}

interface Counts {
  readonly organisations: number
  readonly transfers: number
  readonly open: number
  readonly ended: number
}

export class AuditQueries {
  readonly #connections: Connections
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(connections: Connections) {
    this.#connections = connections
  }

  /** One after the other. @throws LedgerError `unavailable` */
  async run(now: number): Promise<AuditReport> {
    if (this.#waiting >= MAX_AUDITS) throw unavailable('other audits are running')
    this.#waiting++
    const run = this.#last.then(() => this.#run(now))
    this.#last = run.catch(() => undefined)
    try {
      return await run
    } catch (error) {
      throw unavailable(databaseFault(error), error)
    } finally {
      this.#waiting--
    }
  }

  #run(now: number): Promise<AuditReport> {
    return this.#connections.use(
      (sql) => sql.begin('isolation level repeatable read', (transaction) => examine(transaction, now)),
      AUDIT_MS,
    )
  }
}

async function examine(transaction: Transaction, now: number): Promise<AuditReport> {
  await transaction.unsafe(LIMITS)
  await transaction.unsafe(SUMS)
  const faults: string[] = []
  for (const check of CHECKS) faults.push(...(await faultsOf(transaction, check)))
  faults.push(...(await faultsOf(transaction, LATE, Math.round(now))))
  const [counts] = await transaction<Counts[]>`
    SELECT (SELECT count(*) FROM wallets) AS organisations, (SELECT count(*) FROM transfers) AS transfers,
      (SELECT count(*) FROM audit_open) AS open, (SELECT count(*) FROM transfers WHERE hold IS NOT NULL) AS ended`
  return {
    at: now,
    organisations: counts?.organisations ?? 0,
    transfers: counts?.transfers ?? 0,
    holds: { open: counts?.open ?? 0, ended: counts?.ended ?? 0 },
    problems: faults.slice(0, MAX_PROBLEMS),
    more: Math.max(0, faults.length - MAX_PROBLEMS),
  }
}

/** The database makes text of each value: a falsified amount may be anything. */
async function faultsOf(
  transaction: Transaction,
  { sql, sentence }: AuditCheck,
  ...values: number[]
): Promise<string[]> {
  const rows = await transaction.unsafe<{ fault: string }[]>(
    `SELECT row_to_json(f)::text AS fault FROM (${sql}) f`,
    values,
  )
  return rows.map(({ fault }, index) => (index < MAX_PROBLEMS ? sentenceOf(sentence, columnsOf(fault)) : ''))
}

function columnsOf(fault: string): AuditedRow {
  const columns: AuditedRow = JSON.parse(fault)
  return columns
}
