/** A place for each test of a contract: one database, which is put back to how its migrations left it when it is asked for again. */

import { eventually } from '../../../../../../test/support/eventually.ts'
import type { PostgresServer } from '../../../../../../test/support/postgres.ts'
import { openConnections } from '../connections.ts'
import { migrate } from '../migrations.ts'

export interface EmptyPlaces {
  /** A `postgres://…` with all tables and nothing in them. The one before is no place any more: whoever is connected to it is waited for. */
  empty(): Promise<string>
}

/**
 * What the migrations have written is kept in a schema of its own. The rows go one by one, since tables that are emptied as a whole
 * are made anew, files and all, which takes longer than most of the tests; so does a database for each.
 */
const PUT_BACK = `
  CREATE SCHEMA kept;
  DO $$
  DECLARE name text;
  BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
      EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name);
    END LOOP;
  END $$;
  CREATE FUNCTION kept.put_back() RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE name text;
  BEGIN
    -- What was asked by those who are gone is done to its end when their connections are gone.
    IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend') THEN RETURN false; END IF;
    -- There are tables from which nothing is ever taken, and triggers that see to it.
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
      EXECUTE format('DELETE FROM public.%I', name);
      EXECUTE format('INSERT INTO public.%I TABLE kept.%I', name, name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
      EXECUTE format('ALTER SEQUENCE public.%I RESTART', name);
    END LOOP;
    RETURN true;
  END $$;`

export async function openPlaces(server: PostgresServer): Promise<EmptyPlaces> {
  const url = await server.database()
  const sql = openConnections({ url, name: 'makes the tables', size: 1, random: () => 0, silenceMs: 60_000 })
  await migrate(sql)
  await sql.unsafe(PUT_BACK)
  await sql.end()
  return {
    async empty() {
      await eventually(
        () => server.ask(url, 'SELECT kept.put_back()'),
        (isBack) => isBack === 't',
      )
      return url
    },
  }
}
