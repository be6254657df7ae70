import { t as checkedOut } from "./checked-out.js";
import { _ as object, b as string, l as array, s as _enum, t as number, u as boolean } from "./zod.js";
import { _ as fail, m as InputError, y as pass } from "./words.js";
import { t as lintPending } from "./lint-pending.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { t as breaksOldVersion } from "./lint.js";
import { r as verifyRowsKept } from "./rows-kept2.js";
import { i as ofUsers, n as ofMigrators, r as ofNoExtension } from "./users-objects.js";
import { t as openEngine } from "./open3.js";
import { D as schemaStays, E as schemaMovesOn, T as schemaMovedOn } from "./release.js";
async function verifyConstraints(client) {
let { rows } = await client.query(`select case when k.contypid <> 0 then format('ALTER DOMAIN %I.%I', n.nspname, y.typname)
         else format('ALTER TABLE %I.%I', n.nspname, c.relname) end || format(' VALIDATE CONSTRAINT %I', k.conname) as command
     from pg_constraint k left join pg_class c on c.oid = k.conrelid left join pg_type y on y.oid = k.contypid
       join pg_namespace n on n.oid = coalesce(c.relnamespace, y.typnamespace)
     where not k.convalidated and ${ofUsers} order by 1`), unproven = rows.map(({ command }) => command);
return {
what: "every constraint is validated",
holds: unproven.length === 0,
found: unproven.length === 0 ? "all are" : `Old rows were never looked at. Run: ${unproven.join("; ")}.`
};
}
const knownIndexes = array(object({
id: string(),
name: string(),
schema: string(),
table: string(),
visible: boolean(),
partitioned: boolean(),
valid: boolean(),
definition: string(),
bytes: number()
}));
async function verifyIndexes(client, expected) {
let wanted = expected.map((index) => typeof index == "string" ? { name: index } : index), { rows } = await client.query("select format('%I.%I', n.nspname, i.relname) as id, i.relname as name, n.nspname as schema, t.relname as table,\n       pg_table_is_visible(i.oid) as visible, i.relkind = 'I' as partitioned,\n       x.indisvalid and x.indisready and x.indislive as valid, pg_get_indexdef(i.oid) as definition,\n       coalesce((select sum(pg_relation_size(part.relid)) from pg_partition_tree(i.oid) part), pg_relation_size(i.oid)) as bytes\n     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid\n       join pg_namespace n on n.oid = i.relnamespace\n     where i.relname = any($1) order by 1", [wanted.map(({ name }) => nameWithin(name))]), known = knownIndexes.parse(rows);
return wanted.map((index) => verifyIndex(index, known));
}
function verifyIndex({ name, table, definition }, known) {
let what = `index ${name}`, broken = (found) => ({
what,
holds: !1,
found
}), found = meant(name, table, known);
if (found.length > 1) return broken(`There are ${found.length} of that name: ${found.map(({ id }) => id).join(", ")}. Write its schema too.`);
let [index] = found;
return index === void 0 ? broken("It does not exist. Add it with CREATE INDEX CONCURRENTLY.") : index.valid ? table !== void 0 && !isOn(index, table) ? broken(`It is on ${index.schema}.${index.table}, not on ${table}.`) : definition !== void 0 && normalDefinition(definition) !== normalDefinition(index.definition) ? broken(`It is defined as \`${index.definition}\`.`) : {
what,
holds: !0,
found: `${index.definition}, ${index.bytes} bytes, valid`
} : broken(mendOf(index));
}
function meant(name, table, known) {
let named = known.filter((index) => index.name === nameWithin(name));
if (name.includes(".")) return named.filter(({ schema }) => name.startsWith(`${schema}.`));
let onTable = table === void 0 ? [] : named.filter((index) => isOn(index, table)), candidates = onTable.length > 0 ? onTable : named, visible = candidates.filter((index) => index.visible);
return visible.length > 0 ? visible : candidates;
}
const isOn = ({ schema, table }, wanted) => wanted === table || wanted === `${schema}.${table}`, nameWithin = (name) => name.slice(name.indexOf(".") + 1), mendOf = ({ id, partitioned }) => partitioned ? `It is INVALID: not every partition has it. Build it on each with CREATE INDEX CONCURRENTLY, then \`ALTER INDEX ${id} ATTACH PARTITION\` each.` : `It is INVALID, so no query uses it: a concurrent build failed. \`DROP INDEX CONCURRENTLY ${id}\`, then build it again.`, normalDefinition = (definition) => definition.trim().replace(/;$/, "").split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/).map((part, i) => i % 2 == 1 ? part : part.replace(/\s+/g, " ").toLowerCase()).join("").trim();
async function runProbe(client, { sql, as, gives, "at-least": least }, name) {
let what = `${as === void 0 ? "" : `as ${as}: `}${sql.replace(/\s+/g, " ").slice(0, 120)}`;
await client.query("begin transaction read only");
try {
await client.query("set local statement_timeout = '30s'"), as !== void 0 && await client.query(`set local role "${as}"`);
let { rows } = await client.query({
name,
text: sql,
rowMode: "array"
}), value = Array.isArray(rows[0]) ? rows[0][0] : void 0, text = value == null ? "nothing" : String(value), holds = gives === void 0 ? Number(text) >= (least ?? NaN) : text === String(gives), expected = gives === void 0 ? `at least ${least}` : String(gives);
return {
what,
holds,
found: holds ? text : `It gives ${text.slice(0, 120)}, expected ${expected}.`
};
} finally {
await client.query("rollback");
}
}
const ofTheApi = "exists (select from pg_roles r where r.rolname = any(array['anon', 'authenticated']::name[])\n  and has_schema_privilege(r.oid, c.relnamespace, 'usage')\n  and (has_any_column_privilege(r.oid, c.oid, 'select, insert, update') or has_table_privilege(r.oid, c.oid, 'delete')))", ofAll = `(n.nspname = 'public' or (n.nspname <> all(array['auth', 'cron', 'extensions', 'graphql', 'graphql_public', 'net', 'pgmq', 'pgsodium', 'realtime', 'storage', 'supabase_functions', 'vault']::name[]) and ${ofTheApi}))`, securityRows = array(object({
name: string(),
enabled: boolean(),
policies: number(),
permissive: number(),
partition: boolean()
}));
async function verifyRowSecurity(client, wanted, open) {
let named = wanted === "all" ? void 0 : await tablesNamed(client, wanted), oids = named?.flatMap(({ tables }) => tables), { rows } = await client.query(`select format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity as enabled, c.relispartition as partition,
       (select count(*) from pg_policy p where p.polrelid = c.oid) as policies,
       (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive) as permissive
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and ${ofUsers} and ${ofNoExtension("pg_class", "c")}
       and case when $1::oid[] is null then ${ofAll} else c.oid = any($1) end order by 1`, [oids]);
return [
...(named ?? []).filter(({ tables }) => tables.length === 0).map(({ name }) => ({
what: `row level security of ${name}`,
holds: !1,
found: "There is no such table."
})),
...securityRows.parse(rows).map(judge),
...await openPolicies(client, oids, open),
...await openRelations(client, named, open)
];
}
async function tablesNamed(client, names) {
let wanted = names.map((name) => ({
name: name.slice(name.indexOf(".") + 1),
schema: name.includes(".") ? name.slice(0, name.indexOf(".")) : "public"
})), { rows } = await client.query("select array(with recursive heirs as (\n         select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace\n         where n.nspname = w.schema and c.relname = w.name and c.relkind in ('r', 'p')\n         union select i.inhrelid from pg_inherits i join heirs on heirs.oid = i.inhparent\n       ) select oid::text from heirs) as tables\n     from unnest($1::text[], $2::text[]) with ordinality w(schema, name, place) order by w.place", [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name)]);
return wanted.map(({ name, schema }, i) => ({
name: `${schema}.${name}`,
schema,
tables: rows[i]?.tables ?? []
}));
}
function judge({ name, enabled, policies, permissive, partition }) {
let what = `row level security of ${name}`, broken = (found) => ({
what,
holds: !1,
found
});
return enabled ? policies === 0 && isHistory(name) ? {
what,
holds: !0,
found: "on, and nobody else reads it"
} : policies === 0 && partition ? {
what,
holds: !0,
found: "on, and its parent is the only way to it"
} : policies === 0 ? broken("It is on and there is no policy: every query gives no row and no error.") : permissive === 0 ? broken("All its policies are restrictive, so every query gives no row and no error.") : {
what,
holds: !0,
found: `on, ${policies} policies`
} : broken(partition ? `It is a partition, which is asked by its own name too, and it is off. \`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY\`; it needs no policies.` : `It is off${policies > 0 ? `, although there are ${policies} policies that nobody asks` : ""}. \`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY\`, with policies in the same migration.`);
}
const isHistory = (name) => ofMigrators.some((table) => name.endsWith(`.${table}`)), policyRows = array(object({
table: string(),
policy: string(),
command: string()
})), constant = (tree, relation) => `coalesce(${tree}::text !~ '\\{(?!CONST|OPEXPR|BOOLEXPR|RELABELTYPE)[A-Z]'
     and pg_get_expr(${tree}, ${relation}) <> 'false', false)`;
