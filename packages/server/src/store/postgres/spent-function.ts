/** What a key or a project has spent or holds, as a function in the database; and how functions are kept from reading whole tables. */

/**
 * A plan that was made for a new, empty database must not read the whole of a grown one. So each row that is given is looked
 * up by its index, always: LIMIT 1 keeps the planner from reading all of an organisation's transfers at once instead.
 */
export const BY_INDEX = `SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off`

export const SPENT_FUNCTION = `
  -- What was spent, and what is held. of_month: of this month only; null: of all.
  CREATE OR REPLACE FUNCTION spent_or_held(of_organisation text, of_subject text, of_month integer) RETURNS bigint
  LANGUAGE sql STABLE ${BY_INDEX} AS $$
    SELECT (
      coalesce((
        SELECT sum(s.amount) FROM spending s
        WHERE s.organisation = of_organisation AND s.subject = of_subject AND (of_month IS NULL OR s.month = of_month)
      ), 0) + coalesce((
        SELECT sum(h.cash + h.voucher) FROM open_holds h
        WHERE h.organisation = of_organisation AND of_subject IN (h.key, h.project) AND (of_month IS NULL OR h.month = of_month)
      ), 0)
    )::bigint
  $$;
`

/** The end of `ledger_group`: `used` has those of its holds by now, and `asked_budgets` says of which others it is to be told. */
export const TELL_SPENT = `
    IF asked_budgets IS NOT NULL THEN
      FOR one IN SELECT * FROM json_to_recordset(asked_budgets) AS b(subject text, month integer) LOOP
        place := one.subject || coalesce(' ' || one.month, '');
        IF NOT used ? place THEN
          used := used || jsonb_build_object(place, spent_or_held(of_organisation, one.subject, one.month));
        END IF;
      END LOOP;
    END IF;
    RETURN QUERY SELECT 'spent', u.key, 'told', 0::bigint, 0::bigint, u.value::bigint FROM jsonb_each_text(used) AS u;
`
