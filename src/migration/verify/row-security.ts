import type { Client } from "pg";
import * as z from "zod";
import type { MigrationExpectation } from "../../database-spec.ts";
import { ofMigrators, ofNoExtension, ofUsers } from "../users-objects.ts";
import type { Verified } from "../verify.ts";

type Wanted = NonNullable<MigrationExpectation["row-level-security"]>;

/** Roles as which Supabase's API asks; elsewhere there are none, and everybody is `public`. */
const apiRoles = "array['anon', 'authenticated']::name[]";

/** Schemas that Supabase keeps and secures itself (https://supabase.com/docs/guides/database/tables#schemas). */
const ofThePlatform =
  "array['auth', 'cron', 'extensions', 'graphql', 'graphql_public', 'net', 'pgmq', 'pgsodium', " +
  "'realtime', 'storage', 'supabase_functions', 'vault']::name[]";

/** Of a relation `c`: whether a role of the API may read or write it. */
const ofTheApi = `exists (select from pg_roles r where r.rolname = any(${apiRoles})
  and has_schema_privilege(r.oid, c.relnamespace, 'usage')
  and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update') or has_table_privilege(r.oid, c.oid, 'delete')))`;

/** Relations that `all` means: of schema public, and of any other one that the API shows. */
const ofAll = `(n.nspname = 'public' or (n.nspname <> all(${ofThePlatform}) and ${ofTheApi}))`;

const securityRows = z.array(
  z.object({
    name: z.string(),
    enabled: z.boolean(),
    policies: z.coerce.number(),
    permissive: z.coerce.number(),
    partition: z.boolean(),
  }),
);

/**
 * Row level security of the tables, and what goes around it. It is not inherited: a partition, or any other table that
 * inherits, asks its own policies when it is queried directly. A view without `security_invoker` reads with its owner's
 * rights, a materialised one and a foreign table have no row level security at all.
 */
export async function verifyRowSecurity(
  client: Client,
  wanted: Wanted,
  open: readonly string[],
): Promise<readonly Verified[]> {
  const named = wanted === "all" ? undefined : await tablesNamed(client, wanted);
  const oids = named?.flatMap(({ tables }) => tables);
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity as enabled, c.relispartition as partition,
       (select count(*) from pg_policy p where p.polrelid = c.oid) as policies,
       (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive) as permissive
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
       and case when $1::oid[] is null then ${ofAll} else c.oid = any($1) end order by 1`,
    [oids],
  );
  const missing = (named ?? []).filter(({ tables }) => tables.length === 0);
  return [
    ...missing.map(({ name }) => ({
      what: `row level security of ${name}`,
      holds: false,
      found: "There is no such table.",
    })),
    ...securityRows.parse(rows).map(judge),
    ...(await openPolicies(client, oids, open)),
    ...(await openRelations(client, named, open)),
  ];
}

interface Named {
  readonly name: string;
  readonly schema: string;
  /** The table and everything that inherits from it. */
  readonly tables: readonly string[];
}

async function tablesNamed(client: Client, names: readonly string[]): Promise<readonly Named[]> {
  const wanted = names.map((name) => ({
    name: name.slice(name.indexOf(".") + 1),
    schema: name.includes(".") ? name.slice(0, name.indexOf(".")) : "public",
  }));
  const { rows } = await client.query<{ tables: string[] }>(
    `select array(with recursive heirs as (
         select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = w.schema and c.relname = w.name and c.relkind in ('r', 'p')
         union select i.inhrelid from pg_inherits i join heirs on heirs.oid = i.inhparent
       ) select oid::text from heirs) as tables
     from unnest($1::text[], $2::text[]) with ordinality w(schema, name, place) order by w.place`,
    [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name)],
  );
  return wanted.map(({ name, schema }, i) => ({ name: `${schema}.${name}`, schema, tables: rows[i]?.tables ?? [] }));
}

function judge({ name, enabled, policies, permissive, partition }: z.output<typeof securityRows>[number]): Verified {
  const what = `row level security of ${name}`;
  const broken = (found: string): Verified => ({ what, holds: false, found });
  if (!enabled)
    return broken(
      partition
        ? `It is a partition, which is asked by its own name too, and it is off. \`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY\`; it needs no policies.`
        : `It is off${policies > 0 ? `, although there are ${policies} policies that nobody asks` : ""}. \`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY\`, with policies in the same migration.`,
    );
  // What migrators keep for themselves has to be closed, and no policy has to open it; a partition is read by its parent.
  if (policies === 0 && isHistory(name)) return { what, holds: true, found: "on, and nobody else reads it" };
  if (policies === 0 && partition) return { what, holds: true, found: "on, and its parent is the only way to it" };
  if (policies === 0) return broken("It is on and there is no policy: every query gives no row and no error.");
  if (permissive === 0) return broken("All its policies are restrictive, so every query gives no row and no error.");
  return { what, holds: true, found: `on, ${policies} policies` };
}