async function openPolicies(client, oids, open) {
let { rows } = await client.query(`select format('%I.%I', n.nspname, c.relname) as table, p.polname as policy,
       case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end as command
     from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
     where p.polpermissive and case when $1::oid[] is null then ${ofAll} else c.oid = any($1) end
       and (p.polroles @> array[0::oid] or exists (select from pg_roles r where r.rolname = 'anon' and r.oid = any(p.polroles)))
       and (${constant("p.polqual", "p.polrelid")} or ${constant("p.polwithcheck", "p.polrelid")})
     order by 1, 2`, [oids]);
return policyRows.parse(rows).filter(({ policy }) => !open.includes(policy)).map(({ table, policy, command }) => ({
what: `policy ${policy} of ${table}`,
holds: !1,
found: `It lets everybody through (${command}, USING (true)). Name a role or a condition, or list it under \`open-policies\`.`
}));
}
const openRows = array(object({
id: string(),
name: string(),
kind: _enum([
"v",
"m",
"f"
]),
invokable: boolean()
}));
async function openRelations(client, named, open) {
let { rows } = await client.query(`select format('%I.%I', n.nspname, c.relname) as id, n.nspname || '.' || c.relname as name, c.relkind as kind,
       current_setting('server_version_num')::int >= 150000 as invokable
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm', 'f') and ${ofUsers} and ${ofNoExtension("pg_class", "c")} and ${ofTheApi}
       and case when $1::name[] is null then ${ofAll} else n.nspname = any($1) end
       and not (c.relkind = 'v' and coalesce(array_to_string(c.reloptions, ',') ~* 'security_invoker=(true|on|1|yes)', false))
     order by 1`, [named?.map(({ schema }) => schema)]);
return openRows.parse(rows).filter(({ name }) => !open.includes(name) && !open.includes(name.replace(/^public\./, ""))).map(({ id, kind, invokable }) => ({
what: `${{
v: "view",
m: "view",
f: "foreign table"
}[kind]} ${id}`,
holds: !1,
found: `${aroundIt[kind]} ${kind === "v" && invokable ? `\`ALTER VIEW ${id} SET (security_invoker = true)\`` : "Revoke that"}, or list it under \`open-policies\`.`
}));
}
const aroundIt = {
v: "It reads with its owner's rights, around row level security, and the API's roles may use it.",
m: "It has no row level security, and the API's roles may read it.",
f: "It has no row level security, and the API's roles may use it."
};
async function verifySchema(client, expected, rowsBefore) {
let found = [];
expected.indexes !== void 0 && found.push(...await verifyIndexes(client, expected.indexes));
let secured = expected["row-level-security"];
secured !== void 0 && found.push(...await verifyRowSecurity(client, secured, expected["open-policies"] ?? [])), expected.constraints !== void 0 && found.push(await verifyConstraints(client));
let kept = expected["rows-kept"];
kept !== void 0 && rowsBefore !== void 0 && found.push(...await verifyRowsKept(client, kept, rowsBefore));
for (let [i, probe] of (expected.probes ?? []).entries()) found.push(await runProbe(client, probe, `probe ${i}`));
return found;
}
async function migrateDatabase({ step, announce, schemaMoves, ...context }) {
if (step === void 0) throw new InputError("The runbook has no migrate step in this stage.");
let { ports } = context, prepared = await prepareMigration({
step,
...context
});
if ("verdict" in prepared) return prepared;
let { engine, plan, breaks, approvedTool, rehearsal, evidence } = prepared;
if (plan.pending.length === 0) {
let before = await rowsBefore(step, ports, { applies: !1 });
return expected(step, pass("nothing-pending", "The database has every migration already.", evidence), ports, before);
}
let before = await rowsBefore(step, ports, { applies: !0 });
if (breaks || approvedTool !== void 0) try {
await announce?.(breaks ? schemaMovesOn : "migrations-listed", `About to apply ${namesOf(plan.pending)}${breaks ? ", which the version that serves now cannot be relied on to work with" : ""}.` + (approvedTool === void 0 ? "" : " People approved the tool, its commit and the database, not these names."), {
engine: engine.kind,
hash: plan.hash,
...approvedTool !== void 0 && { approved: approvedTool }
});
} catch (problem) {
throw before !== void 0 && await rowsLost(step, before, "not-announced", ports), problem;
}
let result = await engine.apply(plan.hash);
if (result.outcome === "failed") {
(breaks && schemaMoves !== !0 && result.leftNothing === !0 ? await engine.plan().catch(() => void 0) : void 0)?.hash === plan.hash && await announce?.(schemaStays, `${result.failed} was rolled back and nothing was applied before it: the schema is as it was.`);
let stay = result.mayBeLost === !0 ? "; if the server crashed it may have lost the newest of them, which the next run reads from the history." : " and stay.", lost = before === void 0 ? "" : await rowsLost(step, before, result.reason, ports);
return fail(result.reason, `${result.message} ${result.applied.length} of ${plan.pending.length} pending migrations were applied before it${stay}${lost}`, {
...evidence,
rehearsal,
result
});
}
let message = `Applied ${namesOf(result.applied)}; ${stallOf(result.longestStallMs)}.`;
return expected(step, pass(breaks ? schemaMovedOn : "migrated", message, {
...evidence,
rehearsal,
result
}), ports, before);
}
async function prepareMigration(request) {
let { step, workspace, release, agreed, place, ports } = request, engine = await openEngine(step, {
workspace,
release,
place
}, ports), plan = await engine.plan(), { problems } = plan, [problem] = problems;
if (problem !== void 0) return fail(problem.reason, problems.map(({ message }) => message).join("\n"), { problems });
let planned = {
engine: engine.kind,
plan: {
pending: plan.pending,
hash: plan.hash
}
}, approvedTool;
for (let approved of [step.approved, agreed]) if (!(approved === void 0 || plan.isRestOf(approved))) {
if (!await standsForTool(approved, request, plan)) return fail("plan-changed", `The plan that was approved (${approved.slice(0, 12)}) is not what would be applied now (${plan.hash.slice(0, 12)}): ${namesOf(plan.pending)}. Nothing was applied. Look at it and approve it, or bring the approved files back.`, planned);
approvedTool = approved;
}
if (plan.pending.length === 0) return {
engine,
plan,
breaks: !1,
approvedTool,
rehearsal: void 0,
evidence: planned
};
let linted = await lintPending(step, engine, plan, workspace, ports), breaks = step["old-version"] === "breaks" || breaksOldVersion(linted.findings), evidence = {
...planned,
findings: linted.findings,
"breaks-old-version": breaks
};
if (step.lint !== "report" && engine.readSql === void 0 && step.command === void 0 && linted.verdict.verdict !== "pass") return fail(linted.verdict.reason, `${linted.verdict.message} Nothing was applied.`, evidence);
let rehearsal = await rehearsed(step, engine, ports);
return refusedByRehearsal(rehearsal, evidence) ?? {
engine,
plan,
breaks,
approvedTool,
rehearsal,
evidence
};
}
async function standsForTool(approved, { step, workspace, ports }, { database }) {
let { toolPlanHash } = await import("./tool-plan.js");
return approved === toolPlanHash(step, {
commit: await checkedOut(workspace, ports),
database
});
}
function refusedByRehearsal(rehearsal, evidence) {
if (rehearsal?.outcome === "rehearsed" && rehearsal.failure !== void 0) return fail("rehearsal-failed", `On an empty copy of the schema the migrations fail: ${rehearsal.failure} Nothing was applied. Correct the file and release again.`, {
...evidence,
rehearsal
});
}
async function rehearsed(step, engine, ports) {
if (step.rehearse !== !0) return;
let why = `the ${engine.kind} engine cannot be rehearsed`, rehearsal = await engine.rehearse?.(step.scratch) ?? {
outcome: "not-rehearsed",
why
};
if (rehearsal.outcome === "not-rehearsed") return ports.log.warn(`The migrations were not rehearsed: ${rehearsal.why}`), rehearsal;
let { rehearsalLines } = await import("./rehearse.js");
ports.log.info(`Rehearsed on ${rehearsal.origin}${rehearsal.sameMajor ? "" : ", another major version than production's"}.`);
for (let line of rehearsalLines(rehearsal)) ports.log.info(line);
return rehearsal;
}
async function rowsBefore({ expect, url }, ports, how) {
let kept = expect?.["rows-kept"];
if (kept === void 0) return;
let counting = await import("./rows-kept.js"), address = parseDatabaseUrl(url, "Counting rows");
return withConnection(address, "sluice verify", ports, (client) => counting.rowsBefore(client, kept, how));
}
async function rowsLost({ expect, url }, before, reason, ports) {
let kept = expect?.["rows-kept"];
if (kept === void 0 || reason === "migration-locked" || ports.cancelled.aborted) return "";
let { forgetRows, verifyRowsKept } = await import("./rows-kept.js");
try {
return await withConnection(parseDatabaseUrl(url, "Counting rows"), "sluice verify", ports, async (client) => {
let broken = (await verifyRowsKept(client, kept, before)).filter(({ holds }) => !holds);
return broken.length === 0 && await forgetRows(client), broken.map(({ what, found }) => ` ${what}: ${found}`).join("");
});
} catch (error) {
return ports.log.warn(`Whether rows are gone could not be asked; the next run compares with the same counts: ${error}`), "";
}
}
async function expected(step, migrated, ports, before) {
let { expect, url } = step;
if (expect === void 0) return migrated;
let address = parseDatabaseUrl(url, "Looking at what the migrations left"), verified = await withConnection(address, "sluice verify", ports, async (client) => {
let found = await verifySchema(client, expect, before);
return before !== void 0 && found.every(({ holds }) => holds) && await (await import("./rows-kept.js")).forgetRows(client), found;
});
if (verified.length === 0) return migrated;
for (let { what, holds, found } of verified) ports.log.info(`${holds ? "holds" : "does not hold"}: ${what}. ${found}`);
let broken = verified.filter(({ holds }) => !holds), evidence = {
...migrated.evidence,
verified
};
if (broken.length === 0) return pass(migrated.reason, `${migrated.message} All ${verified.length} expectations hold.`, evidence);
let told = broken.slice(0, 10).map(({ what, found }) => `${what}: ${found}`), message = `${migrated.message} But ${broken.length} of ${verified.length} expectations do not hold. ${told.join(" ")}`;
return fail("expectation-broken", message, evidence);
}
const namesOf = (migrations) => migrations.map(({ name }) => name).join(", ") || "none", stallOf = (ms) => ms === void 0 ? "whether other sessions waited for it could not be seen" : `other sessions waited for us at most ${ms} ms`;
export { migrateDatabase, prepareMigration, refusedByRehearsal, rehearsed };
