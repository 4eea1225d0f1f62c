/** Documents as a table of PostgreSQL, and the one way in which some are written together, also beside money. */

/** Raised where what is expected is not there; it undoes all that the same put has written. */
const CONFLICT = 'MBDOC'

/**
 * due_at and revision change most often, and stand outside of the JSON. write_id: who wrote it last, so that one whose answer
 * got lost finds out whether it did.
 */
export const DOCUMENT_TABLES = `
  -- Small things of any kind, by owner. due_at: somebody may lease it from then on.
  CREATE TABLE documents (
    kind text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    label text COLLATE "C",
    created_at bigint NOT NULL,
    due_at bigint,
    expires_at bigint,
    revision bigint NOT NULL,
    write_id text NOT NULL,
    value text NOT NULL, -- JSON: no text of this database may have in it what JSON can escape
    PRIMARY KEY (kind, owner, id)
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
  CREATE INDEX documents_due ON documents (kind, due_at, owner, id) WHERE due_at IS NOT NULL;
  CREATE INDEX documents_label ON documents (kind, owner, label, id) INCLUDE (expires_at) WHERE label IS NOT NULL;
  CREATE INDEX documents_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;

  -- expects: a revision; 0: that there is none; -1: whatever there is. What has expired is not there. In one order for
  -- everybody, so that two that write the same ones do not wait for each other.
  CREATE FUNCTION documents_put(given json, now_ms bigint, of_write text) RETURNS boolean
  LANGUAGE plpgsql SET enable_seqscan = off AS $$
  #variable_conflict use_column
  DECLARE
    one record;
  BEGIN
    FOR one IN
      SELECT g.* FROM json_to_recordset(given) AS g(kind text, owner text, id text, label text, created_at bigint, due_at bigint,
        expires_at bigint, expects bigint, value text)
      ORDER BY g.kind COLLATE "C", g.owner COLLATE "C", g.id COLLATE "C"
    LOOP
      IF one.expects > 0 THEN
        UPDATE documents d SET label = one.label, created_at = one.created_at, due_at = one.due_at, expires_at = one.expires_at,
          revision = d.revision + 1, write_id = of_write, value = one.value
        WHERE d.kind = one.kind AND d.owner = one.owner AND d.id = one.id AND d.revision = one.expects
          AND (d.expires_at IS NULL OR d.expires_at > now_ms);
      ELSE
        INSERT INTO documents AS d (kind, owner, id, label, created_at, due_at, expires_at, revision, write_id, value)
        VALUES (one.kind, one.owner, one.id, one.label, one.created_at, one.due_at, one.expires_at, 1, of_write, one.value)
        ON CONFLICT (kind, owner, id) DO UPDATE SET label = excluded.label, created_at = excluded.created_at,
          due_at = excluded.due_at, expires_at = excluded.expires_at, write_id = excluded.write_id, value = excluded.value,
          revision = CASE WHEN d.expires_at <= now_ms THEN 1 ELSE d.revision + 1 END
        WHERE one.expects < 0 OR d.expires_at <= now_ms;
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a document is not as it was expected' USING ERRCODE = '${CONFLICT}';
      END IF;
    END LOOP;
    RETURN true;
  EXCEPTION WHEN SQLSTATE '${CONFLICT}' THEN
    RETURN false;
  END $$;
`
