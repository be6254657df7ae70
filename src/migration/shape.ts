import type { Client } from "pg";
import { isDumped, ofNoExtension, ofUsers } from "./users-objects.ts";

/**
 * What every object of a database is, apart from its rows and from the text of expressions: the object, such as
 * `view public.glad`, and an MD5 of its shape.
 *
 * A server prints an expression in other words once it has read its own print (`ARRAY['a'::varchar]::text[]` becomes
 * `ARRAY[('a'::varchar)::text]`), so that equal ones differ as text. Whether there is one is compared, and all that is
 * no expression: columns, types, keys, bodies of functions, options, whom a policy is for. Owners and privileges are
 * left out, because a scratch server gets none.
 */
export type Shapes = Readonly<Record<string, string>>;

const yes = (condition: string) => `case when ${condition} then '+' else '-' end`;
const inSchema = (kind: string, name: string) => `format('%s %I.%I', ${kind}, n.nspname, ${name})`;
const onTable = (kind: string, name: string) => `format('${kind} %I of %s', ${name}, c.oid::regclass)`;
const shape = (...parts: readonly string[]) => `concat_ws(E'\\n', ${parts.join(", ")}) as shape`;

/** Names of the columns whose numbers an array of a catalogue has, in its order or sorted. */
const columns = (relation: string, numbers: string, order: "place" | "attname" = "place") => `
  (select string_agg(coalesce(attname::text, '(expression)'), ', ' order by ${order})
   from unnest((${numbers})::int2[]) with ordinality number(attnum, place)
     left join pg_attribute on attrelid = ${relation} and pg_attribute.attnum = number.attnum and number.attnum > 0)`;

const options = (of: string) => `(select string_agg(one, ', ' order by one) from unnest(${of}.reloptions) one)`;

const kindOfRelation = `case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
  when 'c' then 'type' else 'table' end`;

const everyColumn = `
  (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), ${yes("a.attnotnull")}, a.attidentity,
            a.attgenerated, ${yes("a.atthasdef")}, nullif(o.collname, 'default')), ', ' order by a.attname)
   from pg_attribute a left join pg_collation o on o.oid = a.attcollation
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)`;

const relations = `
  select ${inSchema(kindOfRelation, "c.relname")} as object,
    ${shape(
      "c.relkind",
      "c.relpersistence",
      "c.relreplident",
      yes("c.relrowsecurity"),
      yes("c.relforcerowsecurity"),
      yes("c.relispopulated"),
      everyColumn,
      options("c"),
      "pg_get_expr(c.relpartbound, c.oid)",
      `(select string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)`,
      `(select concat_ws(' ', k.partstrat, ${columns("k.partrelid", "k.partattrs::int2[]")})
        from pg_partitioned_table k where k.partrelid = c.oid)`,
    )}
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and c.relpersistence <> 't'
    and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

const sequences = `
  select ${inSchema("'sequence'", "c.relname")},
    ${shape(
      "format_type(s.seqtypid, null)",
      "concat_ws(' ', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache)",
      yes("s.seqcycle"),
    )}
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

