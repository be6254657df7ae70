import type { Client } from "pg";
import { describeError } from "./connection.ts";
import { type ConcurrentIndex, catalogName, comment, identifier, quotedText } from "./statement-rule.ts";

/** An index of the name that a file wants to build, on its table. */
export interface FoundIndex {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly usable: boolean;
  /** Session that is building it right now. */
  readonly builtBy: number | undefined;
  /** As the server would write it. */
  readonly definition: string;
}

/**
 * pg_indexes also lists indexes that a failed build left unusable; only pg_index tells. The server cuts names that are
 * longer than 63 bytes, and so does the cast to `name`.
 */
export async function findIndex(
  client: Client,
  index: Pick<ConcurrentIndex, "name" | "table">,
): Promise<FoundIndex | undefined> {
  const { rows } = await client.query<{ name: string; usable: boolean; builder: number | null; definition: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, i.indisvalid and i.indisready as usable,
            (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid) as builder,
            pg_get_indexdef(c.oid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relname = $1::text::name and i.indrelid = to_regclass($2)`,
    [index.name, index.table],
  );
  const [found] = rows;
  return found && { ...found, builtBy: found.builder ?? undefined };
}

/** What else has the name in the schema of the table, as words; undefined when nothing has. */
export async function whoHasTheName(client: Client, { name, table }: ConcurrentIndex): Promise<string | undefined> {
  const { rows } = await client.query<{ what: string }>(
    `select format(case when i.indrelid is null then 'the relation %I.%I' else 'an index (%I.%I) of %s' end,
                   n.nspname, c.relname, i.indrelid::regclass) as what
     from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid
     where c.relname = $1::text::name and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass($2))`,
    [name, table],
  );
  return rows[0]?.what;
}

/** The front of `schema.table.column`; what is in quotes is passed over as a whole. */
const column = new RegExp(
  String.raw`${comment}|${quotedText}|(?<tag>\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\k<tag>|(?<schema>${identifier})\s*\.\s*(?<name>${identifier})\s*\.\s*(?=${identifier})|${identifier}`,
  "gu",
);

/**
 * The definition that a file asks for when the index found is another one; undefined when both are the same. The server
 * says so itself: the file's index is made on an empty table of the same columns, and taken back. `why` where it cannot
 * make it there, such as one of a column that is gone. Throws when a lock is not to be had.
 */
export async function otherThanWritten(
  client: Client,
  found: FoundIndex,
  { unique, definition, table }: ConcurrentIndex,
): Promise<{ readonly wanted: string; readonly why?: string } | undefined> {
  await client.query("begin");
  try {
    // Under the table's own name, by which an expression may call it.
    const { rows: named } = await client.query<{ name: string; bare: string; schema: string }>(
      `select quote_ident(relname) as name, relname::text as bare, nspname::text as schema
       from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = to_regclass($1)`,
      [table],
    );
    const like = named[0]?.name ?? table;
    // There it is in another schema, which a column may not name: `public.users.email` is `users.email`.
    const text = definition.replaceAll(column, (whole: string, ...[, schema, name]: (string | undefined)[]) => {
      if (schema === undefined || name === undefined) return whole;
      return catalogName(schema) === named[0]?.schema && catalogName(name) === named[0].bare ? `${like}.` : whole;
    });
    await client.query(`create temp table ${like} (like ${table})`);
    await client.query(`create ${unique ? "unique " : ""}index sluice_as_written_index on pg_temp.${like} ${text}`);
    const { rows } = await client.query<{ wanted: string; same: boolean }>(
      `with both_of_them as (
         select indexrelid, indisunique, substr(definition, strpos(definition, ' USING ') + 1) as columns
         from pg_index, pg_get_indexdef(indexrelid) definition
         where indexrelid in (to_regclass($1), 'pg_temp.sluice_as_written_index'::regclass))
       select count(*) = 2 and count(distinct (indisunique, columns)) = 1 as same,
              max(case when indisunique then 'unique, ' else '' end || columns)
                filter (where indexrelid = 'pg_temp.sluice_as_written_index'::regclass) as wanted
       from both_of_them`,
      [found.name],
    );
    const [answer] = rows;
    return answer?.same === true ? undefined : { wanted: answer?.wanted ?? "unknown" };
  } catch (thrown) {
    const { code, message } = describeError(thrown);
    // Only what the server says of the text itself; the rest may pass.
    if (!/^(?:0A|22|42)/.test(code ?? "")) throw thrown;
    return { wanted: `${unique ? "unique, " : ""}${definition}`, why: message };
  } finally {
    await client.query("rollback");
  }
}
