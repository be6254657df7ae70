import { a as withConnection, n as describeError, r as noticeWhenGone, t as connect } from "./connection.js";
import { a as identifier, c as ruleFor, i as comment, n as parseScript, o as qualified, r as catalogName, s as quotedText, t as isRepeatable } from "./migration-script.js";
import { n as lineAndColumn, t as lexSql } from "./statements.js";
import { a as locked, i as identifyDatabase, n as cancelledWithin, o as planChanged, s as refusedBy, t as cancelledBefore } from "./refusal2.js";
import { g as messageOf$1, h as ProviderError, m as InputError } from "./words.js";
import { a as remainsOfPlan, n as pendingFiles, r as planHash, t as compareWithHistory } from "./history.js";
import { createHash } from "node:crypto";
const longestWaits = (ours) => `
  with ours as (select pid from pg_stat_activity where ${ours} and datname = current_database()),
  waiting as (
    select l.pid, l.pid in (select pid from ours) as own,
           extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start)) * 1000 as ms
    from pg_locks l left join pg_stat_activity a using (pid) where not l.granted)
  select (select count(*) from ours)::int as sessions,
         coalesce((select max(ms) from waiting where own), 0)::float8 as own,
         coalesce((select max(ms) from waiting
                   where not own and pg_blocking_pids(pid) && array(select pid from ours)), 0)::float8 as others`;
