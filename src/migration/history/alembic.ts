import type { Client } from "pg";
import { quoted } from "../history.ts";

/** Beside Alembic's own table, which keeps neither what a revision held nor where a release began. */
const table = "public.sluice_alembic";

/** A revision as an attempt of ours planned it, or saw it applied. */
export interface RecordedRevision {
  readonly revision: string;
  /** sha256 of its file. */
  readonly checksum: string;
  /** Where the database stood before the release that applied it: a revision, `base`, or several joined by `+`. */
  readonly before: string;
  /** Whether we saw it applied; one that is only planned is written down in case that we are killed. */
  readonly seen: boolean;
  readonly release: string | null;
}

const isThere = async (client: Client) => {
  const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
  return rows[0]?.found === true;
};

/** What we recorded of revisions; those that others applied are not among them. */
export async function readRevisions(client: Client): Promise<readonly RecordedRevision[]> {
  if (!(await isThere(client))) return [];
  const { rows } = await client.query<RecordedRevision>(
    `select revision, checksum, before, applied_at is not null as seen, release from ${table}`,
  );
  return rows;
}

/** Says, before anything runs, what this attempt is to apply and where its release began. */
export async function planRevisions(
  client: Client,
  revisions: readonly Pick<RecordedRevision, "revision" | "checksum">[],
  { before, release }: { readonly before: string; readonly release: string | undefined },
): Promise<void> {
  if (!(await isThere(client)))
    await client.query(`
      create table if not exists ${table} (
        revision text primary key, checksum text not null, before text not null, release text, applied_at timestamptz);
      alter table ${table} enable row level security;
      comment on table ${table} is 'What Sluice saw Alembic apply: the file''s sha256, and the revision before that release; a row without applied_at was planned and not seen.'`);
  const { rows } = await client.query(
    "select from pg_attribute where attrelid = to_regclass($1) and attname = 'applied_at' and attnotnull",
    [table],
  );
  // As earlier versions made it.
  if (rows.length > 0) await client.query(`alter table ${table} alter applied_at drop not null`);
  await client.query(
    `insert into ${table} (revision, checksum, before, release, applied_at)
     select revision, checksum, $3, $4, null from unnest($1::text[], $2::text[]) planned (revision, checksum)
     on conflict (revision) do update set checksum = excluded.checksum, before = excluded.before,
       release = excluded.release, applied_at = null`,
    [revisions.map(({ revision }) => revision), revisions.map(({ checksum }) => checksum), before, release ?? null],
  );
}

/** Says which of those that were planned are applied; once all are, what else was planned counts no more. */
export async function recordRevisions(
  client: Client,
  applied: readonly string[],
  { complete }: { readonly complete: boolean },
): Promise<void> {
  await client.query(
    `update ${table} set applied_at = clock_timestamp() where revision = any($1) and applied_at is null`,
    [applied],
  );
  if (complete) await client.query(`delete from ${table} where applied_at is null`);
}

/** Forgets revisions that were taken back. */
export async function forgetRevisions(client: Client, revisions: readonly string[]): Promise<void> {
  if (await isThere(client)) await client.query(`delete from ${table} where revision = any($1)`, [revisions]);
}

/** How a person says that an edited revision is as good as the one that was applied. */
export const acceptRevision = (revision: string, checksum: string): string =>
  `update ${table} set checksum = ${quoted(checksum)} where revision = ${quoted(revision)};`;
