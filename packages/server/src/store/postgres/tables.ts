/** The tables: named as those of the other stores where they keep the same, with names as text instead of numbers. */

/** Money is in nano-units, time in milliseconds since the Unix epoch. Names sort by their bytes, whatever the database does. */
export const TABLES = `
  -- One row for each transfer, never changed. hold: the organisation's wallet keeps back what the request may cost. Its one
  -- end refers to it: settle moves the cost to revenue, and the rest is the wallet's again; release gives all of it back.
  -- Ids are given while the wallet is locked: those of one organisation are in the order of their commits.
  CREATE SEQUENCE ledger_ids;
  CREATE TABLE transfers (
    id bigint PRIMARY KEY,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 7),
    organisation text COLLATE "C" NOT NULL,
    hold bigint CHECK ((hold IS NOT NULL) = (kind IN (2, 3))),
    cash bigint NOT NULL,
    voucher bigint NOT NULL,
    at bigint NOT NULL,
    gateway bigint, -- who wrote it, but for credits
    request text COLLATE "C",
    project text,
    key text,
    model text,
    deadline bigint
  );
  CREATE UNIQUE INDEX transfers_one_end ON transfers (hold) WHERE hold IS NOT NULL;
  CREATE UNIQUE INDEX transfers_one_hold ON transfers (organisation, request) WHERE kind = 1;
  CREATE INDEX transfers_of ON transfers (organisation, id);

  CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME; END $$;
  CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  CREATE TABLE credits (
    id bigint PRIMARY KEY, -- the transfer's
    organisation text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    by text NOT NULL,
    note text NOT NULL,
    UNIQUE (organisation, idempotency_key)
  );
  CREATE TRIGGER credits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credits
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

  -- The platform's accounts are kept apart for each organisation: one row for all of them would be waited for by everybody.
  CREATE TABLE wallets (
    organisation text COLLATE "C" PRIMARY KEY,
    currency text NOT NULL,
    cash bigint NOT NULL DEFAULT 0,
    voucher bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    recharged bigint NOT NULL DEFAULT 0,
    revenue bigint NOT NULL DEFAULT 0,
    funding bigint NOT NULL DEFAULT 0,
    revision bigint NOT NULL DEFAULT 0 -- of the accounts, when recharged changed
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  CREATE VIEW platform AS
  SELECT 'revenue' AS account, currency, sum(revenue) AS amount FROM wallets GROUP BY currency
  UNION ALL SELECT 'funding', currency, sum(funding) FROM wallets GROUP BY currency;

  -- Holds without an end, by the gateway whose request it is, with what would be paid if the gateway were gone now.
  CREATE TABLE open_holds (
    organisation text COLLATE "C" NOT NULL,
    request text COLLATE "C" NOT NULL,
    id bigint NOT NULL, -- the transfer's
    gateway bigint NOT NULL,
    project text NOT NULL,
    key text NOT NULL,
    model text NOT NULL,
    month integer NOT NULL, -- of UTC, in which it was made: 202603
    cash bigint NOT NULL,
    voucher bigint NOT NULL,
    at bigint NOT NULL,
    deadline bigint NOT NULL,
    cost bigint,
    record json,
    PRIMARY KEY (organisation, request)
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  CREATE INDEX open_holds_gateway ON open_holds (gateway);

  -- Holds that somebody gave up without knowing whether they were made: they never will be.
  CREATE TABLE abandoned_holds (
    organisation text COLLATE "C" NOT NULL, request text COLLATE "C" NOT NULL, at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation, request)
  );

  -- Who serves. Behind lease_until it is taken for gone; -infinity: it said that it goes. since: it was never away from then.
  CREATE SEQUENCE gateway_ids;
  CREATE TABLE gateways (
    id bigint PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz NOT NULL
  ) WITH (fillfactor = 50);

  -- What a project or a key has spent in a month of UTC (202603), by the month in which the hold was made.
  CREATE TABLE spending (
    organisation text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, month integer NOT NULL,
    amount bigint NOT NULL, PRIMARY KEY (organisation, subject, month)
  ) WITH (fillfactor = 70);

  -- One row for each request that was admitted, with the number of its end; and for those that were refused, without a hold.
  CREATE TABLE requests (
    id bigint PRIMARY KEY,
    hold bigint,
    request text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    project text NOT NULL,
    key text NOT NULL,
    model text NOT NULL,
    engine text, -- null: nobody answered
    served_model text,
    streamed boolean NOT NULL,
    status integer NOT NULL,
    error text,
    prompt bigint NOT NULL,
    cached bigint NOT NULL,
    completion bigint NOT NULL,
    reasoning bigint NOT NULL,
    cost bigint NOT NULL,
    first_token_ms bigint,
    total_ms bigint NOT NULL,
    attempts integer NOT NULL,
    seams integer NOT NULL
  );
  CREATE INDEX requests_at ON requests (at, id);
  CREATE INDEX requests_of ON requests (organisation, at, id);
  CREATE INDEX requests_error ON requests (error, at, id) WHERE error IS NOT NULL;
  CREATE INDEX requests_request ON requests (request);

  -- Sums of requests, by the hour in which they arrived (hours since the Unix epoch). engine '': nobody answered.
  CREATE TABLE usage (
    hour integer NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    project text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    engine text COLLATE "C" NOT NULL,
    requests bigint NOT NULL,
    errors bigint NOT NULL,
    prompt bigint NOT NULL,
    cached bigint NOT NULL,
    completion bigint NOT NULL,
    reasoning bigint NOT NULL,
    cost bigint NOT NULL,
    PRIMARY KEY (hour, organisation, project, key, model, engine)
  ) WITH (fillfactor = 70);
  CREATE INDEX usage_of ON usage (organisation, hour);
  CREATE INDEX usage_key ON usage (key, hour);

  -- Accounts. revision: of the change that made the row what it is, by changed_by. Changes have numbers in the order of their
  -- commits: who makes one has the row of account_revision until it is committed.
  CREATE TABLE account_revision (one integer PRIMARY KEY CHECK (one = 1), revision bigint NOT NULL);
  INSERT INTO account_revision VALUES (1, 0);
  CREATE TABLE organisations (
    id text COLLATE "C" PRIMARY KEY, name text NOT NULL, currency text NOT NULL, status text NOT NULL, tier text,
    created_at bigint NOT NULL, revision bigint NOT NULL, changed_by bigint NOT NULL
  );
  CREATE TABLE projects (
    id text COLLATE "C" PRIMARY KEY, organisation text NOT NULL, name text NOT NULL, status text NOT NULL, limits jsonb,
    budget jsonb, created_at bigint NOT NULL, revision bigint NOT NULL, changed_by bigint NOT NULL
  );
  CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY, organisation text NOT NULL, project text NOT NULL, name text NOT NULL, prefix text NOT NULL,
    digest text NOT NULL UNIQUE, status text NOT NULL, created_at bigint NOT NULL, expires_at bigint, models jsonb,
    addresses jsonb, limits jsonb, budget jsonb, lenient jsonb NOT NULL, queue_ms bigint NOT NULL, revision bigint NOT NULL,
    changed_by bigint NOT NULL
  );
  CREATE TABLE admin_keys (
    id text COLLATE "C" PRIMARY KEY, name text NOT NULL, prefix text NOT NULL, digest text NOT NULL UNIQUE, status text NOT NULL,
    scopes jsonb NOT NULL, organisation text, created_at bigint NOT NULL, expires_at bigint, revision bigint NOT NULL,
    changed_by bigint NOT NULL
  );
  CREATE TABLE tiers (
    name text COLLATE "C" PRIMARY KEY, concurrency bigint, rpm bigint, tpm bigint, tpd bigint, recharge_usd bigint,
    recharge_cny bigint, revision bigint NOT NULL, changed_by bigint NOT NULL
  );
  CREATE TABLE prices (
    id text COLLATE "C" PRIMARY KEY, model text NOT NULL, engine text, currency text NOT NULL, from_at bigint NOT NULL,
    to_at bigint, hit bigint, miss bigint NOT NULL, output bigint NOT NULL, batch_percent bigint NOT NULL,
    web_search bigint NOT NULL, revision bigint NOT NULL, changed_by bigint NOT NULL
  );

  CREATE VIEW ledger AS
  SELECT
    t.id, (ARRAY['hold', 'settle', 'release', 'recharge', 'voucher', 'refund', 'adjustment'])[t.kind] AS kind, t.organisation,
    coalesce(t.request, h.request) AS request, t.cash, t.voucher, to_timestamp(t.at / 1000.0) AS at, c.by, c.note
  FROM transfers t LEFT JOIN transfers h ON h.id = t.hold LEFT JOIN credits c ON c.id = t.id;
`