const indexes = `
  select ${inSchema("'index'", "c.relname")},
    ${shape(
      "x.indrelid::regclass::text",
      "m.amname",
      yes("x.indisunique"),
      yes("x.indisprimary"),
      yes("x.indisexclusion"),
      yes("x.indisvalid"),
      columns("x.indrelid", "x.indkey::int2[]"),
      "x.indoption::text",
      `(select string_agg(o.opcname, ', ' order by place)
        from unnest(x.indclass::oid[]) with ordinality used(oid, place) join pg_opclass o on o.oid = used.oid)`,
      yes("x.indpred is not null"),
      options("c"),
    )}
  from pg_index x join pg_class c on c.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join pg_am m on m.oid = c.relam join pg_namespace n on n.oid = c.relnamespace
  where c.relpersistence <> 't' and ${isDumped} and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

/** Those that partitions have of their parents get names of the server's making; not-null ones are with the columns. */
const constraints = `
  select case when k.contypid <> 0 then format('constraint %I of %s', k.conname, k.contypid::regtype)
         else ${onTable("constraint", "k.conname")} end,
    ${shape(
      "k.contype",
      yes("k.convalidated"),
      yes("k.condeferrable"),
      yes("k.condeferred"),
      "case when k.contype = 'f' then concat(k.confupdtype, k.confdeltype, k.confmatchtype) end",
      `case when k.contype = 'c' then ${columns("k.conrelid", "k.conkey", "attname")} else ${columns("k.conrelid", "k.conkey")} end`,
      "nullif(k.confrelid, 0)::regclass::text",
      columns("k.confrelid", "k.confkey"),
    )}
  from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_class c on c.oid = k.conrelid
  where k.contype not in ('n', 't') and k.conparentid = 0 and (k.contypid <> 0 or k.conislocal)
    and ${ofUsers} and ${ofNoExtension("pg_constraint", "k")}`;

const functions = `
  select format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    ${shape(
      "p.prokind",
      "l.lanname",
      "format_type(p.prorettype, null)",
      "concat(p.provolatile, p.proparallel)",
      yes("p.proretset"),
      yes("p.prosecdef"),
      yes("p.proleakproof"),
      yes("p.proisstrict"),
      "p.prosrc",
      "p.probin",
      "(select string_agg(one, ', ' order by one) from unnest(p.proconfig) one)",
    )}
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  where ${ofUsers} and ${ofNoExtension("pg_proc", "p")}`;

const triggers = `
  select ${onTable("trigger", "g.tgname")},
    ${shape(
      "g.tgtype::text",
      "g.tgenabled",
      "g.tgfoid::regprocedure::text",
      "encode(g.tgargs, 'hex')",
      yes("g.tgdeferrable"),
      yes("g.tginitdeferred"),
      columns("g.tgrelid", "g.tgattr::int2[]", "attname"),
      "g.tgoldtable",
      "g.tgnewtable",
      yes("g.tgqual is not null"),
    )}
  from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not g.tgisinternal and g.tgparentid = 0 and ${ofUsers} and ${ofNoExtension("pg_trigger", "g")}`;

const policies = `
  select ${onTable("policy", "p.polname")},
    ${shape(
      "p.polcmd",
      yes("p.polpermissive"),
      yes("p.polqual is not null"),
      yes("p.polwithcheck is not null"),
      `(select string_agg(coalesce(r.rolname, 'public'), ', ' order by r.rolname)
        from unnest(p.polroles) whom left join pg_roles r on r.oid = whom)`,
    )}
  from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ofUsers}`;

const types = `
  select ${inSchema("case y.typtype when 'e' then 'enum' when 'd' then 'domain' else 'range' end", "y.typname")},
    ${shape(
      "format_type(nullif(y.typbasetype, 0), y.typtypmod)",
      yes("y.typnotnull"),
      yes("y.typdefault is not null"),
      "(select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = y.oid)",
      "(select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = y.oid)",
    )}
  from pg_type y join pg_namespace n on n.oid = y.typnamespace
  where y.typtype in ('e', 'd', 'r') and ${ofUsers} and ${ofNoExtension("pg_type", "y")}`;

const rules = `
  select ${onTable("rule", "r.rulename")}, ${shape("r.ev_type::text", "r.ev_enabled", yes("r.is_instead"))}
  from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
  where r.rulename <> '_RETURN' and ${ofUsers} and ${ofNoExtension("pg_class", "c")}`;

const everyObject = [relations, sequences, indexes, constraints, functions, triggers, policies, types, rules].join(
  " union all ",
);

/** Of every object that a dump has, as one transaction sees it; one query, 40 ms for 200 tables. The search path is empty. */
export async function readShapes(client: Client): Promise<Shapes> {
  const { rows } = await client.query<{ object: string; shape: string }>(
    `select object, md5(convert_to(shape, 'UTF8')) as shape from (${everyObject}) found order by object collate "C", 2`,
  );
  return Object.fromEntries(rows.map(({ object, shape }) => [object, shape]));
}

/** What differs, as sentences; empty when nothing does. */
export function shapeDifferences(expected: Shapes, found: Shapes): readonly string[] {
  const changed = Object.entries(expected).flatMap(([object, shape]) => {
    if (found[object] === undefined) return [`the ${object} is missing`];
    return found[object] === shape ? [] : [`the ${object} is another one`];
  });
  const added = Object.keys(found).filter((object) => expected[object] === undefined);
  return [...changed, ...added.map((object) => `the ${object} is too many`)];
}
