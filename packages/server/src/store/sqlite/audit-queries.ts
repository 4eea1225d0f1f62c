/** Proves the books from the first transfer on, in SQL, over one snapshot of the database. */

import type { DatabaseSync } from 'node:sqlite'
import { AUDIT_SENTENCES, type AuditCheck, MAX_PROBLEMS, sentenceOf, walletSentence } from '../audit-sentences.ts'
import { type Row, bigintIn, textIn } from './row-values.ts'

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

const CHECKS: readonly AuditCheck[] = [
  {
    sql: `SELECT o.name AS organisation, w.cash, w.voucher, w.held, w.recharged, coalesce(s.cash, 0) AS summed_cash,
        coalesce(s.voucher, 0) AS summed_voucher, coalesce(s.held, 0) AS summed_held,
        coalesce(s.recharged, 0) AS summed_recharged
      FROM wallets w JOIN names o ON o.id = w.organisation LEFT JOIN sums s ON s.organisation = w.organisation
      WHERE w.cash <> summed_cash OR w.voucher <> summed_voucher OR w.held <> summed_held OR w.recharged <> summed_recharged`,
    sentence: walletSentence('cash', 'voucher', 'held', 'recharged'),
  },
  {
    sql: `SELECT coalesce(o.name, s.organisation) AS organisation FROM sums s LEFT JOIN names o ON o.id = s.organisation
      WHERE s.organisation NOT IN (SELECT organisation FROM wallets)`,
    sentence: AUDIT_SENTENCES.noWallet,
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
      WHERE e.hold IS NOT NULL
        AND (r.id IS NULL OR r.cost <> iif(e.kind = 2, e.cash + e.voucher, 0) OR r.organisation <> e.organisation)`,
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
    sentence: AUDIT_SENTENCES.usage,
  },
  {
    sql: `SELECT o.name AS subject, sum(amount) AS amount, sum(summed) AS summed
      FROM (
        SELECT subject, amount, 0 AS summed FROM spending
        UNION ALL
        SELECT h.key, 0, e.cash + e.voucher FROM transfers e JOIN transfers h ON h.id = e.hold WHERE e.kind = 2
        UNION ALL
        SELECT h.project, 0, e.cash + e.voucher FROM transfers e JOIN transfers h ON h.id = e.hold WHERE e.kind = 2
      ) s JOIN names o ON o.id = s.subject
      GROUP BY s.subject HAVING sum(amount) <> sum(summed)`,
    sentence: AUDIT_SENTENCES.spending,
  },
  {
    sql: `SELECT account, p.currency, p.amount, iif(account = 'revenue', s.revenue, -s.funding) AS summed
      FROM platform p JOIN (
        SELECT w.currency, sum(s.revenue) AS revenue, sum(s.funding) AS funding
        FROM sums s JOIN wallets w ON w.organisation = s.organisation GROUP BY w.currency
      ) s ON s.currency = p.currency
      WHERE p.amount <> summed`,
    sentence: AUDIT_SENTENCES.platform,
  },
  {
    sql: `SELECT currency AS whose, sum(amount) AS amount FROM (
        SELECT currency, cash + voucher + held AS amount FROM wallets UNION ALL SELECT currency, amount FROM platform
      ) GROUP BY currency HAVING sum(amount) <> 0`,
    sentence: AUDIT_SENTENCES.unbalanced,
  },
]

const LATE: AuditCheck = {
  sql: `SELECT request, o.name AS organisation, deadline FROM open_holds h JOIN names o ON o.id = h.organisation
    WHERE deadline < ?`,
  sentence: AUDIT_SENTENCES.late,
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

  #faults({ sql, sentence }: AuditCheck, ...values: number[]): string[] {
    const statement = this.#database.prepare(sql)
    statement.setReadBigInts(true)
    const found: string[] = []
    for (const row of statement.iterate(...values)) {
      found.push(found.length < MAX_PROBLEMS ? sentenceOf(sentence, row) : '')
    }
    return found
  }
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
