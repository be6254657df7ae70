import { readFile } from "node:fs/promises";
import path from "node:path";
import { type RevisionFile, revisionsInLine, versionsFolder } from "./migration/alembic-files.ts";
import { parseDatabaseUrl, withConnection } from "./migration/connection.ts";
import { planHash } from "./migration/history.ts";
import { identifyDatabase } from "./migration/refusal.ts";
import { revisionText } from "./migration/revision-text.ts";
import type { ReadMigration } from "./migration-engine.ts";
import type { Ports } from "./ports.ts";
import type { Stage } from "./step.ts";

export interface PlannedRevisions {
  /** The hash that the engine's own plan has for the same revisions on the same database. */
  readonly hash: string;
  /** The pending files by name, with their SQL where they are nothing else. */
  readonly files: readonly ReadMigration[];
}

/**
 * Which of Alembic's revisions are pending, from their files as text and the database's own table: nothing of the user's
 * is run. A sentence where that cannot be known so.
 */
export async function planRevisions(
  { alembic, url }: Pick<NonNullable<Stage["migrate"]>, "alembic" | "url">,
  workspace: string,
  ports: Ports,
): Promise<PlannedRevisions | string> {
  if (alembic === undefined) return "it is not Alembic that migrates";
  const config = path.join(workspace, alembic.config);
  const line = await revisionsInLine(config);
  if (typeof line === "string") return line;
  const versions = await versionsFolder(config);
  if (typeof versions === "string") return versions;
  const env = await readFile(path.join(versions.folder, "../env.py"), "utf8").catch(() => undefined);
  if (env === undefined) return "its env.py cannot be read";
  if (env.includes("version_table")) return "its env.py names a version_table of its own";
  return withConnection(parseDatabaseUrl(url, "Planning migrations"), "sluice", ports, async (client) => {
    const target = await identifyDatabase(client);
    const { rows } = await client.query<{ table: string | null; used: boolean }>(
      `select to_regclass('alembic_version')::text as table,
              exists (select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')) as used`,
    );
    const [{ table, used } = { table: null, used: true }] = rows;
    if (table === null && used) return "the database has tables and no alembic_version that its login finds";
    const heads =
      table === null ? [] : (await client.query<{ id: string }>(`select version_num as id from ${table}`)).rows;
    const [head, second] = heads;
    if (second !== undefined) return "the database stands at several revisions";
    const at = head === undefined ? -1 : line.findIndex(({ id }) => id === head.id);
    if (head !== undefined && at < 0) return `the database stands at revision ${head.id}, which no file has`;
    const pending = line.slice(at + 1);
    const hashed = pending.map(({ id, checksum }) => ({ name: id, checksum }));
    return { hash: planHash(hashed, target), files: pending.map(asSql) };
  });
}

function asSql({ file: name, text }: RevisionFile): ReadMigration {
  const sql = revisionText(text);
  return sql === undefined ? { name, unread: "Its Python says what it runs" } : { name, sql };
}
