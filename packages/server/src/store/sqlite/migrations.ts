/** The tables, as numbered steps: each is run once for a database, in order, at the first start that knows it. */

import type { DatabaseSync } from 'node:sqlite'
import { REQUEST_VIEW } from './request-rows.ts'
import { IDENTITY_TABLE } from './store-identity.ts'

/**
 * Never change one that was released: add another. Money is in nano-units, time in milliseconds since the Unix epoch.
 *
 * Names (of organisations, keys, models …) stand once in `names`, and rows carry their numbers: a row of the ledger is
 * a third of the size so, and binding it costs half. The views `ledger` and `request_log` show names to people.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  -- One row for each transfer, never changed. hold: the organisation's wallet keeps back what the request may cost. Its one
  -- end refers to it: settle moves the cost to revenue, and the rest is the wallet's again; release gives all of it back.
  CREATE TABLE transfers (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 7),
    organisation INTEGER NOT NULL,
    previous INTEGER, -- the transfer of the same organisation before this one
    hold INTEGER CHECK ((hold IS NOT NULL) = (kind IN (2, 3))),
    cash INTEGER NOT NULL,
    voucher INTEGER NOT NULL,
    at INTEGER NOT NULL,
    request TEXT,
    project INTEGER,
    key INTEGER,
    model INTEGER,
    deadline INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX transfers_one_end ON transfers (hold) WHERE hold IS NOT NULL;
  CREATE TRIGGER transfers_never_change BEFORE UPDATE ON transfers
  BEGIN SELECT RAISE(ABORT, 'transfers are append only'); END;
  CREATE TRIGGER transfers_never_go BEFORE DELETE ON transfers
  BEGIN SELECT RAISE(ABORT, 'transfers are append only'); END;

  CREATE TABLE credits (
    id INTEGER PRIMARY KEY, -- the transfer's
    organisation INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    by TEXT NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (organisation, idempotency_key)
  ) STRICT;

  CREATE TABLE wallets (
    organisation INTEGER PRIMARY KEY,
    currency TEXT NOT NULL,
    cash INTEGER NOT NULL,
    voucher INTEGER NOT NULL,
    held INTEGER NOT NULL,
    recharged INTEGER NOT NULL,
    last_transfer INTEGER
  ) STRICT;
  CREATE TABLE platform (
    account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (account, currency)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO platform VALUES ('revenue', 'USD', 0), ('revenue', 'CNY', 0), ('funding', 'USD', 0), ('funding', 'CNY', 0);

  -- What a project or a key has spent in a month of UTC (202603), by the month in which the hold was made.
  CREATE TABLE spending (
    subject INTEGER NOT NULL, month INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (subject, month)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE progress (hold INTEGER PRIMARY KEY, cost INTEGER NOT NULL, record TEXT NOT NULL) STRICT;

  -- One row for each request that was admitted, with the number of its end; and for those that were refused, without a hold.
  CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    hold INTEGER,
    request TEXT NOT NULL,
    at INTEGER NOT NULL,
    organisation INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    engine INTEGER NOT NULL, -- 0: nobody answered
    served_model INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT,
    prompt INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    completion INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    first_token_ms INTEGER,
    total_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    seams INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX requests_at ON requests (at);

  -- Sums of requests, by the hour in which they arrived (hours since the Unix epoch).
  CREATE TABLE usage (
    hour INTEGER NOT NULL,
    organisation INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    model INTEGER NOT NULL,
    engine INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    prompt INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    completion INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (hour, organisation, project, key, model, engine)
  ) STRICT, WITHOUT ROWID;

  -- first_open: no hold before it is without an end. next_id: no row has it, or one behind it.
  CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), commits INTEGER NOT NULL, next_id INTEGER NOT NULL, first_open INTEGER NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, 0, 1, 1);

  CREATE TABLE organisations (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, tier TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE projects (
    id TEXT PRIMARY KEY, organisation TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, limits TEXT, budget TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY, organisation TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, prefix TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE, status TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, models TEXT,
    addresses TEXT, limits TEXT, budget TEXT, lenient TEXT NOT NULL, queue_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE admin_keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, prefix TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
    scopes TEXT NOT NULL, organisation TEXT, created_at INTEGER NOT NULL, expires_at INTEGER
  ) STRICT;
  CREATE TABLE tiers (
    name TEXT PRIMARY KEY, concurrency INTEGER, rpm INTEGER, tpm INTEGER, tpd INTEGER, recharge_usd INTEGER,
    recharge_cny INTEGER
  ) STRICT;
  CREATE TABLE prices (
    id TEXT PRIMARY KEY, model TEXT NOT NULL, engine TEXT, currency TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER,
    hit INTEGER, miss INTEGER NOT NULL, output INTEGER NOT NULL, batch_percent INTEGER NOT NULL, web_search INTEGER NOT NULL
  ) STRICT;

  CREATE VIEW ledger AS
  SELECT
    t.id, k.column2 AS kind, o.name AS organisation, coalesce(t.request, h.request) AS request, t.cash, t.voucher,
    datetime(t.at / 1000, 'unixepoch') AS at, c.by, c.note
  FROM transfers t
  JOIN (VALUES (1, 'hold'), (2, 'settle'), (3, 'release'), (4, 'recharge'), (5, 'voucher'), (6, 'refund'),
    (7, 'adjustment')) k ON k.column1 = t.kind
  JOIN names o ON o.id = t.organisation
  LEFT JOIN transfers h ON h.id = t.hold
  LEFT JOIN credits c ON c.id = t.id;

  CREATE VIEW request_log AS
  SELECT
    r.id, r.request, datetime(r.at / 1000, 'unixepoch') AS at, o.name AS organisation, p.name AS project, k.name AS key,
    m.name AS model, e.name AS engine, s.name AS served_model, r.streamed, r.status, r.error, r.prompt, r.cached,
    r.completion, r.reasoning, r.cost, r.first_token_ms, r.total_ms, r.attempts, r.seams
  FROM requests r
  JOIN names o ON o.id = r.organisation
  JOIN names p ON p.id = r.project
  JOIN names k ON k.id = r.key
  JOIN names m ON m.id = r.model
  LEFT JOIN names e ON e.id = r.engine
  LEFT JOIN names s ON s.id = r.served_model;
  `,
  `
  ALTER TABLE projects ADD COLUMN content_retention_days INTEGER;

  -- What requests asked and were answered, as JSON, of projects that have it kept. size: of both texts, in characters.
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    request TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    project TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    error TEXT,
    cut INTEGER NOT NULL,
    asked_shortened INTEGER NOT NULL,
    answered_shortened INTEGER NOT NULL,
    asked TEXT,
    answered TEXT
  ) STRICT;
  CREATE INDEX contents_expiry ON contents (expires_at, size);
  CREATE INDEX contents_project ON contents (organisation, project, at, size);
  `,
  `
  ALTER TABLE requests ADD COLUMN api TEXT NOT NULL DEFAULT 'moonshot';
  ALTER TABLE requests ADD COLUMN parent TEXT;
  ALTER TABLE requests ADD COLUMN class TEXT NOT NULL DEFAULT 'interactive';
  ALTER TABLE requests ADD COLUMN fees INTEGER NOT NULL DEFAULT 0; -- a part of cost
  ALTER TABLE requests ADD COLUMN labels TEXT; -- JSON, as is timeline
  ALTER TABLE requests ADD COLUMN run TEXT;
  ALTER TABLE requests ADD COLUMN timeline TEXT;
  -- Most requests are part of nothing, and cost these nothing.
  CREATE INDEX requests_run ON requests (run, at) WHERE run IS NOT NULL;
  CREATE INDEX requests_parent ON requests (parent, at) WHERE parent IS NOT NULL;

  -- Small things of any kind, by owner. due_at: somebody may lease it from then on. revision: of the last write or lease.
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    label TEXT,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    expires_at INTEGER,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL, -- JSON
    UNIQUE (kind, owner, id)
  ) STRICT;
  -- With all that a lease, a count or a list looks at before it reads a row.
  CREATE INDEX documents_due ON documents (kind, due_at, owner, id) WHERE due_at IS NOT NULL;
  CREATE INDEX documents_label ON documents (kind, owner, label, id, expires_at) WHERE label IS NOT NULL;
  CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;
  `,
  IDENTITY_TABLE,
]

/** All or nothing. `last`: tests make older ones, too. @throws Error when the database was written by a newer program. */
export function migrate(database: DatabaseSync, last = MIGRATIONS.length): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec('CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY) STRICT')
    const newest = database.prepare('SELECT coalesce(max(number), 0) AS number FROM migrations').get()
    const applied = Number(newest?.['number'])
    if (applied > MIGRATIONS.length)
      throw new Error(`the database has migration ${applied}, and this program knows ${MIGRATIONS.length}: it is older`)
    const insert = database.prepare('INSERT INTO migrations VALUES (?)')
    const steps = [...MIGRATIONS.entries()].slice(applied, last)
    for (const [index, step] of steps) {
      database.exec(step)
      insert.run(index + 1)
    }
    // With every column that there is by now.
    if (steps.length > 0 && last === MIGRATIONS.length) database.exec(REQUEST_VIEW)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
