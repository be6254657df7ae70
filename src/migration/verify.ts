import type { Client } from "pg";
import * as z from "zod";
import type { MigrationExpectation } from "../database-spec.ts";
import { type RowCounts, verifyRowsKept } from "./rows-kept.ts";

/** One thing a runbook expects of the schema, and how it was found. */
export interface Verified {
  readonly what: string;
  readonly holds: boolean;
  /** What was found, and how to mend it when it does not hold. */
  readonly found: string;
}

/**
 * Looks at what is really there after a migration: an index that exists and is invalid, a table whose row level
 * security lets nobody or everybody through, and a constraint that was never validated all look fine to the tools that
 * made them.
 *
 * `rowsBefore` is what tables had before anything was applied; without it nothing is said about rows.
 *
 * Throws what the server throws: a query of the runbook's that cannot run proves nothing.
 */
export async function verifySchema(
  client: Client,
  expected: MigrationExpectation,
  rowsBefore?: RowCounts,
): Promise<readonly Verified[]> {
  const found: Verified[] = [];
  if (expected.indexes !== undefined) found.push(...(await verifyIndexes(client, expected.indexes)));
  const secured = expected["row-level-security"];
  if (secured !== undefined) found.push(...(await verifyRowSecurity(client, secured, expected["open-policies"] ?? [])));
  if (expected.constraints !== undefined) found.push(await verifyConstraints(client));
  const kept = expected["rows-kept"];
  if (kept !== undefined && rowsBefore !== undefined) found.push(...(await verifyRowsKept(client, kept, rowsBefore)));
  for (const [i, probe] of (expected.probes ?? []).entries()) found.push(await runProbe(client, probe, `probe ${i}`));
  return found;
}

type ExpectedIndex = NonNullable<MigrationExpectation["indexes"]>[number];

const indexRows = z.array(
  z.object({
    name: z.string(),
    schema: z.string(),
    table: z.string(),
    valid: z.boolean(),
    ready: z.boolean(),
    definition: z.string(),
    bytes: z.coerce.number(),
  }),
);

async function verifyIndexes(client: Client, expected: readonly ExpectedIndex[]): Promise<readonly Verified[]> {
  const wanted = expected.map((index) => (typeof index === "string" ? { name: index } : index));
  const { rows } = await client.query(
    `select i.relname as name, n.nspname as schema, t.relname as table, x.indisvalid as valid, x.indisready as ready,
       pg_get_indexdef(i.oid) as definition, pg_relation_size(i.oid) as bytes
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
       join pg_namespace n on n.oid = i.relnamespace
     where i.relname = any($1)`,
    [wanted.map(({ name }) => name)],
  );
  const known = indexRows.parse(rows);
  return wanted.map(
    ({ name, table, definition }: { name: string; table?: string | undefined; definition?: string | undefined }) => {
      const what = `index ${name}`;
      const broken = (found: string): Verified => ({ what, holds: false, found });
      const index = known.find((one) => one.name === name);
      if (index === undefined) return broken("It does not exist. Add it with CREATE INDEX CONCURRENTLY.");
      if (!index.valid || !index.ready)
        return broken(
          `It exists and is INVALID, so no query uses it: a concurrent build failed. \`DROP INDEX CONCURRENTLY ${index.schema}.${name}\`, then build it again.`,
        );
      if (table !== undefined && table !== index.table && table !== `${index.schema}.${index.table}`)
        return broken(`It is on ${index.schema}.${index.table}, not on ${table}.`);
      if (definition !== undefined && normal(definition) !== normal(index.definition))
        return broken(`It is defined as \`${index.definition}\`.`);
      return { what, holds: true, found: `${index.definition}, ${index.bytes} bytes, valid` };
    },
  );
}

/** As PostgreSQL prints a definition, blanks and case apart. */
const normal = (definition: string): string => definition.trim().replace(/\s+/g, " ").replace(/;$/, "").toLowerCase();

const securityRows = z.array(
  z.object({
    name: z.string(),
    enabled: z.boolean(),
    policies: z.coerce.number(),
    partition: z.boolean(),
  }),
);

const ordinary = "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'";
const notOfAnExtension = "not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')";

/**
 * Row level security of every table, and what goes around it. It is not inherited: a partition that is queried directly
 * asks its own policies. A view without `security_invoker` reads with its owner's rights, a materialised one always.
 */
async function verifyRowSecurity(
  client: Client,
  wanted: NonNullable<MigrationExpectation["row-level-security"]>,
  open: readonly string[],
): Promise<readonly Verified[]> {
  const schemas = Array.isArray(wanted) ? [...new Set(wanted.map((name) => schemaOf(name)))] : ["public"];
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as name, c.relrowsecurity as enabled, c.relispartition as partition,
       (select count(*) from pg_policy p where p.polrelid = c.oid) as policies
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and ${ordinary} and n.nspname = any($1) and ${notOfAnExtension} order by 1`,
    [schemas],
  );
  const tables = securityRows.parse(rows);
  const named = Array.isArray(wanted)
    ? wanted.map((name) => (name.includes(".") ? name : `public.${name}`))
    : undefined;
  const missing = (named ?? []).filter((name) => tables.every((table) => table.name !== name));
  const found: Verified[] = missing.map((name) => ({
    what: `row level security of ${name}`,
    holds: false,
    found: "There is no such table.",
  }));
  for (const { name, enabled, policies, partition } of tables) {
    if (named !== undefined && !named.includes(name)) continue;
    const what = `row level security of ${name}`;
    if (!enabled)
      found.push({
        what,
        holds: false,
        found: partition
          ? "It is a partition, which is asked by its own name too, and its row level security is off."
          : `It is off${policies > 0 ? `, although there are ${policies} policies that nobody asks` : ""}. \`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY\`, with policies in the same migration.`,
      });
    else if (policies === 0 && isHistory(name))
      found.push({ what, holds: true, found: "on, and nobody else reads it" });
    else if (policies === 0)
      found.push({
        what,
        holds: false,
        found: "It is on and there is no policy: every query gives no row and no error.",
      });
    else found.push({ what, holds: true, found: `on, ${policies} policies` });
  }
  return [...found, ...(await openPolicies(client, schemas, open)), ...(await openViews(client, schemas, open))];
}

