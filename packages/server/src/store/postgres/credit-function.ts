/** The one statement of a credit, as a function in the database: once for each idempotency key, told to everybody at its commit. */

/** The channel on which gateways tell each other that accounts have changed; the payload is the revision. */
export const ACCOUNTS_CHANNEL = 'moonbase_accounts'

/** 9 million units: with it, every sum of one wallet is a number that JavaScript has exactly. */
const MOST = 9_000_000_000_000_000

/**
 * The wallet is locked first: two credits with one key come one after the other, and the second finds the first. The row of
 * `account_revision` comes after it, and whoever has that one locks no wallet that exists: no cycle.
 */
export const CREDIT_FUNCTION = `
  CREATE FUNCTION ledger_credit(of_organisation text, of_kind smallint, of_amount bigint, of_key text, of_by text, of_note text,
    of_at bigint)
  RETURNS TABLE (outcome text, id bigint, kind smallint, amount bigint, currency text, cash bigint, voucher bigint,
    held bigint, recharged bigint)
  LANGUAGE plpgsql SET enable_seqscan = off AS $$
  #variable_conflict use_column
  DECLARE
    wallet wallets%ROWTYPE; known record; by_voucher bigint; next_revision bigint;
  BEGIN
    SELECT w.* INTO wallet FROM wallets w WHERE w.organisation = of_organisation FOR UPDATE;
    IF NOT FOUND THEN
      outcome := 'unknown_organisation';
      RETURN NEXT;
      RETURN;
    END IF;
    kind := of_kind;
    amount := of_amount;
    SELECT t.id, t.kind, t.cash + t.voucher AS amount INTO known
    FROM credits c JOIN transfers t ON t.id = c.id
    WHERE c.organisation = of_organisation AND c.idempotency_key = of_key;
    IF FOUND THEN
      outcome := 'repeated';
      id := known.id;
      kind := known.kind;
      amount := known.amount;
    ELSIF greatest(abs(wallet.cash + wallet.voucher + wallet.held + of_amount), abs(wallet.cash + of_amount),
      CASE of_kind WHEN 4 THEN wallet.recharged + of_amount ELSE 0 END) > ${MOST}
    THEN
      outcome := 'amount_too_large';
    ELSE
      outcome := 'credited';
      id := nextval('ledger_ids');
      by_voucher := CASE of_kind WHEN 5 THEN of_amount ELSE 0 END;
      INSERT INTO transfers (id, kind, organisation, cash, voucher, at)
      SELECT n.id, of_kind, of_organisation, of_amount - by_voucher, by_voucher, of_at FROM (SELECT id) n;
      INSERT INTO credits (id, organisation, idempotency_key, by, note)
      SELECT n.id, of_organisation, of_key, of_by, of_note FROM (SELECT id) n;
      wallet.cash := wallet.cash + of_amount - by_voucher;
      wallet.voucher := wallet.voucher + by_voucher;
      wallet.funding := wallet.funding - of_amount;
      IF of_kind = 4 THEN
        wallet.recharged := wallet.recharged + of_amount;
        UPDATE account_revision SET revision = revision + 1 RETURNING revision INTO wallet.revision;
        PERFORM pg_notify('${ACCOUNTS_CHANNEL}', wallet.revision::text);
      END IF;
      UPDATE wallets w SET cash = wallet.cash, voucher = wallet.voucher, funding = wallet.funding,
        recharged = wallet.recharged, revision = wallet.revision
      WHERE w.organisation = of_organisation;
    END IF;
    currency := wallet.currency;
    cash := wallet.cash;
    voucher := wallet.voucher;
    held := wallet.held;
    recharged := wallet.recharged;
    RETURN NEXT;
  END $$;
`
