/** Proves the books from the first transfer on, in SQL, over one snapshot of the database. */

import type { DatabaseSync } from 'node:sqlite'
import { type Row, bigintIn, textIn } from './row-values.ts'

/** Sentences at most; what goes beyond is counted. */
export const MAX_PROBLEMS = 100

/** A wallet as the snapshot has it, for the server to compare with its memory. Amounts may be anything: they are shown. */
export interface AuditedWallet {
  readonly organisation: string
  readonly cash: bigint
  readonly voucher: bigint
  readonly held: bigint
  readonly recharged: bigint
}

export interface AuditFindings {
  readonly organisations: number
  readonly transfers: number
  readonly open: number
  readonly ended: number
  readonly problems: readonly string[]
  readonly more: number
}

interface Check {
  /** Each row is a fault; its columns are in the sentence, as `{column}`. */
  readonly sql: string
  readonly sentence: string
}

const MISMATCH = 'does not agree with'

const CHECKS: readonly Check[] = [
  {
    sql: `SELECT o.name AS organisation, w.cash, w.voucher, w.held, w.recharged, coalesce(s.cash, 0) AS summed_cash,
        coalesce(s.voucher, 0) AS summed_voucher, coalesce(s.held, 0) AS summed_held,
        coalesce(s.recharged, 0) AS summed_recharged
      FROM wallets w JOIN names o ON o.id = w.organisation LEFT JOIN sums s ON s.organisation = w.organisation
      WHERE w.cash <> summed_cash OR w.voucher <> summed_voucher OR w.held <> summed_held OR w.recharged <> summed_recharged`,
    sentence: `{organisation}: cash {cash}, voucher {voucher}, held {held}, recharged {recharged} ${MISMATCH} its transfers: {summed_cash}, {summed_voucher}, {summed_held}, {summed_recharged}`,
  },
  {
    sql: 'SELECT organisation FROM sums WHERE organisation NOT IN (SELECT organisation FROM wallets)',
    sentence: 'organisation number {organisation} has transfers and no wallet',
  },
  {
    sql: `SELECT e.id, coalesce(h.request, 'no request') AS request, e.hold, e.cash, e.voucher, h.cash AS held_cash,
        h.voucher AS held_voucher
      FROM transfers e LEFT JOIN transfers h ON h.id = e.hold AND h.kind = 1
      WHERE e.hold IS NOT NULL AND (h.id IS NULL OR h.id > e.id OR e.organisation <> h.organisation
        OR e.cash < 0 OR e.voucher < 0 OR e.cash > h.cash OR e.voucher > h.voucher
        OR (e.cash > 0 AND e.voucher < h.voucher) OR (e.kind = 3 AND e.cash <> h.cash))`,
    sentence: `transfer {id} of {request} takes cash {cash}, voucher {voucher}, and its hold {hold} kept cash {held_cash}, voucher {held_voucher}`,
  },
  {
    sql: `SELECT e.id, coalesce(h.request, 'no request') AS request, e.cash + e.voucher AS cost, r.cost AS logged
      FROM transfers e LEFT JOIN transfers h ON h.id = e.hold LEFT JOIN requests r ON r.id = e.id AND r.hold = e.hold
      WHERE e.hold IS NOT NULL
        AND (r.id IS NULL OR r.cost <> iif(e.kind = 2, e.cash + e.voucher, 0) OR r.organisation <> e.organisation)`,
    sentence: `transfer {id} of {request} ends with {cost}, and the request log says {logged}`,
  },
  {
    sql: `SELECT r.id, r.request FROM requests r LEFT JOIN transfers e ON e.id = r.id AND e.hold = r.hold
      WHERE r.hold IS NOT NULL AND e.id IS NULL`,
    sentence: 'the request {request} was logged as ended with transfer {id}, which is not there',
  },
  {
    sql: 'SELECT request, cost FROM requests WHERE hold IS NULL AND cost <> 0',
    sentence: 'the request {request} was never admitted, and cost {cost}',
  },
  {
    sql: `SELECT hour, o.name AS organisation, sum(r.requests) AS requests, sum(r.cost) AS cost, sum(r.summed) AS summed,
        sum(r.summed_cost) AS summed_cost
      FROM (
        SELECT hour, organisation, project, key, model, engine, requests, errors, prompt, cached, completion, reasoning, cost,
          0 AS summed, 0 AS summed_cost FROM usage
        UNION ALL
        SELECT at / 3600000, organisation, project, key, model, engine, -count(*), -count(error), -sum(prompt), -sum(cached),
          -sum(completion), -sum(reasoning), -sum(cost), count(*), sum(cost) FROM requests GROUP BY 1, 2, 3, 4, 5, 6
      ) r LEFT JOIN names o ON o.id = r.organisation
      GROUP BY hour, r.organisation, project, key, model, engine
      HAVING sum(requests) <> 0 OR sum(errors) <> 0 OR sum(prompt) <> 0 OR sum(r.cached) <> 0 OR sum(completion) <> 0
        OR sum(reasoning) <> 0 OR sum(cost) <> 0`,
    sentence: `the usage of {organisation} in hour {hour} ${MISMATCH} its {summed} requests, which cost {summed_cost}: {requests} requests and {cost} are too many`,
  },
  {
    sql: `SELECT o.name, sum(amount) AS amount, sum(summed) AS summed
      FROM (
        SELECT subject, amount, 0 AS summed FROM spending
        UNION ALL
        SELECT h.key, 0, e.cash + e.voucher FROM transfers e JOIN transfers h ON h.id = e.hold WHERE e.kind = 2
        UNION ALL
        SELECT h.project, 0, e.cash + e.voucher FROM transfers e JOIN transfers h ON h.id = e.hold WHERE e.kind = 2
      ) s JOIN names o ON o.id = s.subject
      GROUP BY s.subject HAVING sum(amount) <> sum(summed)`,
    sentence: `{name} has spent {amount} by its budget, which ${MISMATCH} the {summed} of its transfers`,
  },
  {
    sql: `SELECT account, p.currency, p.amount, iif(account = 'revenue', s.revenue, -s.funding) AS summed
      FROM platform p JOIN (
        SELECT w.currency, sum(s.revenue) AS revenue, sum(s.funding) AS funding
        FROM sums s JOIN wallets w ON w.organisation = s.organisation GROUP BY w.currency
      ) s ON s.currency = p.currency
      WHERE p.amount <> summed`,
    sentence: `the account {account}:{currency} says {amount}, which ${MISMATCH} its transfers: {summed}`,
  },
  {
    sql: `SELECT currency, sum(amount) AS amount FROM (
        SELECT currency, cash + voucher + held AS amount FROM wallets UNION ALL SELECT currency, amount FROM platform
      ) GROUP BY currency HAVING sum(amount) <> 0`,
    sentence: 'all accounts of {currency} together say {amount}, and not 0',
  },
]