/** What migrators keep for themselves. It has to be closed, and no policy has to open it. */
const isHistory = (name: string): boolean =>
  /\.(sluice_migrations|sluice_alembic|_prisma_migrations|alembic_version)$/.test(name);

const schemaOf = (name: string): string => (name.includes(".") ? name.slice(0, name.indexOf(".")) : "public");

const policyRows = z.array(z.object({ table: z.string(), policy: z.string(), command: z.string() }));

async function openPolicies(
  client: Client,
  schemas: readonly string[],
  open: readonly string[],
): Promise<readonly Verified[]> {
  const { rows } = await client.query(
    `select p.schemaname || '.' || p.tablename as table, p.policyname as policy, p.cmd as command from pg_policies p
     where p.schemaname = any($1) and p.permissive = 'PERMISSIVE' and p.roles && array['public', 'anon']::name[]
       and (p.qual = 'true' or p.with_check = 'true') order by 1, 2`,
    [schemas],
  );
  return policyRows
    .parse(rows)
    .filter(({ policy }) => !open.includes(policy))
    .map(({ table, policy, command }) => ({
      what: `policy ${policy} of ${table}`,
      holds: false,
      found: `It lets everybody through (${command}, USING (true)). Name a role or a condition, or list it under \`open-policies\`.`,
    }));
}

const viewRows = z.array(z.object({ name: z.string(), materialised: z.boolean() }));

async function openViews(
  client: Client,
  schemas: readonly string[],
  open: readonly string[],
): Promise<readonly Verified[]> {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as name, c.relkind = 'm' as materialised
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm') and n.nspname = any($1) and ${ordinary} and ${notOfAnExtension}
       and exists (select from unnest(array['anon', 'authenticated']) r(role) join pg_roles on rolname = r.role
         where has_table_privilege(r.role, c.oid, 'select'))
       and (c.relkind = 'm' or not coalesce(array_to_string(c.reloptions, ',') ~* 'security_invoker=(true|on|1)', false))
     order by 1`,
    [schemas],
  );
  return viewRows
    .parse(rows)
    .filter(({ name }) => !open.includes(name) && !open.includes(name.replace(/^public\./, "")))
    .map(({ name, materialised }) => ({
      what: `view ${name}`,
      holds: false,
      found: materialised
        ? "A materialised view has no row level security, and a role of the API may read it. Revoke that, or list it under `open-policies`."
        : `It reads with its owner's rights, around row level security. \`ALTER VIEW ${name} SET (security_invoker = true)\`, or list it under \`open-policies\`.`,
    }));
}

const constraintRows = z.array(z.object({ table: z.string(), name: z.string() }));

async function verifyConstraints(client: Client): Promise<Verified> {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as table, k.conname as name from pg_constraint k
     join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     where not k.convalidated and ${ordinary} order by 1, 2`,
  );
  const unproven = constraintRows
    .parse(rows)
    .map(({ table, name }) => `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
  return {
    what: "every constraint is validated",
    holds: unproven.length === 0,
    found: unproven.length === 0 ? "all are" : `Old rows were never looked at. Run: ${unproven.join("; ")}.`,
  };
}

type Probe = NonNullable<MigrationExpectation["probes"]>[number];

/** Asks as somebody would, in a transaction that can write nothing and is rolled back. */
async function runProbe(client: Client, { sql, as, gives, "at-least": least }: Probe, name: string): Promise<Verified> {
  const what = `${as === undefined ? "" : `as ${as}: `}${sql.replace(/\s+/g, " ").slice(0, 120)}`;
  await client.query("begin transaction read only");
  try {
    await client.query("set local statement_timeout = '30s'");
    // A named statement goes by the extended protocol, which takes one only: so nothing can end the transaction that can write nothing.
    // `set local role` takes no parameter; the name was checked when the runbook was read.
    if (as !== undefined) await client.query(`set local role "${as}"`);
    const { rows } = await client.query({ name, text: sql, rowMode: "array" });
    const value: unknown = Array.isArray(rows[0]) ? rows[0][0] : undefined;
    const text = value === null || value === undefined ? "nothing" : String(value);
    const holds = gives !== undefined ? text === String(gives) : Number(text) >= (least ?? Number.NaN);
    const expected = gives !== undefined ? String(gives) : `at least ${least}`;
    return { what, holds, found: holds ? text : `It gives ${text.slice(0, 120)}, expected ${expected}.` };
  } finally {
    await client.query("rollback");
  }
}
