/**
 * The one statement that moves money of an organisation: ends, holds and the log, as a function in the database.
 *
 * Why it is right with any number of gateways at once:
 *
 * - Everything that it reads or writes of an organisation, it does with that organisation's wallet locked (FOR UPDATE), from
 *   its first statement to the commit. Groups of one organisation therefore run one after the other, and since each statement
 *   of a function sees what was committed before that statement began (READ COMMITTED, VOLATILE), each group sees all that
 *   earlier ones did. That is as good as SERIALIZABLE, without its failures.
 * - A transaction locks one wallet, and rows of that organisation after it, never the other way round: no cycle of waiting can
 *   come about. Two others lock some of these rows: progress waits for nobody (SKIP LOCKED), and credits take the wallet
 *   first, then the row of `account_revision`, as accounts do.
 * - Documents of an end are written behind the wallet; whoever puts others locks no wallet.
 * - A try whose answer got lost is made again with the same request id. A hold that is there is given back as it is, unless
 *   it has ended; an end that is there stands. The unique indexes on `transfers` say so too.
 */

import { LOGGED_COLUMNS, REQUEST_FIELDS, REQUEST_NAMES } from './request-rows.ts'
import { BY_INDEX, SPENT_FUNCTION, TELL_SPENT } from './spent-function.ts'

/** What a line of the log has, as JSON gives it. */
const LINE = `how text, ended_at bigint, ${REQUEST_FIELDS}`

const HOLD = `n integer, request text, project text, key text, model text, amount bigint, project_budget bigint,
  project_month integer, key_budget bigint, key_month integer, month integer, at bigint, deadline bigint`

const TRANSFER = `id, kind, organisation, cash, voucher, at, gateway, request, project, key, model, deadline`
const OPEN = `organisation, request, id, gateway, project, key, model, month, cash, voucher, at, deadline`

/** The hold's transfer of a request `g`, if there is one. */
const KNOWN = `(SELECT t.id FROM transfers t
          WHERE t.organisation = of_organisation AND t.request = g.request AND t.kind = 1 LIMIT 1)`
const ABANDONED = `(SELECT a.request FROM abandoned_holds a
          WHERE a.organisation = of_organisation AND a.request = g.request LIMIT 1) IS NOT NULL`

/**
 * `given_lines`: ends of holds and lines for the log alone, told apart by `how`:
 * `end`; `lapsed`: only if the gateway of the hold is gone; `abandon`: and if there is no such hold, there never will be;
 * `note`: of a request that was never held.
 *
 * `available` of what was held or has ended is what is free behind it; of what was refused, what there is. Of a row `spent` it is
 * what a key or a project with a budget has spent and holds behind all of it: of those in `given_holds`, and of those that the
 * first line has as `budgets`.
 *
 * `given_documents`: what is to be written with an end that is among the lines, all of it or the end is `instead`.
 */