const LATE: Check = {
  sql: `SELECT request, o.name AS organisation, deadline FROM open_holds h JOIN names o ON o.id = h.organisation
    WHERE deadline < ?`,
  sentence: 'the hold of {request} ({organisation}) is open behind its deadline, {deadline}',
}

/** What every organisation has by its transfers: one look at each row of the ledger. */
const SUMS = `
  CREATE TEMP TABLE open_holds AS
  SELECT h.id, h.organisation, h.cash, h.voucher, h.deadline, h.request FROM main.transfers h
  WHERE h.kind = 1 AND NOT EXISTS (SELECT 1 FROM main.transfers e WHERE e.hold = h.id);
  CREATE TEMP TABLE sums AS
  SELECT
    organisation, sum(cash) AS cash, sum(voucher) AS voucher, sum(held) AS held, sum(recharged) AS recharged,
    sum(revenue) AS revenue, sum(funding) AS funding
  FROM (
    SELECT
      organisation,
      CASE WHEN kind IN (4, 5, 6, 7) THEN cash WHEN kind = 2 THEN -cash ELSE 0 END AS cash,
      CASE WHEN kind IN (4, 5, 6, 7) THEN voucher WHEN kind = 2 THEN -voucher ELSE 0 END AS voucher,
      0 AS held,
      iif(kind = 4, cash, 0) AS recharged,
      iif(kind = 2, cash + voucher, 0) AS revenue,
      iif(kind >= 4, cash + voucher, 0) AS funding
    FROM main.transfers
    UNION ALL
    SELECT organisation, -cash, -voucher, cash + voucher, 0, 0, 0 FROM open_holds
  )
  GROUP BY organisation;`

export class AuditQueries {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** From here on the snapshot is read, whatever is committed meanwhile. */
  begin(): AuditedWallet[] {
    const wallets = this.#database.prepare(
      `SELECT name AS organisation, cash, voucher, held, recharged FROM wallets JOIN names ON id = organisation`,
    )
    wallets.setReadBigInts(true)
    this.#database.exec('PRAGMA temp_store = MEMORY; BEGIN')
    try {
      // SQLite takes its snapshot with the first read.
      return wallets.all().map(walletOf)
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  finish(now: number): AuditFindings {
    try {
      return this.#examine(now)
    } finally {
      this.#database.exec('ROLLBACK')
    }
  }

  #examine(now: number): AuditFindings {
    this.#database.exec(SUMS)
    const faults = [...CHECKS.flatMap((check) => this.#faults(check)), ...this.#faults(LATE, now)]
    const count = (sql: string): number => Number(this.#database.prepare(sql).get()?.['count'])
    return {
      organisations: count('SELECT count(*) AS count FROM wallets'),
      transfers: count('SELECT count(*) AS count FROM transfers'),
      open: count('SELECT count(*) AS count FROM open_holds'),
      ended: count('SELECT count(*) AS count FROM transfers WHERE hold IS NOT NULL'),
      problems: faults.slice(0, MAX_PROBLEMS),
      more: Math.max(0, faults.length - MAX_PROBLEMS),
    }
  }

  #faults({ sql, sentence }: Check, ...values: number[]): string[] {
    const statement = this.#database.prepare(sql)
    statement.setReadBigInts(true)
    const found: string[] = []
    for (const row of statement.iterate(...values)) {
      found.push(found.length < MAX_PROBLEMS ? sentenceOf(sentence, row) : '')
    }
    return found
  }
}

function sentenceOf(sentence: string, row: Row): string {
  return sentence.replace(/\{(\w+)\}/g, (_, column: string) => String(row[column] ?? 'nothing'))
}

function walletOf(row: Row): AuditedWallet {
  return {
    organisation: textIn(row, 'organisation'),
    cash: bigintIn(row, 'cash'),
    voucher: bigintIn(row, 'voucher'),
    held: bigintIn(row, 'held'),
    recharged: bigintIn(row, 'recharged'),
  }
}
