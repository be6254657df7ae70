import { _ as object, b as string, f as discriminatedUnion, g as number, l as array, m as literal, u as boolean } from "./zod.js";
import { m as InputError } from "./words.js";
import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { i as quoted } from "./history.js";
import { i as identifyDatabase, n as cancelledWithin, r as databaseIdentity } from "./refusal2.js";
import { t as revisionSql } from "./revision-sql.js";
import { a as lockedEngine, m as toolSession, n as limitsOf, p as guardSessions } from "./files.js";
import { n as lastWords, r as onThisMachine } from "./tool-environment.js";
import { n as boundedBy, r as lookBeforeTool, t as applyByTool } from "./tool.js";
import path from "node:path";
const alembicProgram = String.raw`
import hashlib, io, json, random, sys, time
from alembic import command, util
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

marker, order = sys.argv[1], json.loads(sys.argv[2])
config = Config(order["config"])
config.print_stdout = lambda *args: None

def say(**fields):
    sys.stdout.write("\n" + marker + json.dumps(fields) + "\n")
    sys.stdout.flush()

def sqlstate(error):
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for one in (error, getattr(error, "orig", None)):
            state = getattr(one, "sqlstate", None) or getattr(one, "pgcode", None)
            if state:
                return state
        error = error.__cause__ or error.__context__
    return None

def ask(question):
    found = {}
    def look(heads, context):
        found["heads"] = list(heads)
        found["answer"] = context.connection.execute(text(question)).scalar()
        return []
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=look, dont_mutate=True):
        script.run_env()
    if not found:
        raise util.CommandError("env.py runs no migrations: it has to call context.run_migrations().")
    return found

def status():
    script = ScriptDirectory.from_config(config)
    revisions = []
    for one in script.walk_revisions():
        with open(one.path, "rb") as file:
            checksum = hashlib.sha256(file.read()).hexdigest()
        after = list(util.to_tuple(one.down_revision, default=())) + list(util.to_tuple(one.dependencies, default=()))
        revisions.append({"id": one.revision, "after": after, "path": one.path, "checksum": checksum})
    say(event="revisions", revisions=revisions[::-1], heads=list(script.get_heads()))
    say(event="database", **ask(order["identify"]))

def upgrade_sql(heads, revision):
    script = ScriptDirectory.from_config(config)
    found = {}
    def upgrade(current, context):
        words = context.dialect.identifier_preparer
        words._double_percents = False  # only a driver takes one out again
        context.impl.command_terminator = "\n;"  # else a comment at the end of a text swallows it
        found["table"] = ".".join(words.quote(name) for name in (context.version_table_schema, context.version_table) if name)
        found["transactional"] = context.impl.transactional_ddl
        return script._upgrade_revs(revision, current)
    at = heads or "base"
    with EnvironmentContext(config, script, fn=upgrade, as_sql=True, starting_rev=at, destination_rev=revision):
        script.run_env()
    if not found:
        raise util.CommandError("env.py runs no migrations offline")
    return found

def as_sql(pending):
    script = ScriptDirectory.from_config(config)
    heads = [] if order["from"] == "base" else order["from"].split("+")
    for revision in pending:
        config.output_buffer = io.StringIO()
        try:
            found = upgrade_sql(heads, revision)
            say(event="sql", revision=revision, printed=dict(found, sql=config.output_buffer.getvalue()))
        except Exception as error:
            say(event="sql", revision=revision, printed=None, message=str(error).strip().split("\n")[0][:400])
        below = script.get_revision(revision)._all_down_revisions
        heads = [one for one in heads if one not in below] + [revision]

def run(what, revision):
    began, tries = time.monotonic(), 0
    while True:
        try:
            what(config, revision)
            say(event="applied", revision=revision, seconds=time.monotonic() - began, retries=tries)
            return
        except Exception as error:
            state = sqlstate(error)
            waited = state in ("55P03", "40P01")
            if waited and time.monotonic() - started < order["retryFor"] and not ask(order["invalid"])["answer"]:
                tries += 1
                time.sleep(min(2.0, order["pause"] * 2 ** min(tries, 10)) * random.uniform(0.5, 1))
                continue
            said = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
            say(event="failed", revision=revision, sqlstate=state, message=said[:400], gaveWay=waited)
            sys.exit(1)

started = time.monotonic()
try:
    if order["do"] == "status":
        status()
    elif order["do"] == "sql":
        as_sql(order["revisions"])
    else:
        for revision in order["revisions"]:
            run(command.upgrade if order["do"] == "upgrade" else command.downgrade, revision)
except util.CommandError as error:
    say(event="failed", revision=None, sqlstate=None, message=str(error)[:400], gaveWay=False)
    sys.exit(1)
`, table = "public.sluice_alembic", isThere = async (client) => {
let { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
return rows[0]?.found === !0;
};
async function readRevisions(client) {
if (!await isThere(client)) return [];
let { rows } = await client.query(`select revision, checksum, before, applied_at is not null as seen, release from ${table}`);
return rows;
}
async function planRevisions(client, revisions, { before, release }) {
await isThere(client) || await client.query(`
      create table if not exists ${table} (
        revision text primary key, checksum text not null, before text not null, release text, applied_at timestamptz);
      alter table ${table} enable row level security;
      comment on table ${table} is 'What Sluice saw Alembic apply: the file''s sha256, and the revision before that release; a row without applied_at was planned and not seen.'`);
let { rows } = await client.query("select from pg_attribute where attrelid = to_regclass($1) and attname = 'applied_at' and attnotnull", [table]);
rows.length > 0 && await client.query(`alter table ${table} alter applied_at drop not null`), await client.query(`insert into ${table} (revision, checksum, before, release, applied_at)
     select revision, checksum, $3, $4, null from unnest($1::text[], $2::text[]) planned (revision, checksum)
     on conflict (revision) do update set checksum = excluded.checksum, before = excluded.before,
       release = excluded.release, applied_at = null`, [
revisions.map(({ revision }) => revision),
revisions.map(({ checksum }) => checksum),
before,
release ?? null
]);
}
async function recordRevisions(client, applied, { complete }) {
await client.query(`update ${table} set applied_at = clock_timestamp() where revision = any($1) and applied_at is null`, [applied]), complete && await client.query(`delete from ${table} where applied_at is null`);
}
async function forgetRevisions(client, revisions) {
await isThere(client) && await client.query(`delete from ${table} where revision = any($1)`, [revisions]);
}
const acceptRevision = (revision, checksum) => `update ${table} set checksum = ${quoted(checksum)} where revision = ${quoted(revision)};`, revision = object({
id: string(),
after: array(string()),
path: string(),
checksum: string()
}), answers = discriminatedUnion("event", [
object({
event: literal("revisions"),
revisions: array(revision),
heads: array(string())
}),
object({
event: literal("database"),
heads: array(string()),
answer: string().nullable()
}),
object({
event: literal("sql"),
revision: string(),
printed: object({
sql: string(),
table: string(),
transactional: boolean()
}).nullable(),
message: string().optional()
}),
object({
event: literal("applied"),
revision: string(),
seconds: number(),
retries: number()
}),
object({
event: literal("failed"),
revision: string().nullable(),
sqlstate: string().nullable(),
message: string(),
gaveWay: boolean()
})
]), single = (before) => before.split("+"), downgradeTo = (before) => single(before).map((revision) => `alembic downgrade ${revision}`).join(" && "), invalidIndexes = "select count(*) from pg_index where not indisvalid";
function alembicEngine(options, ports) {
let address = parseDatabaseUrl(options.url, "Applying migrations"), limits = limitsOf(options), directory = path.dirname(options.config), place = options.place ?? onThisMachine(address, ports), ask = async (order, env) => {
let marker = `sluice-${Math.floor(ports.random() * 2 ** 32).toString(16)}:`, found = [], take = (line) => {
let answer = answers.safeParse(line.startsWith(marker) ? parseJson(line.slice(marker.length)) : void 0);
return answer.success && found.push(answer.data), answer.success;
}, args = [
"-c",
alembicProgram,
marker,
JSON.stringify({
config: path.basename(options.config),
...order
})
], result = await place.run({
command: options.python,
args,
directory,
env,
take
});
return {
found,
failed: found.find((each) => each.event === "failed"),
failure: result.code === 0 ? void 0 : lastWords(result, (line) => line.startsWith(marker))
};
}, look = async (client) => {
let target = await identifyDatabase(client), env = {
PGAPPNAME: "sluice",
PGOPTIONS: `-c lock_timeout=${limits.lockTimeoutMs}ms`
}, { found, failed, failure } = await ask({
do: "status",
identify: databaseIdentity
}, env), project = found.find((each) => each.event === "revisions"), database = found.find((each) => each.event === "database");
if (project === void 0 || database === void 0) throw new InputError(`Alembic could not say where ${options.config} and its database stand: ${failed?.message ?? `it ${failure ?? "said neither."}`} Run \`alembic current\` in that folder; the Python is the one named by \`python\`.`);
if (database.answer !== target) throw new InputError(`env.py of ${options.config} connects to another database than the migrate step's url (${place.address.name}). Let it take its address from the environment: config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"]).`);
let recorded = await readRevisions(client), seen = new Map(recorded.filter((one) => one.seen).map((one) => [one.revision, one.checksum]));
return {
...compare(project, database.heads, seen, options),
revisions: project.revisions,
recorded,
target
};
}, upgrade = async (env, pending) => {
let order = {
retryFor: limits.retryForMs / 1e3,
pause: limits.lockTimeoutMs / 1e3,
invalid: invalidIndexes
}, revisions = pending.map(({ name }) => name), { found, failed, failure } = await ask({
do: "upgrade",
revisions,
...order
}, env), seconds = Object.fromEntries(found.flatMap((each) => each.event === "applied" ? [[each.revision, each.seconds]] : []));
return {
failure: told(failed, failure),
gaveWay: failed?.gaveWay ?? !1,
seconds
};
}, readSql = async (pending) => {
let seen = await withConnection(address, "sluice", ports, look), order = {
do: "sql",
from: seen.before,
revisions: pending.map(({ name }) => name)
}, { found, failed } = await ask(order, { PGAPPNAME: "sluice" }), files = new Map(seen.revisions.map(({ id, path: file }) => [id, path.basename(file)]));
return pending.map(({ name: id }) => {
let name = files.get(id) ?? id, said = found.find((each) => each.event === "sql" && each.revision === id);
return said?.event === "sql" && said.printed !== null ? {
name,
sql: revisionSql(said.printed)
} : {
name,
unread: `It cannot be read before it runs (alembic upgrade --sql: ${(said?.event === "sql" ? said.message : failed?.message) ?? "nothing was said"})`
};
});
}, engine = lockedEngine({
kind: "alembic",
address,
waitForLockMs: options.waitForLockMs,
look: (client) => lookBeforeTool(client, look),
apply: async (client, seen) => {
let tool = {
address,
limits,
name: "alembic upgrade",
look,
run: upgrade
}, before = beforeRelease(seen, options.release), { release } = options;
await planRevisions(client, seen.pending.map(({ name, checksum = "" }) => ({
revision: name,
checksum
})), {
before,
release
});
let result = await applyByTool(client, seen, tool, ports), pending = new Set(seen.pending.map(({ name }) => name));
return await recordRevisions(client, [...seen.all.filter(({ name }) => !pending.has(name)), ...result.applied].map(({ name }) => name), { complete: result.outcome === "applied" }), withWayBack(result, before, before !== seen.before);
},
revert: async (client, asked) => {
let seen = await look(client), before = single(asked).toSorted().join("+"), known = new Set(seen.revisions.map(({ id }) => id)), unknown = before === "base" ? void 0 : single(before).find((id) => !known.has(id));
if (unknown !== void 0) return {
outcome: "failed",
applied: [],
failed: unknown,
reason: "migration-not-reverted",
message: `${options.config} has no revision ${unknown}. Write it whole, as \`alembic history\` shows it. Nothing was changed.`
};
let taken = seen.revisions.filter(({ id }) => !ancestry(seen.revisions, single(before)).has(id)), order = {
retryFor: limits.retryForMs / 1e3,
pause: .1,
invalid: invalidIndexes
}, applicationName = `${toolSession}${Math.floor(ports.random() * 2 ** 32).toString(16)}`, guard = await guardSessions({ applicationName }, address, ports), { failed, failure } = await ask({
do: "downgrade",
revisions: single(before),
...order
}, await boundedBy(client, applicationName, limits)).finally(() => guard.release());
if (ports.cancelled.aborted) return cancelledWithin();
let now = await look(client);
return now.before === before ? (await forgetRevisions(client, taken.map(({ id }) => id)), {
outcome: "applied",
applied: [],
longestStallMs: void 0,
before: seen.before
}) : {
outcome: "failed",
applied: [],
failed: now.before,
reason: "migration-not-reverted",
message: `${downgradeTo(before)} left the database at ${now.before}: ${told(failed, failure) ?? "it said nothing"} Nothing newer was touched; mend the revision's downgrade() and run it again.`
};
}
}, ports), rehearse = async (scratchUrl) => {
let { pending } = await withConnection(address, "sluice rehearsal", ports, look), { rehearseRevisions } = await import("./rehearse-revisions.js");
return rehearseRevisions(await readSql(pending), {
address,
scratchUrl
}, ports);
};
return {
...engine,
readSql,
rehearse
};
}
function parseJson(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
function told(failed, failure) {
if (failed === void 0) return failure === void 0 ? void 0 : `Alembic ${failure}`;
let where = failed.revision === null ? "Alembic" : `Revision ${failed.revision}`, state = failed.sqlstate === null ? "" : ` (SQLSTATE ${failed.sqlstate})`;
return `${where}: ${failed.message}${state}.`;
}
function withWayBack(result, before, goneOn) {
return result.outcome === "applied" || result.applied.length === 0 && !goneOn ? {
...result,
before
} : {
...result,
message: `${result.message} To go back to before this release: ${downgradeTo(before)}`,
before
};
}
function beforeRelease({ recorded, revisions, before, pending, all }, release) {
let left = new Set(pending.map(({ name }) => name)), applied = new Set(all.map(({ name }) => name).filter((name) => !left.has(name))), open = recorded.filter(({ seen }) => !seen).find((one) => !applied.has(one.revision) || release !== void 0 && one.release === release);
if (open === void 0) return before;
let origin = open.before === "base" ? [] : single(open.before), known = ancestry(revisions, origin), since = [...applied].filter((id) => !known.has(id)), sameOrigin = new Set(recorded.flatMap((one) => one.before === open.before ? [one.revision] : []));
return origin.every((id) => applied.has(id)) && since.every((id) => sameOrigin.has(id)) ? open.before : before;
}
function ancestry(revisions, heads) {
let byId = new Map(revisions.map((each) => [each.id, each])), known = new Set(), open = [...heads];
for (let id = open.pop(); id !== void 0; id = open.pop()) {
let found = byId.get(id);
found === void 0 || known.has(id) || (known.add(id), open.push(...found.after));
}
return known;
}
function compare({ revisions, heads }, current, recorded, { config }) {
let applied = ancestry(revisions, current), known = new Set(revisions.map(({ id }) => id)), migrations = [], problems = [];
for (let id of current) known.has(id) || (migrations.push({
name: id,
checksum: void 0,
state: "missing"
}), problems.push({
reason: "migration-missing",
message: `The database stands at revision ${id}, which ${config} does not have. Bring its file back (git log --diff-filter=D --name-only finds it). Only if it was removed on purpose: alembic stamp --purge REVISION`
}));
for (let { id, checksum, path: file } of revisions) {
let was = recorded.get(id), edited = applied.has(id) && was !== void 0 && was !== checksum;
migrations.push({
name: id,
checksum,
state: edited ? "edited" : applied.has(id) ? "applied" : "pending"
}), edited && problems.push({
reason: "migration-edited",
message: `${path.basename(file)} was changed after it was applied. Bring the applied version back and put the change into a new revision. Only if the change has no effect, accept it: ${acceptRevision(id, checksum)}`
});
}
heads.length > 1 && problems.push({
reason: "migration-heads",
message: `${config} has ${heads.length} heads (${heads.join(", ")}): nothing says which of them comes first. Join them and commit the file: alembic merge -m "merge heads" ${heads.join(" ")}`
});
let pending = migrations.filter(({ state }) => state === "pending"), status = {
migrations,
problems
};
return {
all: migrations.filter(({ state }) => state !== "missing"),
pending,
status,
before: current.toSorted().join("+") || "base"
};
}
export { alembicEngine };