export const GROUP_FUNCTION = `
  ${SPENT_FUNCTION}
  -- Gateways of an older program know four of its parameters, and find it by them.
  DROP FUNCTION IF EXISTS ledger_group(text, bigint, json, json);
  CREATE OR REPLACE FUNCTION ledger_group(of_organisation text, of_gateway bigint, given_lines json, given_holds json,
    given_documents json DEFAULT NULL)
  RETURNS TABLE (part text, request text, outcome text, cash bigint, voucher bigint, available bigint)
  LANGUAGE plpgsql ${BY_INDEX} AS $$
  #variable_conflict use_column
  DECLARE
    wallet wallets%ROWTYPE;
    asked_budgets json := given_lines -> 0 -> 'budgets';
    back_cash bigint; back_voucher bigint; let_go bigint; charged bigint; ended text[]; outcomes text[];
    conflicting text[] := '{}'; -- requests whose documents could not be written: their holds are released
    total numeric; careful boolean; one record; from_voucher bigint; budget_left bigint; place text;
    used jsonb := '{}'; -- what is spent or held by a key or project that has a budget, with what this group has held
  BEGIN
    SELECT w.* INTO wallet FROM wallets w WHERE w.organisation = of_organisation FOR UPDATE;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'hold', g.request, 'unknown_organisation', 0::bigint, 0::bigint, 0::bigint
        FROM json_to_recordset(given_holds) AS g(request text);
      RETURN QUERY SELECT CASE g.how WHEN 'note' THEN 'note' ELSE 'line' END, g.request, 'unknown_organisation', 0::bigint,
        0::bigint, 0::bigint FROM json_to_recordset(given_lines) AS g(request text, how text);
      RETURN;
    END IF;

    IF given_documents IS NOT NULL THEN
      FOR one IN
        SELECT DISTINCT ON (g.request) g.* FROM json_to_recordset(given_documents) AS g(request text, at bigint, writes json)
        WHERE EXISTS (SELECT FROM open_holds h WHERE h.organisation = of_organisation AND h.request = g.request)
      LOOP
        IF NOT documents_put(one.writes, one.at, one.request) THEN
          conflicting := conflicting || one.request::text;
        END IF;
      END LOOP;
      IF cardinality(conflicting) > 0 THEN
        SELECT json_agg(coalesce(d.instead, l.line)) INTO given_lines
        FROM json_array_elements(given_lines) l(line)
        LEFT JOIN json_to_recordset(given_documents) AS d(request text, instead json)
          ON d.request = l.line ->> 'request' AND d.request = ANY (conflicting);
      END IF;
    END IF;

    IF given_lines IS NOT NULL THEN
      WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(given_lines) AS g(${LINE})
      ), found AS MATERIALIZED (
        -- Nobody else ends one of them: that takes the wallet.
        SELECT DISTINCT ON (g.request) h.id AS hold, h.cash AS held_cash, h.voucher AS held_voucher,
          h.project AS held_project, h.key AS held_key, h.month, g.*
        FROM given g CROSS JOIN LATERAL (
          SELECT h.* FROM open_holds h WHERE h.organisation = of_organisation AND h.request = g.request LIMIT 1
        ) h
        WHERE g.how <> 'note' AND (g.how <> 'lapsed' OR NOT EXISTS (
          SELECT FROM gateways w WHERE w.id = h.gateway AND w.lease_until >= clock_timestamp()))
      ), line AS MATERIALIZED (
        SELECT nextval('ledger_ids') AS id, f.*, least(greatest(f.cost, 0), f.held_cash + f.held_voucher) AS charge
        FROM found f
        UNION ALL
        SELECT nextval('ledger_ids'), NULL, 0, 0, NULL, NULL, NULL, g.*, 0 FROM given g WHERE g.how = 'note'
      ), ended AS (
        SELECT l.*, least(l.held_voucher, l.charge) AS by_voucher FROM line l WHERE l.hold IS NOT NULL
      ), moved AS (
        INSERT INTO transfers (id, kind, organisation, hold, cash, voucher, at, gateway, conflict)
        SELECT e.id, CASE e.charge WHEN 0 THEN 3 ELSE 2 END, of_organisation, e.hold,
          CASE e.charge WHEN 0 THEN e.held_cash ELSE e.charge - e.by_voucher END,
          CASE e.charge WHEN 0 THEN e.held_voucher ELSE e.by_voucher END, e.ended_at, of_gateway,
          CASE WHEN e.request = ANY (conflicting) THEN true END
        FROM ended e
      ), spent AS (
        INSERT INTO spending AS s (organisation, subject, month, amount)
        SELECT of_organisation, e.subject, e.month, sum(e.charge)
        FROM (
          SELECT held_project AS subject, month, charge FROM ended UNION ALL SELECT held_key, month, charge FROM ended
        ) e
        WHERE e.charge > 0 GROUP BY e.subject, e.month
        ON CONFLICT (organisation, subject, month) DO UPDATE SET amount = s.amount + excluded.amount
      ), logged AS (
        INSERT INTO requests (id, hold, ${REQUEST_NAMES})
        SELECT l.id, l.hold, ${LOGGED_COLUMNS} FROM line l
      ), summed AS (
        INSERT INTO usage AS u (hour, organisation, project, key, model, engine, requests, errors, prompt, cached, completion,
          reasoning, cost)
        SELECT (l.at / 3600000)::integer, of_organisation, l.project, l.key, l.model, coalesce(l.engine, ''), count(*),
          count(l.error), sum(l.prompt), sum(l.cached), sum(l.completion), sum(l.reasoning), sum(l.charge)
        FROM line l GROUP BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (hour, organisation, project, key, model, engine) DO UPDATE SET requests = u.requests + excluded.requests,
          errors = u.errors + excluded.errors, prompt = u.prompt + excluded.prompt, cached = u.cached + excluded.cached,
          completion = u.completion + excluded.completion, reasoning = u.reasoning + excluded.reasoning,
          cost = u.cost + excluded.cost
      )
      SELECT coalesce(sum(e.held_cash - (e.charge - e.by_voucher)), 0), coalesce(sum(e.held_voucher - e.by_voucher), 0),
        coalesce(sum(e.held_cash + e.held_voucher), 0), coalesce(sum(e.charge), 0),
        coalesce(array_agg(e.request), '{}'),
        coalesce(array_agg(CASE WHEN e.request = ANY (conflicting) THEN 'document_conflict'
          WHEN e.charge = 0 THEN 'released' ELSE 'settled' END), '{}')
      INTO back_cash, back_voucher, let_go, charged, ended, outcomes
      FROM ended e;
      -- One by one: for many at once the planner may read all that the organisation ever had open.
      FOREACH place IN ARRAY ended LOOP
        DELETE FROM open_holds h WHERE h.organisation = of_organisation AND h.request = place;
      END LOOP;
      wallet.cash := wallet.cash + back_cash;
      wallet.voucher := wallet.voucher + back_voucher;
      wallet.held := wallet.held - let_go;
      wallet.revenue := wallet.revenue + charged;
      RETURN QUERY SELECT 'line', e.request, e.outcome, 0::bigint, 0::bigint, wallet.cash + wallet.voucher
        FROM unnest(ended, outcomes) AS e(request, outcome);
      IF cardinality(ended) < json_array_length(given_lines) THEN
        INSERT INTO abandoned_holds (organisation, request)
        SELECT of_organisation, g.request FROM json_to_recordset(given_lines) AS g(request text, how text)
        WHERE g.how = 'abandon' AND ${KNOWN} IS NULL
        ON CONFLICT DO NOTHING;
        RETURN QUERY SELECT CASE g.how WHEN 'note' THEN 'note' ELSE 'line' END, g.request,
            CASE WHEN g.how = 'note' THEN 'noted' WHEN g.hold IS NULL THEN 'unknown' WHEN e.id IS NULL THEN 'open'
              WHEN e.gateway = of_gateway THEN CASE WHEN e.conflict THEN 'conflicted' ELSE 'ended' END
              ELSE 'late' END,
            0::bigint, 0::bigint, 0::bigint
          FROM (
            SELECT g.request, g.how, CASE WHEN g.how <> 'note' THEN ${KNOWN} END AS hold
            FROM json_to_recordset(given_lines) AS g(request text, how text)
            WHERE g.how = 'note' OR g.request <> ALL (ended)
          ) g
          LEFT JOIN LATERAL (SELECT t.id, t.gateway, t.conflict FROM transfers t WHERE t.hold = g.hold LIMIT 1) e ON true;
      END IF;
    END IF;

    IF given_holds IS NOT NULL THEN
      SELECT sum(g.amount), bool_or(coalesce(g.key_budget, g.project_budget, ${KNOWN}) IS NOT NULL OR ${ABANDONED})
      INTO total, careful
      FROM json_to_recordset(given_holds) AS g(${HOLD});

      IF NOT careful AND total <= wallet.cash + wallet.voucher THEN
        -- All of them fit, in whatever order: in theirs, the first ones have the voucher.
        RETURN QUERY
          WITH split AS MATERIALIZED (
            SELECT nextval('ledger_ids') AS id, s.*
            FROM (
              SELECT g.*, least(g.amount,
                greatest(wallet.voucher - sum(g.amount) OVER (ORDER BY g.n) + g.amount, 0))::bigint AS by_voucher
              FROM json_to_recordset(given_holds) AS g(${HOLD}) ORDER BY g.n
            ) s
          ), moved AS (
            INSERT INTO transfers (${TRANSFER})
            SELECT s.id, 1, of_organisation, s.amount - s.by_voucher, s.by_voucher, s.at, of_gateway, s.request, s.project,
              s.key, s.model, s.deadline
            FROM split s
          ), opened AS (
            INSERT INTO open_holds (${OPEN})
            SELECT of_organisation, s.request, s.id, of_gateway, s.project, s.key, s.model, s.month, s.amount - s.by_voucher,
              s.by_voucher, s.at, s.deadline
            FROM split s
          )
          SELECT 'hold', s.request, 'held', s.amount - s.by_voucher, s.by_voucher,
            (wallet.cash + wallet.voucher - total)::bigint
          FROM split s;
        from_voucher := least(total, greatest(wallet.voucher, 0));
        wallet.cash := wallet.cash - (total - from_voucher);
        wallet.voucher := wallet.voucher - from_voucher;
        wallet.held := wallet.held + total;
      ELSE
        FOR one IN
          SELECT g.*, h.id AS known, h.cash AS known_cash, h.voucher AS known_voucher,
            ${ABANDONED} OR (SELECT e.id FROM transfers e WHERE e.hold = h.id LIMIT 1) IS NOT NULL AS abandoned
          FROM json_to_recordset(given_holds) AS g(${HOLD})
          LEFT JOIN LATERAL (SELECT t.id, t.cash, t.voucher FROM transfers t WHERE t.id = ${KNOWN}) h ON true
          ORDER BY g.n
        LOOP
          part := 'hold';
          request := one.request;
          cash := 0;
          voucher := 0;
          available := 0;
          IF one.abandoned THEN
            outcome := 'abandoned';
            RETURN NEXT;
            CONTINUE;
          ELSIF one.known IS NOT NULL THEN
            outcome := 'held';
            cash := one.known_cash;
            voucher := one.known_voucher;
            available := wallet.cash + wallet.voucher;
            RETURN NEXT;
            CONTINUE;
          END IF;
          IF one.key_budget IS NOT NULL THEN
            place := one.key || coalesce(' ' || one.key_month, '');
            IF NOT used ? place THEN
              used := used || jsonb_build_object(place, spent_or_held(of_organisation, one.key, one.key_month));
            END IF;
            budget_left := one.key_budget - (used ->> place)::bigint;
            IF one.amount > budget_left THEN
              outcome := 'key_budget';
              available := greatest(budget_left, 0);
              RETURN NEXT;
              CONTINUE;
            END IF;
          END IF;
          IF one.project_budget IS NOT NULL THEN
            place := one.project || coalesce(' ' || one.project_month, '');
            IF NOT used ? place THEN
              used := used || jsonb_build_object(place, spent_or_held(of_organisation, one.project, one.project_month));
            END IF;
            budget_left := one.project_budget - (used ->> place)::bigint;
            IF one.amount > budget_left THEN
              outcome := 'project_budget';
              available := greatest(budget_left, 0);
              RETURN NEXT;
              CONTINUE;
            END IF;
          END IF;
          IF one.amount > wallet.cash + wallet.voucher THEN
            outcome := 'insufficient';
            available := wallet.cash + wallet.voucher;
            RETURN NEXT;
            CONTINUE;
          END IF;
          voucher := least(one.amount, greatest(wallet.voucher, 0));
          cash := one.amount - voucher;
          WITH made AS (
            INSERT INTO transfers (${TRANSFER})
            SELECT nextval('ledger_ids'), 1, of_organisation, one.amount - by.voucher, by.voucher, one.at, of_gateway,
              one.request, one.project, one.key, one.model, one.deadline
            FROM (SELECT least(one.amount, greatest(wallet.voucher, 0)) AS voucher) by
            RETURNING id, cash, voucher
          )
          INSERT INTO open_holds (${OPEN})
          SELECT of_organisation, one.request, m.id, of_gateway, one.project, one.key, one.model, one.month, m.cash, m.voucher,
            one.at, one.deadline
          FROM made m;
          wallet.cash := wallet.cash - cash;
          wallet.voucher := wallet.voucher - voucher;
          wallet.held := wallet.held + one.amount;
          FOREACH place IN ARRAY ARRAY[one.key, one.key || ' ' || one.month, one.project, one.project || ' ' || one.month] LOOP
            IF used ? place THEN
              used := used || jsonb_build_object(place, (used ->> place)::bigint + one.amount);
            END IF;
          END LOOP;
          outcome := 'held';
          available := wallet.cash + wallet.voucher;
          RETURN NEXT;
        END LOOP;
      END IF;
    END IF;

    ${TELL_SPENT}

    UPDATE wallets w SET cash = wallet.cash, voucher = wallet.voucher, held = wallet.held, revenue = wallet.revenue
    WHERE w.organisation = of_organisation
      AND (w.cash, w.voucher, w.held, w.revenue) IS DISTINCT FROM (wallet.cash, wallet.voucher, wallet.held, wallet.revenue);
  END $$;
`
