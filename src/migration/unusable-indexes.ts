import type { Client } from "pg";
import type { Ports } from "../ports.ts";

/** Names, quoted with their schemas, of indexes that a failed concurrent build left and nobody is building now. */
export async function invalidIndexes(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where not (i.indisvalid and i.indisready) and c.relkind = 'i' and n.nspname !~ '^pg_'
       and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)
       and not exists (select from pg_constraint k where k.conindid = c.oid)`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Drops the invalid indexes that were not there before, so that a next attempt can build them. */
export async function dropNewInvalidIndexes(
  client: Client,
  before: ReadonlySet<string>,
  ports: Pick<Ports, "log">,
): Promise<void> {
  for (const name of await invalidIndexes(client)) {
    if (before.has(name)) continue;
    await client.query(`drop index concurrently if exists ${name}`);
    ports.log.notice(`Dropped the invalid index ${name}, left by an attempt that did not finish.`);
  }
}