const isHistory = (name: string): boolean => ofMigrators.some((table) => name.endsWith(`.${table}`));

const policyRows = z.array(z.object({ table: z.string(), policy: z.string(), command: z.string() }));

/** An expression of constants that is not plainly `false`: it asks neither who comes nor for which row. */
const constant = (tree: string, relation: string): string =>
  `coalesce(${tree}::text !~ '\\{(?!CONST|OPEXPR|BOOLEXPR|RELABELTYPE)[A-Z]'
     and pg_get_expr(${tree}, ${relation}) <> 'false', false)`;

async function openPolicies(
  client: Client,
  oids: readonly string[] | undefined,
  open: readonly string[],
): Promise<readonly Verified[]> {
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as table, p.polname as policy,
       case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end as command
     from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
     where p.polpermissive and case when $1::oid[] is null then ${ofAll} else c.oid = any($1) end
       and (p.polroles @> array[0::oid] or exists (select from pg_roles r where r.rolname = 'anon' and r.oid = any(p.polroles)))
       and (${constant("p.polqual", "p.polrelid")} or ${constant("p.polwithcheck", "p.polrelid")})
     order by 1, 2`,
    [oids],
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

const openRows = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(["v", "m", "f"]),
    invokable: z.boolean(),
  }),
);

/** Views and foreign tables that a role of the API may read around the policies. */
async function openRelations(
  client: Client,
  named: readonly Named[] | undefined,
  open: readonly string[],
): Promise<readonly Verified[]> {
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as id, n.nspname || '.' || c.relname as name, c.relkind as kind,
       current_setting('server_version_num')::int >= 150000 as invokable
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm', 'f') and ${ofUsers} and ${ofNoExtension("pg_class", "c")} and ${ofTheApi}
       and case when $1::name[] is null then ${ofAll} else n.nspname = any($1) end
       and not (c.relkind = 'v' and coalesce(array_to_string(c.reloptions, ',') ~* 'security_invoker=(true|on|1|yes)', false))
     order by 1`,
    [named?.map(({ schema }) => schema)],
  );
  return openRows
    .parse(rows)
    .filter(({ name }) => !open.includes(name) && !open.includes(name.replace(/^public\./, "")))
    .map(({ id, kind, invokable }) => ({
      what: `${{ v: "view", m: "view", f: "foreign table" }[kind]} ${id}`,
      holds: false,
      found: `${aroundIt[kind]} ${kind === "v" && invokable ? `\`ALTER VIEW ${id} SET (security_invoker = true)\`` : "Revoke that"}, or list it under \`open-policies\`.`,
    }));
}

const aroundIt = {
  v: "It reads with its owner's rights, around row level security, and the API's roles may use it.",
  m: "It has no row level security, and the API's roles may read it.",
  f: "It has no row level security, and the API's roles may use it.",
};
