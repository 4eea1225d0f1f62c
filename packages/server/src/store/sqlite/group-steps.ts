/** What a group may write: statements with places for values, and the flat list in which a group travels to the thread. */

import { MONEY, REQUEST_INSERT } from './request-rows.ts'

/** What SQLite takes. Numbers are whole; it gets them as floating point, and `CAST` makes them exact past 2^51. */
type Cell = number | string | null

/** Each step is its number, and behind it a value for each `?` of its statement. Flat, since one copies fast between threads. */
export type Cells = Cell[]

/** By number. */
export const STEP = {
  name: 0,
  hold: 1,
  end: 2,
  credit: 3,
  creditDetails: 4,
  request: 5,
  progress: 6,
  endProgress: 7,
  wallet: 8,
  platform: 9,
  spending: 10,
  usage: 11,
  state: 12,
  /** Of no fixed width: see `document-writer.ts`. */
  documents: 13,
} as const

export const STEP_STATEMENTS: readonly string[] = [
  'INSERT INTO names VALUES (?, ?)',
  `INSERT INTO transfers (id, kind, organisation, previous, request, project, key, model, deadline, at, cash, voucher)
   VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ${MONEY}, ${MONEY})`,
  `INSERT INTO transfers (id, kind, organisation, previous, hold, at, cash, voucher)
   VALUES (?, ?, ?, ?, ?, ?, ${MONEY}, ${MONEY})`,
  `INSERT INTO transfers (id, kind, organisation, previous, at, cash, voucher) VALUES (?, ?, ?, ?, ?, ${MONEY}, ${MONEY})`,
  'INSERT INTO credits (id, organisation, idempotency_key, by, note) VALUES (?, ?, ?, ?, ?)',
  REQUEST_INSERT,
  `INSERT INTO progress VALUES (?, ${MONEY}, ?) ON CONFLICT DO UPDATE SET cost = excluded.cost, record = excluded.record`,
  'DELETE FROM progress WHERE hold = ?',
  `UPDATE wallets SET cash = ${MONEY}, voucher = ${MONEY}, held = ${MONEY}, recharged = ${MONEY}, last_transfer = ?
   WHERE organisation = ?`,
  `UPDATE platform SET amount = amount + ${MONEY} WHERE account = ? AND currency = ?`,
  `INSERT INTO spending VALUES (?, ?, ${MONEY}) ON CONFLICT DO UPDATE SET amount = excluded.amount`,
  `INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${MONEY})
   ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors,
     prompt = prompt + excluded.prompt, cached = cached + excluded.cached, completion = completion + excluded.completion,
     reasoning = reasoning + excluded.reasoning, cost = cost + excluded.cost`,
  'UPDATE state SET commits = commits + 1, next_id = ?, first_open = ? WHERE one = 1',
]

/** How many values each step has. */
export const STEP_WIDTHS: readonly number[] = STEP_STATEMENTS.map((sql) => sql.split('?').length - 1)
