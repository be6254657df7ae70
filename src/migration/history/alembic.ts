import type { Client } from "pg";
import { quoted } from "../history.ts";

/** Beside Alembic's own table, which keeps neither what a revision held nor where a release began. */
const table = "public.sluice_alembic";

/** A revision as we saw it applied. */
export interface RecordedRevision {
  readonly revision: string;
  /** sha256 of its file. */
  readonly checksum: string;
  /** Where the database stood before the release that applied it: a revision, or `base`. */
  readonly before: string;
}

const isThere = async (client: Client) => {
  const { rows } = await client.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
  return rows[0]?.found === true;
};

/** What we recorded of revisions; those that others applied are not among them. */
export async function readRevisions(client: Client): Promise<readonly RecordedRevision[]> {
  if (!(await isThere(client))) return [];
  const { rows } = await client.query<RecordedRevision>(`select revision, checksum, before from ${table}`);
  return rows;
}

/** Says what was applied, and from where, so that a downgrade can mean "before this release". */
export async function recordRevisions(
  client: Client,
  revisions: readonly RecordedRevision[],
  release: string | undefined,
): Promise<void> {
  if (!(await isThere(client)))
    await client.query(`
      create table if not exists ${table} (
        revision text primary key, checksum text not null, before text not null, release text,
        applied_at timestamptz not null default clock_timestamp());
      alter table ${table} enable row level security;
      comment on table ${table} is 'What Sluice saw Alembic apply: the file''s sha256, and the revision before that release.'`);
  for (const { revision, checksum, before } of revisions)
    await client.query(
      `insert into ${table} (revision, checksum, before, release) values ($1, $2, $3, $4)
       on conflict (revision) do update set checksum = excluded.checksum, before = excluded.before,
         release = excluded.release, applied_at = clock_timestamp()`,
      [revision, checksum, before, release ?? null],
    );
}

/** Forgets revisions that were taken back. */
export async function forgetRevisions(client: Client, revisions: readonly string[]): Promise<void> {
  if (await isThere(client)) await client.query(`delete from ${table} where revision = any($1)`, [revisions]);
}

/** How a person says that an edited revision is as good as the one that was applied. */
export const acceptRevision = (revision: string, checksum: string): string =>
  `update ${table} set checksum = ${quoted(checksum)} where revision = ${quoted(revision)};`;
