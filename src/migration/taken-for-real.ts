import type { Client } from "pg";
import type { MigrationFile } from "./migration-files.ts";
import { catalogName, comment, identifier, qualified, quotedText } from "./statement-rule.ts";
import { lexSql } from "./statements.ts";
import { type InvalidIndex, invalidIndexes, told } from "./unusable-indexes.ts";

/**
 * An index that is invalid and that a file's plain CREATE INDEX IF NOT EXISTS would take for the real one. What runs in
 * front of it may drop it, build it anew (CREATE INDEX CONCURRENTLY, whose leftovers we drop ourselves) or repair it.
 */
export async function takenForReal(
  client: Client,
  files: readonly MigrationFile[],
): Promise<{ readonly reason: string; readonly message: string } | undefined> {
  for (const index of await invalidIndexes(client))
    for (const file of files) {
      const first = await firstTouch(client, index, file.sql);
      if (first === "taken") return { reason: "index-invalid", message: `${file.path}: ${told(index)}` };
      if (first === "mended") break;
    }
  return undefined;
}

/** What touches an index, at the start of a statement. REINDEX TABLE CONCURRENTLY passes over invalid ones. */
const touches = new RegExp(
  [
    String.raw`\bcreate\s+(?:unique\s+)?index\s+(?<how>concurrently\s+(?:if\s+not\s+exists\s+)?|if\s+not\s+exists\s+)(?<built>${identifier})\s+on\s+(?:only\s+)?(?<table>${qualified})`,
    String.raw`\bdrop\s+(?:index|table)\s+(?:concurrently\s+)?(?:if\s+exists\s+)?(?<dropped>${qualified}(?:\s*,\s*${qualified})*)`,
    String.raw`\breindex\s*(?:index\s+(?:concurrently\s+)?|\([^)]*\)\s*index\s+|(?:\((?![^)]*\bconcurrently)[^)]*\)\s*)?table\s+(?!concurrently\b))(?<rebuilt>${qualified})`,
  ].join("|"),
  "giu",
);

/** Comments, and the strings that may look as if they had some, which are kept. */
const comments = new RegExp(`(${quotedText}|"[^"]*")|${comment}`, "g");

async function firstTouch(client: Client, index: InvalidIndex, sql: string): Promise<"taken" | "mended" | undefined> {
  // Where a file looks names up elsewhere, a bare one may be the index's for what takes it, and is not for what mends it.
  const ownPath = /\bsearch_path\b/i.test(sql);
  for (const { text, words } of lexSql(sql).statements) {
    const inBlock = words[0] === "DO";
    for (const { index: at, groups = {} } of text.replaceAll(comments, (_, kept = " ") => kept).matchAll(touches)) {
      if (at > 0 && !inBlock) break;
      const { how, built, table, dropped, rebuilt } = groups;
      if (how !== undefined && built !== undefined && table !== undefined) {
        const takes = /^if/i.test(how);
        const bare = ownPath && parts(table).length === 1;
        if (
          (takes || !inBlock) &&
          (await isBuilt(client, index, { name: catalogName(built), table, anySchema: bare && takes }))
        )
          return takes ? "taken" : "mended";
        continue;
      }
      // Nobody knows whether a block comes to it.
      if (inBlock) continue;
      for (const name of (dropped ?? rebuilt ?? "").match(new RegExp(qualified, "gu")) ?? [])
        if (!(ownPath && parts(name).length === 1) && (await isOf(client, index, name))) return "mended";
    }
  }
  return undefined;
}

const parts = (written: string): readonly string[] => written.match(new RegExp(identifier, "gu")) ?? [];

/** Whether an index comes to be where the invalid one is: in the schema of its table, which may not be there yet. */
async function isBuilt(
  client: Client,
  { name }: InvalidIndex,
  wanted: { readonly name: string; readonly table: string; readonly anySchema: boolean },
): Promise<boolean> {
  const [schema, relation] = parts(wanted.table);
  const { rowCount } = await client.query(
    `select from pg_class c where c.oid = to_regclass($1) and c.relname = $2::text::name and ($5 or c.relnamespace = case
       when $4::text is not null then to_regnamespace($4)
       else coalesce((select relnamespace from pg_class where oid = to_regclass($3)), to_regnamespace(quote_ident(current_schema())))
     end)`,
    [name, wanted.name, wanted.table, relation === undefined ? null : schema, wanted.anySchema],
  );
  return rowCount === 1;
}

/** Whether a written name is the index or its table. */
async function isOf(client: Client, { name, table }: InvalidIndex, written: string): Promise<boolean> {
  const { rows } = await client.query<{ same: boolean }>(
    "select to_regclass($1) in (to_regclass($2), to_regclass($3)) as same",
    [written, name, table],
  );
  return rows[0]?.same === true;
}
