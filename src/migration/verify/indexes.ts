import type { Client } from "pg";
import * as z from "zod";
import type { MigrationExpectation } from "../../database-spec.ts";
import type { Verified } from "../verify.ts";

type Expected = NonNullable<MigrationExpectation["indexes"]>[number];

const knownIndexes = z.array(
  z.object({
    /** As it has to be written in a command. */
    id: z.string(),
    name: z.string(),
    schema: z.string(),
    table: z.string(),
    /** Whether the search path of the connection finds it without its schema. */
    visible: z.boolean(),
    partitioned: z.boolean(),
    valid: z.boolean(),
    definition: z.string(),
    bytes: z.coerce.number(),
  }),
);
type Known = z.output<typeof knownIndexes>[number];

/** Whether the indexes that a runbook names exist, are used, and are what it says. */
export async function verifyIndexes(client: Client, expected: readonly Expected[]): Promise<readonly Verified[]> {
  const wanted = expected.map(
    (index): Exclude<Expected, string> => (typeof index === "string" ? { name: index } : index),
  );
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, i.relname) as id, i.relname as name, n.nspname as schema, t.relname as table,
       pg_table_is_visible(i.oid) as visible, i.relkind = 'I' as partitioned,
       x.indisvalid and x.indisready and x.indislive as valid, pg_get_indexdef(i.oid) as definition,
       coalesce((select sum(pg_relation_size(part.relid)) from pg_partition_tree(i.oid) part), pg_relation_size(i.oid)) as bytes
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
       join pg_namespace n on n.oid = i.relnamespace
     where i.relname = any($1) order by 1`,
    [wanted.map(({ name }) => nameWithin(name))],
  );
  const known = knownIndexes.parse(rows);
  return wanted.map((index) => verifyIndex(index, known));
}

function verifyIndex({ name, table, definition }: Exclude<Expected, string>, known: readonly Known[]): Verified {
  const what = `index ${name}`;
  const broken = (found: string): Verified => ({ what, holds: false, found });
  const found = meant(name, table, known);
  if (found.length > 1)
    return broken(
      `There are ${found.length} of that name: ${found.map(({ id }) => id).join(", ")}. Write its schema too.`,
    );
  const [index] = found;
  if (index === undefined) return broken("It does not exist. Add it with CREATE INDEX CONCURRENTLY.");
  if (!index.valid) return broken(mendOf(index));
  if (table !== undefined && !isOn(index, table))
    return broken(`It is on ${index.schema}.${index.table}, not on ${table}.`);
  if (definition !== undefined && normalDefinition(definition) !== normalDefinition(index.definition))
    return broken(`It is defined as \`${index.definition}\`.`);
  return { what, holds: true, found: `${index.definition}, ${index.bytes} bytes, valid` };
}

/** As a session would find it: in the named schema, else the one the search path sees, else wherever there is one. */
function meant(name: string, table: string | undefined, known: readonly Known[]): readonly Known[] {
  const named = known.filter((index) => index.name === nameWithin(name));
  if (name.includes(".")) return named.filter(({ schema }) => name.startsWith(`${schema}.`));
  const onTable = table === undefined ? [] : named.filter((index) => isOn(index, table));
  const candidates = onTable.length > 0 ? onTable : named;
  const visible = candidates.filter((index) => index.visible);
  return visible.length > 0 ? visible : candidates;
}

const isOn = ({ schema, table }: Known, wanted: string): boolean => wanted === table || wanted === `${schema}.${table}`;

const nameWithin = (name: string): string => name.slice(name.indexOf(".") + 1);

const mendOf = ({ id, partitioned }: Known): string =>
  partitioned
    ? `It is INVALID: not every partition has it. Build it on each with CREATE INDEX CONCURRENTLY, then \`ALTER INDEX ${id} ATTACH PARTITION\` each.`
    : `It is INVALID, so no query uses it: a concurrent build failed. \`DROP INDEX CONCURRENTLY ${id}\`, then build it again.`;

/** As PostgreSQL prints a definition; blanks and case count only within quotes. */
const normalDefinition = (definition: string): string =>
  definition
    .trim()
    .replace(/;$/, "")
    .split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/\s+/g, " ").toLowerCase()))
    .join("")
    .trim();