function watchStalls(client, who, ports) {
let stopped = new AbortController(), [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName], text = longestWaits(which), longest, ownWait = 0, sample = async () => {
let { rows } = await client.query({
name: "stall",
text,
values: [value]
}), [row] = rows;
row !== void 0 && row.sessions !== 0 && (longest = Math.max(longest ?? 0, row.others), ownWait = Math.max(ownWait, row.own));
}, watching = (async () => {
for (; !stopped.signal.aborted;) await sample(), await ports.clock.sleep(20, stopped.signal).catch(() => {});
})().catch((error) => {
stopped.signal.aborted || (longest = void 0, ports.log.warn(`The watch over waiting sessions broke off; the stall is not known: ${messageOf$1(error)}`));
});
return {
stop: async () => (stopped.abort(), await watching, { longestMs: longest === void 0 ? void 0 : Math.round(longest) }),
longestOwnWaitMs: () => ownWait,
forgetOwnWaits: () => {
ownWait = 0;
}
};
}
const goneWithinMs = 5e3;
async function guardSessions(who, address, ports) {
let second = await connect(address, "sluice watch", ports), watch = watchStalls(second, who, ports), ending, end = () => {
ending = watch.stop().then(() => endBackends(second, who, ports)).catch((error) => {
ports.log.error(`The sessions that apply migrations could not be ended: ${messageOf$1(error)}`);
});
};
return ports.cancelled.addEventListener("abort", end, { once: !0 }), ports.cancelled.aborted && end(), {
stalls: () => watch.stop(),
longestOwnWaitMs: () => watch.longestOwnWaitMs(),
forgetOwnWaits: () => watch.forgetOwnWaits(),
release: async () => {
ports.cancelled.removeEventListener("abort", end), await watch.stop(), await ending, await second.end().catch(() => {});
}
};
}
const toolSession = "sluice tool ";
async function endOrphans(client, ports) {
let { rows } = await client.query("select distinct application_name as name from pg_stat_activity\n     where starts_with(application_name, $1) and datname = current_database()", [toolSession]);
for (let { name } of rows) ports.log.notice(`Ending the session of a tool (${name}) that an earlier job, which was killed, had left running.`), await endBackends(client, { applicationName: name }, ports);
}
async function endBackends(client, who, ports) {
let deadline = ports.clock.monotonic() + goneWithinMs, [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
for (;;) {
let { rowCount } = await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${which} and datname = current_database()`, [value]);
if (rowCount === 0) return;
if (ports.clock.monotonic() > deadline) throw Error(`some still run after ${goneWithinMs / 1e3} s`);
await ports.clock.sleep(20);
}
}
async function findIndex(client, index) {
let { rows } = await client.query("select format('%I.%I', n.nspname, c.relname) as name, i.indisvalid and i.indisready as usable,\n            (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid) as builder,\n            pg_get_indexdef(c.oid) as definition\n     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace\n     where c.relname = $1::text::name and i.indrelid = to_regclass($2)", [index.name, index.table]), [found] = rows;
return found && {
...found,
builtBy: found.builder ?? void 0
};
}
async function whoHasTheName(client, { name, table }) {
let { rows } = await client.query("select format(case when i.indrelid is null then 'the relation %I.%I' else 'an index (%I.%I) of %s' end,\n                   n.nspname, c.relname, i.indrelid::regclass) as what\n     from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_index i on i.indexrelid = c.oid\n     where c.relname = $1::text::name and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass($2))", [name, table]);
return rows[0]?.what;
}
const column = new RegExp(String.raw`${comment}|${quotedText}|(?<tag>\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\k<tag>|(?<schema>${identifier})\s*\.\s*(?<name>${identifier})\s*\.\s*(?=${identifier})|${identifier}`, "gu");
async function otherThanWritten(client, found, { unique, definition, table }) {
await client.query("begin");
try {
let { rows: named } = await client.query("select quote_ident(relname) as name, relname::text as bare, nspname::text as schema\n       from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = to_regclass($1)", [table]), like = named[0]?.name ?? table, text = definition.replaceAll(column, (whole, ...[, schema, name]) => schema === void 0 || name === void 0 ? whole : catalogName(schema) === named[0]?.schema && catalogName(name) === named[0].bare ? `${like}.` : whole);
await client.query(`create temp table ${like} (like ${table})`), await client.query(`create ${unique ? "unique " : ""}index sluice_as_written_index on pg_temp.${like} ${text}`);
let { rows } = await client.query("with both_of_them as (\n         select indexrelid, indisunique, substr(definition, strpos(definition, ' USING ') + 1) as columns\n         from pg_index, pg_get_indexdef(indexrelid) definition\n         where indexrelid in (to_regclass($1), 'pg_temp.sluice_as_written_index'::regclass))\n       select count(*) = 2 and count(distinct (indisunique, columns)) = 1 as same,\n              max(case when indisunique then 'unique, ' else '' end || columns)\n                filter (where indexrelid = 'pg_temp.sluice_as_written_index'::regclass) as wanted\n       from both_of_them", [found.name]), [answer] = rows;
return answer?.same === !0 ? void 0 : { wanted: answer?.wanted ?? "unknown" };
} catch (thrown) {
let { code, message } = describeError(thrown);
if (!/^(?:0A|22|42)/.test(code ?? "")) throw thrown;
return {
wanted: `${unique ? "unique, " : ""}${definition}`,
why: message
};
} finally {
await client.query("rollback");
}
}
async function detachment(client, { parent, partition }) {
let { rows } = await client.query("select inhdetachpending as pending from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2)", [parent, partition]), [found] = rows;
return found === void 0 ? "detached" : found.pending ? "half" : "attached";
}
const halfDetached = ({ parent, partition }, finished) => `${partition} is half detached from ${parent} (pg_inherits.inhdetachpending): queries of ${parent} leave it out, and it can be neither attached nor detached. Finish it: alter table ${parent} detach partition ${partition} finalize; Then record the file: ${finished}`;
async function prepareSession(client, { lockTimeoutMs, statementTimeoutMs }, searchPath) {
let settings = [
"reset all",
"reset session authorization",
...searchPath === void 0 ? [] : [`set search_path to ${searchPath}`],
setting("lock_timeout", lockTimeoutMs),
setting("statement_timeout", statementTimeoutMs),
setting("idle_in_transaction_session_timeout", 6e4)
];
await client.query(settings.join("; "));
let noticed = await noticeWhenGone(client);
return noticed === void 0 ? settings : [...settings, noticed];
}
const setting = (name, milliseconds) => `set ${name} to '${Math.round(milliseconds)}ms'`;
function messageOf({ settings, history, release }, file, { after, leaves } = {
after: void 0,
leaves: void 0
}) {
let opening = [
...after === void 0 ? [] : [
"begin",
`deallocate ${after}`,
"commit"
],
"begin",
...settings,
ours,
...leaves === void 0 ? [] : ["set local synchronous_commit to off"]
], finish = history.finish(file, {
took: void 0,
release
}), closing = [
stillOurs,
...finish === "" ? [] : [finish],
"commit",
...leaves === void 0 ? [] : [`prepare ${leaves} as select`]
], before = `${opening.join(";\n")};\n`;
return {
text: `${before}${["", ...closing].map((each, i) => i === 0 ? file.body : each).join("\n;\n")}`,
statementsBefore: opening.length,
charactersBefore: [...before].length
};
}
const ours = "set local sluice.transaction to 'open'", stillOurs = "select 1 / (current_setting('sluice.transaction', true) is not distinct from 'open')::int";
function failureIn(file, error, message) {
let finished = message.finished - message.statementsBefore, all = file.statements.length;
if (finished >= all && error.code === "22012") return {
error: {
...error,
message: "the file ended the transaction it runs in",
code: void 0,
position: void 0
},
finishedStatements: all,
inFile: !1,
left: "something"
};
let unparsed = finished < 0 && error.code === "42601", { position } = error;
return {
error: {
...error,
position: position === void 0 ? void 0 : Math.max(1, position - message.charactersBefore)
},
finishedStatements: Math.min(all, Math.max(0, finished)),
inFile: unparsed || finished >= 0 && finished < all,
left: isRefusal(error) ? "nothing" : "unknown"
};
}
const isRefusal = ({ code = "" }) => /^(?!08|57P)[0-9FHPX][0-9A-Z]{4}$/.test(code);
function countStatements(client) {
let counts = [0], onComplete = () => {
counts.push((counts.pop() ?? 0) + 1);
}, onAnswered = () => {
counts.push(0);
};
return client.connection.on("commandComplete", onComplete), client.connection.on("readyForQuery", onAnswered), {
finished: (message) => counts[message] ?? 0,
stop: () => {
client.connection.off("commandComplete", onComplete), client.connection.off("readyForQuery", onAnswered);
}
};
}
async function invalidIndexes(client) {
return (await client.query(`${everyInvalid} order by 1`)).rows;
}
const copies = "c.relname ~ '_cc(new|old)[0-9]*$'", everyInvalid = `
     select format('%I.%I', n.nspname, c.relname) as name,
            (select format('%I.%I', tn.nspname, t.relname) from pg_class t join pg_namespace tn on tn.oid = t.relnamespace
             where t.oid = i.indrelid) as table
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where not (i.indisvalid and i.indisready) and c.relkind = 'i' and n.nspname !~ '^pg_'
       and pg_has_role(c.relowner, 'usage')
       and not exists (select from pg_constraint k where k.conindid = c.oid)
       and not exists (
         select from pg_stat_progress_create_index p
         where p.index_relid = c.oid or p.relid = i.indrelid and p.command = 'REINDEX CONCURRENTLY' and ${copies}
           or p.relid is null and exists (
             select from pg_locks l where l.pid = p.pid and l.relation = i.indrelid and l.granted
               and l.mode = 'ShareUpdateExclusiveLock'))`;
async function invalidIndexesOf(client, { what, name }) {
let { rows } = await client.query(`with named as (
       select to_regclass($2)::oid as oid where $1 in ('INDEX', 'TABLE')
       union select relid from pg_partition_tree(to_regclass($2)) where $1 in ('INDEX', 'TABLE')),
     tables as (
       select i.indrelid as oid from pg_index i join named on named.oid = i.indexrelid where $1 = 'INDEX'
       union select oid from named where $1 = 'TABLE'
       union select oid from pg_class where $1 = 'DATABASE' or $1 = 'SCHEMA' and relnamespace = to_regnamespace($2))
     ${everyInvalid} and i.indrelid in (select oid from tables)
       and ($1 <> 'INDEX' or exists (
         select from named join pg_class k using (oid), regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '') base
         where oid = c.oid or ${copies} and (base = k.relname
           -- The server cuts a long name to make room for the ending.
           or octet_length(c.relname) > 59 and starts_with(k.relname, base)))) order by 1`, [what, name]);
return rows;
}
const isCopy = ({ name }) => /_cc(?:new|old)\d*"?$/.test(name);
async function invalidIndexProblems(client) {
return (await invalidIndexes(client)).map((index) => ({
reason: "index-invalid",
message: told(index)
}));
}
const told = ({ name, table }) => `The index ${name} of ${table} is invalid: an attempt to build it did not finish, no query uses it, and a unique one keeps nothing apart. A migration that says IF NOT EXISTS would take it for the real one. Take it away: drop index concurrently ${name}; Then run again; if a migration that counts as applied was to build it, build it by hand.`;
async function dropIndexes(client, indexes, ports) {
for (let { name } of indexes) await client.query(`drop index concurrently if exists ${name}`), ports.log.notice(`Dropped the invalid index ${name}, left by an attempt that did not finish.`);
}
async function notBuilt(client, names) {
let { rows } = await client.query("select wanted as name from unnest($1::text[]) wanted\n     where not exists (select from pg_index where indexrelid = to_regclass(wanted) and indisvalid and indisready)", [names]);
return rows.map(({ name }) => name);
}
const refusedAtOnce = ({ code = "" }) => /^(?:0A|22|25|28|2B|3D|3F|42|55000|55006)/.test(code);
async function applyAlone(context, file, began) {
let { client, history } = context;
await client.query(context.settings.join("; "));
let resumed = await history.wasBegun(client, file), finished = 0;
for (let each of file.alone ?? []) {
let failure = await runOne(context, file, {
each,
finished,
resumed
});
if (failure !== void 0) return failure;
finished += 1;
}
let { clock } = context.ports, ms = clock.monotonic() - began, took = {
startedAt: new Date(clock.now() - ms),
seconds: ms / 1e3
};
await client.query(history.finish(file, {
took,
release: context.release
})), await history.forget(client, file);
}
async function runOne(context, file, step) {
let { client, history } = context, { rule } = step.each;
if (rule === void 0) return set(context, file, step);
let left;
try {
if (left = rule.index && await findIndex(client, rule.index), left?.builtBy !== void 0) return stillBuilding(left, step);
if (left?.usable === !0 && rule.index !== void 0 && (step.resumed || rule.index.ifNotExists)) {
let kept = await keep(context, left, rule.index, step);
if (kept !== "as written") return kept;
}
let copies = await copiesLeft(client, rule);
if (copies.length > 0 && !step.resumed) return copiesInTheWay(copies, step);
left?.usable === !1 && await dropIndex(context, left, "left by an attempt that did not finish");
for (let copy of copies) await dropIndex(context, copy, "left by an attempt that did not finish");
if (await history.begin(client, file), left?.usable === !0 && step.resumed) return;
} catch (thrown) {
return {
...failure(describeError(thrown), step),
inFile: !1,
left: "nothing"
};
}
let error = await send(context, file, step.each);
if (error === void 0) return lookAfter(context, file, step, rule);
if (!(step.resumed && error.code === "42704" && rule.drops !== void 0)) return cleanUp(context, file, step, error);
}
const failure = (error, { finished }) => ({
error,
finishedStatements: finished,
inFile: !0
});
function found(message, step, rest) {
return {
...failure({
code: void 0,
message,
detail: void 0,
hint: void 0,
position: void 0
}, step),
...rest
};
}
async function keep({ client, ports }, left, index, step) {
let other = await otherThanWritten(client, left, index), is = other?.why === void 0 ? "is another one" : `could not be compared (${other.why})`;
return other === void 0 ? (ports.log.notice(`The index ${left.name} was there already, usable and as the file writes it.`), "as written") : found(`the index ${left.name} is there already and ${is}: ${left.definition}`, step, {
left: "nothing",
note: `The file asks for (${other.wanted}). Give the index of the file another name, or take the other away if nothing needs it (drop index concurrently ${left.name};), then run again.`
});
}
const copiesLeft = async (client, { rebuilds }) => rebuilds === void 0 ? [] : (await invalidIndexesOf(client, rebuilds)).filter(isCopy);
function copiesInTheWay(copies, step) {
let names = copies.map(({ name }) => name).join(", "), repair = copies.map(({ name }) => `drop index concurrently ${name};`).join(" ");
return found(`an earlier REINDEX failed and left ${names}, which no query uses`, step, {
left: "nothing",
note: `Take that away, then run again: ${repair}`
});
}
async function lookAfter({ client, history }, file, step, { index, rebuilds }) {
if (index === void 0 && rebuilds === void 0) return;
if (index !== void 0 && (await findIndex(client, index))?.usable !== !0) {
let other = await whoHasTheName(client, index) ?? "nothing";
return step.finished === 0 && await history.forget(client, file), found(`the server built no index ${index.name} on ${index.table}, because ${other} has that name`, step, {
left: "nothing",
note: "Give the index of the file another name, then run again."
});
}
let invalid = rebuilds === void 0 ? [] : await invalidIndexesOf(client, rebuilds);
if (invalid.length !== 0) return found("the server went over the invalid indexes of the table and left them invalid", step, {
left: "something",
note: `${invalid.map(told).join(" ")} What is valid was built anew, and the next run does it again.`
});
}
async function set({ client }, file, { each, finished }) {
try {
await client.query(each.statement.text);
return;
} catch (thrown) {
return {
error: inFile(file, each, describeError(thrown)),
finishedStatements: finished,
inFile: !0,
left: "nothing"
};
}
}
function inFile({ sql }, { statement }, error) {
return error.position === void 0 ? error : {
...error,
position: error.position + [...sql.slice(0, statement.start)].length
};
}
async function send({ client, limits }, file, each) {
let { statement, rule } = each;
try {
rule?.waitsPolitely === !0 && await client.query(setting("lock_timeout", 0)), await client.query(statement.text);
return;
} catch (thrown) {
return inFile(file, each, describeError(thrown));
} finally {
await client.query(setting("lock_timeout", limits.lockTimeoutMs)).catch(() => {});
}
}
async function cleanUp(context, file, step, error) {
let { client, history } = context, { rule } = step.each, failed = failure(error, step);
if (context.ports.cancelled.aborted || rule === void 0) return failed;
let record = history.repairs.finished(file);
try {
if (rule.detaches !== void 0) {
let state = await detachment(client, rule.detaches);
if (state === "half") return {
...failed,
left: "something",
note: halfDetached(rule.detaches, record)
};
if (state === "detached") return {
...failed,
left: "something",
note: `But the partition is detached. Record the file: ${record}`
};
} else if (!(rule.repeatable ? isRefusal(error) : refusedAtOnce(error))) return {
...failed,
left: "unknown",
note: rule.repeatable ? void 0 : lookYourself(file, context)
};
let left = rule.index === void 0 ? void 0 : await findIndex(client, rule.index);
left?.usable === !1 && await dropIndex(context, left, "left by this attempt");
for (let copy of await copiesLeft(client, rule)) await dropIndex(context, copy, "left by this attempt");
return rule.drops !== void 0 && await isInvalid(client, rule.drops) ? {
...failed,
left: "something",
note: `The index ${rule.drops} is half dropped: no query uses it any more. Run again, which drops it, or build it anew: reindex index concurrently ${rule.drops};`
} : (step.finished === 0 && await history.forget(client, file), {
...failed,
left: "nothing"
});
} catch (thrown) {
let why = `What it left could not be looked at or removed now (${describeError(thrown).message})`, note = rule.repeatable ? `${why}; the next run does it.` : `${why}. ${lookYourself(file, context)}`;
return {
...failed,
left: "unknown",
note
};
}
}
const lookYourself = (file, { history: { repairs } }) => `It cannot simply be repeated: look whether it took effect. If it did: ${repairs.finished(file)} If not, let it run again: ${repairs.again(file.name)}`;
async function isInvalid(client, index) {
return (await client.query("select from pg_index where indexrelid = to_regclass($1) and not (indisvalid and indisready)", [index])).rowCount === 1;
}
async function dropIndex({ client, limits, ports }, { name }, why) {
await client.query(setting("lock_timeout", 0)), await client.query(`drop index concurrently if exists ${name}`), await client.query(setting("lock_timeout", limits.lockTimeoutMs)), ports.log.notice(`Dropped the invalid index ${name}, ${why}.`);
}
const stillBuilding = (index, step) => found(`session ${index.builtBy} is building the index ${index.name} right now`, step, {
left: "nothing",
note: "Wait until that session is done, then run again."
}), lockNotAvailable = "55P03", deadlockDetected = "40P01";
async function applyFile(context, file, before) {
let attempt = file.alone === void 0 ? applyInTransaction : applyAlone, { clock, random, cancelled } = context.ports, began = clock.monotonic();
for (let retries = 0;; retries++) {
let attemptBegan = clock.monotonic(), failure = retries === 0 && before !== void 0 ? before : await attempt(context, file, attemptBegan);
if (failure === void 0) {
let seconds = (clock.monotonic() - attemptBegan) / 1e3;
return {
outcome: "applied",
applied: {
name: file.name,
seconds,
lockRetries: retries
}
};
}
let { code } = failure.error, gaveWay = (failure.left === "nothing" || isRepeatable(file)) && (code === lockNotAvailable || code === deadlockDetected), pause = Math.min(2e3, context.limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (.5 + random() / 2), timeLeft = context.limits.retryForMs - (clock.monotonic() - began) - pause;
if (!gaveWay || timeLeft <= 0 || cancelled.aborted) return failed(context, file, failure, retries);
await clock.sleep(pause, cancelled).catch(() => {});
}
}
async function applyInTransaction(context, file) {
let { client } = context, message = messageOf(context, file), progress = countStatements(client);
try {
await client.query(message.text);
return;
} catch (thrown) {
return await client.query("rollback").catch(() => {}), failureIn(file, describeError(thrown), {
...message,
finished: progress.finished(0)
});
} finally {
progress.stop();
}
}
function failed(context, file, failure, retries) {
let { error } = failure, place = failure.inFile ? placeOf(file, failure) : file.path, said = [
`${error.message}${error.code === void 0 ? "" : ` (SQLSTATE ${error.code})`}.`,
error.detail,
error.hint
].filter((sentence) => sentence !== void 0).join(" "), leftNothing = failure.left === "nothing" && statementsDone(file, failure) === 0;
if (context.ports.cancelled.aborted) return {
outcome: "failed",
reason: "cancelled",
message: `${file.path} was interrupted because the job was cancelled. ` + (file.alone === void 0 ? "It is applied as a whole or not at all; the next run reads from the history which it is." : isRepeatable(file) ? "It cannot run inside a transaction; the next run looks at what it left and repairs it." : "It can neither run inside a transaction nor be repeated blindly; the next run stops at it and says what to look at."),
leftNothing
};
if ((leftNothing || isRepeatable(file)) && (error.code === lockNotAvailable || error.code === deadlockDetected)) return {
outcome: "failed",
reason: "lock-not-available",
message: `${place} did not get its lock: ${retries + 1} attempts of ${context.limits.lockTimeoutMs} ms each within ${Math.round(context.limits.retryForMs / 1e3)} s all gave way to other sessions. ${said} ${fateOf(file, failure)} Find the long transaction (select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.`,
leftNothing
};
let repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
return {
outcome: "failed",
reason: "migration-failed",
message: `${place}: ${said} ${fateOf(file, failure)} ${repair}`,
leftNothing
};
}
function fateOf(file, failure) {
let { left } = failure;
if (file.alone !== void 0) {
let done = statementsDone(file, failure), before = `The ${done} statements before it took effect and stay; the next run goes on after them.`;
return done === 0 ? ofStatement[left ?? "unknown"] : `${ofStatement[left ?? "unknown"]} ${before}`;
}
return left === "nothing" ? "The file was rolled back as a whole; nothing of it is applied." : left === "something" ? "What stands in front of that took effect and is recorded nowhere: look at it first." : "Whether it was applied before the connection was lost, the next run reads from the history.";
}
const ofStatement = {
nothing: "The statement runs outside of a transaction; nothing of it was left.",
something: "The statement runs outside of a transaction, and part of it took effect.",
unknown: "The statement runs outside of a transaction, and what it left is not known."
}, statementsDone = ({ alone = [] }, { finishedStatements }) => alone.slice(0, finishedStatements).filter(({ rule }) => rule !== void 0).length;
function placeOf(file, failure) {
let { position } = failure.error, offset = position === void 0 ? file.statements[failure.finishedStatements]?.start : utf16Offset(file.sql, position - 1);
if (offset === void 0) return file.path;
let { line, column } = lineAndColumn(file.sql, offset);
return `${file.path}:${line}:${column}`;
}
function utf16Offset(text, characters) {
return [...text].slice(0, characters).join("").length;
}
async function applyFiles(context, files, onApplied) {
let durable = !0, stopped = await applyInOrder(context, files, (applied, isDurable) => {
durable = isDurable, onApplied(applied);
});
return stopped === void 0 || durable || await makeDurable(context) || context.ports.cancelled.aborted ? stopped : {
...stopped,
mayBeLost: !0
};
}
async function applyInOrder(context, files, onApplied) {
let next = 0, told = (applied, isDurable) => {
next += 1, onApplied(applied, isDurable);
};
for (;;) {
let first = files[next];
if (first === void 0) return;
if (context.ports.cancelled.aborted) return {
...cancelledBefore(first.name),
leftNothing: !0
};
let row = rowFrom(files, next), failure = row.length > 1 ? await applyRow(context, row, told) : void 0;
if (row.length > 1 && failure === void 0) continue;
let file = files[next] ?? first, outcome = await applyFile(context, file, failure);
if (outcome.outcome === "failed") return {
...outcome,
failed: file.name
};
told(outcome.applied, !0);
}
}
function rowFrom(files, start) {
let end = files.findIndex(({ alone }, i) => i >= start && alone !== void 0);
return files.slice(start, end < 0 ? files.length : Math.max(end, start + 1));
}
async function applyRow(context, row, onApplied) {
let { client } = context, { clock, cancelled } = context.ports, progress = countStatements(client), sent = [], ahead = 0, sendMore = (answered) => {
for (; !cancelled.aborted && sent.length < answered + 32 && ahead < 1048576;) {
let file = row[sent.length];
if (file === void 0) return;
let isLast = sent.length === row.length - 1, message = messageOf(context, file, {
after: sent.length === 0 ? void 0 : mark(sent.length - 1),
leaves: isLast ? void 0 : mark(sent.length)
}), answer = client.query(message.text).then(() => void 0, describeError);
ahead += message.text.length, sent.push({
file,
message,
isLast,
at: clock.monotonic(),
answer
});
}
};
try {
let before = 0;
for (let answered = 0;; answered++) {
sendMore(answered);
let now = sent[answered];
if (now === void 0) return;
let error = await now.answer;
if (error !== void 0) return await Promise.all(sent.map(({ answer }) => answer)), await client.query("rollback").catch(() => {}), failureIn(now.file, error, {
...now.message,
finished: progress.finished(answered)
});
ahead -= now.message.text.length;
let ended = clock.monotonic(), seconds = (ended - Math.max(before, now.at)) / 1e3;
before = ended, onApplied({
name: now.file.name,
seconds,
lockRetries: 0
}, now.isLast);
}
} finally {
progress.stop();
}
}
const mark = (n) => `sluice_applied_${n}`;
async function makeDurable({ client }) {
return client.query("select pg_logical_emit_message(true, 'sluice', 'migrations')").then(() => !0, () => !1);
}
async function takenForReal(client, files) {
for (let index of await invalidIndexes(client)) for (let file of files) {
let first = await firstTouch(client, index, file.sql);
if (first === "taken") return {
reason: "index-invalid",
message: `${file.path}: ${told(index)}`
};
if (first === "mended") break;
}
}
const touches = new RegExp([
String.raw`\bcreate\s+(?:unique\s+)?index\s+(?<how>concurrently\s+(?:if\s+not\s+exists\s+)?|if\s+not\s+exists\s+)(?<built>${identifier})\s+on\s+(?:only\s+)?(?<table>${qualified})`,
String.raw`\bdrop\s+(?:index|table)\s+(?:concurrently\s+)?(?:if\s+exists\s+)?(?<dropped>${qualified}(?:\s*,\s*${qualified})*)`,
String.raw`\breindex\s*(?:index\s+(?:concurrently\s+)?|\([^)]*\)\s*index\s+|(?:\((?![^)]*\bconcurrently)[^)]*\)\s*)?table\s+(?!concurrently\b))(?<rebuilt>${qualified})`
].join("|"), "giu"), comments = RegExp(`(${quotedText}|"[^"]*")|${comment}`, "g");
async function firstTouch(client, index, sql) {
let ownPath = /\bsearch_path\b/i.test(sql);
for (let { text, words } of lexSql(sql).statements) {
let inBlock = words[0] === "DO";
for (let { index: at, groups = {} } of text.replaceAll(comments, (_, kept = " ") => kept).matchAll(touches)) {
if (at > 0 && !inBlock) break;
let { how, built, table, dropped, rebuilt } = groups;
if (how !== void 0 && built !== void 0 && table !== void 0) {
let takes = /^if/i.test(how), bare = ownPath && parts(table).length === 1;
if ((takes || !inBlock) && await isBuilt(client, index, {
name: catalogName(built),
table,
anySchema: bare && takes
})) return takes ? "taken" : "mended";
} else if (!inBlock) {
for (let name of (dropped ?? rebuilt ?? "").match(new RegExp(qualified, "gu")) ?? []) if (!(ownPath && parts(name).length === 1) && await isOf(client, index, name)) return "mended";
}
}
}
}
const parts = (written) => written.match(new RegExp(identifier, "gu")) ?? [];
async function isBuilt(client, { name }, wanted) {
let [schema, relation] = parts(wanted.table), { rowCount } = await client.query("select from pg_class c where c.oid = to_regclass($1) and c.relname = $2::text::name and ($5 or c.relnamespace = case\n       when $4::text is not null then to_regnamespace($4)\n       else coalesce((select relnamespace from pg_class where oid = to_regclass($3)), to_regnamespace(quote_ident(current_schema())))\n     end)", [
name,
wanted.name,
wanted.table,
relation === void 0 ? null : schema,
wanted.anySchema
]);
return rowCount === 1;
}
async function isOf(client, { name, table }, written) {
let { rows } = await client.query("select to_regclass($1) in (to_regclass($2), to_regclass($3)) as same", [
written,
name,
table
]);
return rows[0]?.same === !0;
}
async function halfApplied(client, seen) {
let { files, rows, history, searchPath } = seen, begun = new Set(rows.filter(({ state }) => state === "begun").map(({ name }) => name)), suspects = files.filter(({ sql }) => /concurrently/i.test(sql)), lenient = files.some(({ sql }) => /\bindex\s+if\s+not\s+exists\b/i.test(sql));
(suspects.length > 0 || lenient) && searchPath !== void 0 && await client.query(`set search_path to ${searchPath}`);
let texts = suspects.length === 0 ? [] : files.map(({ sql }) => sql.toLowerCase());
for (let file of suspects) {
let looked = {
file,
ours: begun.has(file.name),
inFront: texts.slice(0, files.indexOf(file)),
history
}, { statements } = lexSql(file.sql);
for (let [i, statement] of statements.entries()) {
let problem = await left(client, {
...looked,
statement,
above: statements.slice(0, i)
});
if (problem !== void 0) return {
reason: "migration-half-applied",
message: problem
};
}
}
return lenient ? takenForReal(client, files) : void 0;
}
async function left(client, looked) {
let { file, statement, ours, history } = looked, rule = ruleFor(statement);
if (rule.rule !== "alone") return;
if (rule.detaches !== void 0 && await detachment(client, rule.detaches) === "half") return `${file.path}: ${halfDetached(rule.detaches, await recordIt(client, file, history))}`;
if (rule.index === void 0 || ours || mayChangeBefore(rule.index, looked)) return;
let found = await findIndex(client, rule.index);
if (found === void 0 || found.builtBy !== void 0) return;
let weCan = canBeApplied(file);
if (!weCan || found.usable && !rule.index.ifNotExists) return halfBuilt(file, found, weCan, await recordIt(client, file, history));
}
function mayChangeBefore({ name, table }, { inFront, above }) {
let index = name.toLowerCase(), bare = table.split(".").at(-1)?.replaceAll("\"", "").trim().toLowerCase() ?? table;
return inFront.some((text) => text.includes(index) || text.includes(bare)) || above.some(({ text }) => text.toLowerCase().includes(index));
}
function halfBuilt(file, found, weCan, record) {
let state = found.usable ? "is there already" : "is there already, and invalid: it speeds up and protects nothing", after = weCan ? "and run again." : "and split the file, with each statement that cannot run inside a transaction in a file of its own.";
return `${file.path} is not recorded, but its index ${found.name} ${state} (${found.definition}). An earlier attempt ran this file statement by statement and stopped within, or somebody built the index by hand. Complete by hand what is missing of the file and record it: ${record} Or take back what is there (drop index concurrently ${found.name};) ${after}`;
}
async function recordIt(client, file, { table, creation, repairs }) {
let record = repairs.finished(file);
if (creation === void 0) return record;
let { rows } = await client.query("select to_regclass($1) is not null as there", [table]);
return rows[0]?.there === !0 ? record : `${creation} ${record}`;
}
function canBeApplied(file) {
try {
return parseScript(file), !0;
} catch (error) {
if (error instanceof InputError) return !1;
throw error;
}
}
const ourKey = createHash("sha256").update("sluice migrations").digest().readBigInt64BE();
async function takeMigrationLock(client, options, ports) {
let began = ports.clock.monotonic();
for (let key of [ourKey, ...options.also ?? []].map(String)) for (let asked = 0;; asked++) {
let { rows } = await client.query("select pg_try_advisory_lock($1) as held", [key]);
if (rows[0]?.held === !0) break;
let waitedMs = ports.clock.monotonic() - began, holder = await describeHolder(client, key);
if (waitedMs >= options.withinMs) return {
held: !1,
waitedMs,
holder
};
asked === 0 && ports.log.info(`Waiting for the migration lock: ${holder}`), await ports.clock.sleep(200 * (.5 + ports.random()), ports.cancelled);
}
return {
held: !0,
waitedMs: ports.clock.monotonic() - began
};
}
async function describeHolder(client, key) {
let { rows } = await client.query("select l.pid, a.application_name as application, a.backend_start::text as since\n     from pg_locks l left join pg_stat_activity a using (pid)\n     where l.locktype = 'advisory' and l.granted and l.objsubid = 1\n       and l.database = (select oid from pg_database where datname = current_database())\n       and l.classid::bigint = ($1::bigint >> 32) & 4294967295 and l.objid::bigint = $1::bigint & 4294967295", [key]), [holder] = rows;
if (holder === void 0) return "its holder has just left.";
let name = holder.application === null || holder.application === "" ? "without a name" : holder.application;
return `session ${holder.pid} (${name}, connected since ${holder.since ?? "unknown"}) holds it.`;
}
const applicationName = "sluice";
function lockedEngine(engine, ports) {
let { address } = engine, underLock = (use) => {
let begun = !1;
return withConnection(address, applicationName, ports, async (client) => {
try {
let lock = await takeMigrationLock(client, {
withinMs: engine.waitForLockMs ?? 6e4,
also: engine.alsoLock ?? []
}, ports);
return lock.held ? (await endOrphans(client, ports), await use(client, () => {
begun = !0;
})) : locked(lock.waitedMs, lock.holder);
} catch (error) {
if (ports.cancelled.aborted) return begun ? cancelledWithin() : cancelledBefore("(none)");
throw asProviderError(error, address);
}
}, { pipeline: !0 });
}, { revert } = engine;
return {
kind: engine.kind,
status: () => withConnection(address, applicationName, ports, async (client) => (await engine.look(client)).status),
plan: () => withConnection(address, applicationName, ports, async (client) => {
let seen = await engine.look(client);
seen.status.problems.length === 0 && engine.check?.(seen);
let pending = seen.pending.map(({ name, checksum }) => ({
name,
checksum,
state: "pending"
})), isRestOf = (hash) => remainsOfPlan(hash, seen.all, seen.pending, seen.target);
return {
...seen.status,
pending,
hash: planHash(pending, seen.target),
database: seen.target,
isRestOf
};
}),
apply: async (approved) => ports.cancelled.aborted ? cancelledBefore("(none)") : underLock(async (client, begun) => {
let seen = await engine.look(client);
return seen.status.problems.length > 0 ? refusedBy(seen.status) : remainsOfPlan(approved, seen.all, seen.pending, seen.target) ? seen.pending.length === 0 ? {
outcome: "applied",
applied: [],
longestStallMs: 0
} : (engine.check?.(seen), begun(), engine.apply(client, seen)) : planChanged(seen.pending);
}),
...revert !== void 0 && { revert: (before) => underLock((client, begun) => (begun(), revert.call(engine, client, before))) }
};
}
function asProviderError(error, address) {
let { code, message } = describeError(error);
if (error instanceof ProviderError || code === void 0 || code === "input") return error;
let what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
return new ProviderError("postgres", what, {
status: code,
cause: error
});
}
const limitsOf = (options) => ({
lockTimeoutMs: options.lockTimeoutMs ?? 100,
retryForMs: options.retryForMs ?? 6e4,
statementTimeoutMs: options.statementTimeoutMs ?? 36e5
});
function filesEngine(engine, ports) {
let { address, history, options, searchPath } = engine, limits = limitsOf(options), apply = async (client, { pending }) => {
let scripts = pending.map(parseScript), applied = [], settings = await prepareSession(client, limits, searchPath);
await history.create(client);
let { rows } = await client.query("select pg_backend_pid() as pid"), guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
try {
let stopped = await applyFiles({
client,
settings,
history,
limits,
release: options.release,
ports
}, scripts, (one) => {
applied.push(one), ports.log.info(`Applied ${one.name} in ${(one.seconds ?? 0).toFixed(3)} s.`);
});
return stopped === void 0 ? {
outcome: "applied",
applied,
longestStallMs: (await guard.stalls()).longestMs
} : {
...stopped,
outcome: "failed",
applied,
leftNothing: stopped.leftNothing && applied.length === 0
};
} finally {
await guard.release();
}
}, seeing = lookingAtFiles(engine);
return {
...lockedEngine({
...seeing,
apply
}, ports),
rehearse: rehearsingFiles(engine, seeing.look, ports)
};
}
const rehearsingFiles = ({ address, searchPath }, look, ports) => async (scratchUrl) => {
let { rehearse } = await import("./rehearse.js"), { pending } = await withConnection(address, "sluice rehearsal", ports, look);
return rehearse({
address,
scratchUrl,
scripts: pending.map(parseScript),
searchPath
}, ports);
};
function lookingAtFiles(engine) {
let { kind, address, directory, history, options, alsoLock, searchPath } = engine;
return {
kind,
address,
waitForLockMs: options.waitForLockMs,
alsoLock,
look: async (client) => {
let all = await engine.read(), target = await identifyDatabase(client), rows = await history.read(client, all), refusal = await history.refusal?.(client), compared = compareWithHistory(all, rows, {
directory,
history,
outOfOrder: options.outOfOrder ?? "refuse",
repeatable: (file) => isRepeatable(parseScript(file))
}), pending = pendingFiles(all, compared), applied = new Set(compared.migrations.flatMap(({ name, state }) => state === "applied" ? [name] : [])), files = all.filter(({ name }) => !applied.has(name)), problems = [refusal, refusal === void 0 ? await halfApplied(client, {
files,
rows,
history,
searchPath
}) : void 0].flatMap((problem) => problem ?? []);
return {
all,
target,
status: {
...compared,
problems: [...compared.problems, ...problems]
},
pending
};
},
check: ({ pending }) => {
for (let file of pending) parseScript(file);
}
};
}
export { lockedEngine as a, invalidIndexProblems as c, told as d, prepareSession as f, rehearsingFiles as i, invalidIndexes as l, toolSession as m, limitsOf as n, applyFile as o, guardSessions as p, lookingAtFiles as r, dropIndexes as s, filesEngine as t, notBuilt as u };
