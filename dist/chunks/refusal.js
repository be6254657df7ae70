import { m as ProviderError } from "./words.js";
import { createHash } from "node:crypto";
const timingOf = ({ took }) => took === void 0 ? {
startedAt: "transaction_timestamp()",
seconds: "extract(epoch from clock_timestamp() - transaction_timestamp())"
} : {
startedAt: `${quoted(took.startedAt.toISOString())}::timestamptz`,
seconds: String(took.seconds)
};
function compareWithHistory(files, rows, how) {
let byName = new Map(files.map((file) => [file.name, file])), recorded = new Set(rows.map((row) => row.name)), appliedNames = new Set(rows.filter(({ state }) => state === "applied").map(({ name }) => name)), lastApplied = files.findLastIndex((file) => appliedNames.has(file.name)), migrations = [], problems = [], add = (name, checksum, state, message) => {
migrations.push({
name,
checksum,
state
}), message !== void 0 && problems.push({
reason: `migration-${state}`,
message
});
};
for (let row of rows) {
let file = byName.get(row.name);
file === void 0 ? row.state === "failed" ? add(row.name, void 0, "failed", failed(row.name, row.name, how.history.repairs)) : add(row.name, void 0, "missing", missing(row.name, how)) : row.state === "failed" ? add(file.name, file.checksum, "failed", failed(file.path, file.name, how.history.repairs)) : row.state === "begun" ? how.repeatable(file) ? add(file.name, file.checksum, "pending") : add(file.name, file.checksum, "failed", unfinished(file, how.history.repairs)) : row.fits(file) ? add(file.name, file.checksum, "applied") : add(file.name, file.checksum, "edited", edited(file, how.history));
}
for (let [i, file] of files.entries()) {
if (recorded.has(file.name)) continue;
let last = files[lastApplied];
last === void 0 || i > lastApplied || how.outOfOrder === "apply" ? add(file.name, file.checksum, "pending") : add(file.name, file.checksum, "out-of-order", outOfOrder(file, last, how.history.repairs));
}
return {
migrations,
problems
};
}
function pendingFiles(files, status) {
let pending = new Set(status.migrations.filter(({ state }) => state === "pending").map(({ name }) => name));
return files.filter((file) => pending.has(file.name));
}
function planHash(pending, target) {
let hash = createHash("sha256").update(`${target}\n`);
for (let { name, checksum } of pending) hash.update(`${checksum ?? "-"} ${name}\n`);
return hash.digest("hex");
}
function remainsOfPlan(hash, all, pending, target) {
let names = new Set(pending.map(({ name }) => name)), first = all.findIndex(({ name }) => names.has(name)), before = first < 0 ? all : all.slice(0, first);
for (let from = before.length; from >= 0; from--) if (planHash([...before.slice(from), ...pending], target) === hash) return !0;
return !1;
}
const quoted = (text) => {
let inside = text.replaceAll("'", "''");
return inside.includes("\\") ? `E'${inside.replaceAll("\\", "\\\\")}'` : `'${inside}'`;
};
function edited(file, { table, repairs }) {
return `${file.path} was changed after it was applied (it is not what ${table} recorded; its sha256 is now ${file.checksum.slice(0, 12)}). Bring the applied version back and put the change into a new file. Only if the change has no effect, accept it: ${repairs.accept(file)}`;
}
function missing(name, { directory, history }) {
return `${name} is recorded in ${history.table} but is not in ${directory}. Bring the file back (git log --diff-filter=D --name-only finds it). Only if it was removed on purpose, forget it: ` + history.repairs.forget(name);
}
function unfinished(file, repairs) {
return `${file.path} was begun and did not finish. Look whether it took effect. If it did: ${repairs.finished(file)} If not, let it run again: ${repairs.again(file.name)}`;
}
function failed(path, name, repairs) {
return `${path} is recorded as failed, and its tool refuses everything after it. Look how much of it took effect. If all of it did, or you completed it by hand: ${repairs.finished({ name })} If nothing of it is left: ${repairs.again(name)}`;
}
function outOfOrder(file, last, repairs) {
return `${file.path} was added below ${last.name}, which is already applied, so the two would run in another order here than elsewhere. ${repairs.reorder}`;
}
const databaseIdentity = "select (select system_identifier::text from pg_control_system()) || ' ' || oid || ' ' || datname from pg_database where datname = current_database()";
async function identifyDatabase(client) {
let { rows } = await client.query(`select (${databaseIdentity}) as identity, current_setting('server_version_num')::int / 10000 as major`), [found] = rows;
if (found === void 0 || found.major < 14) throw new ProviderError("postgres", `PostgreSQL 14 or newer is needed; this is ${found?.major}.`);
return found.identity;
}
function refusedBy(status) {
let bad = status.migrations.find(({ state }) => state !== "applied" && state !== "pending"), message = status.problems.map((each) => each.message).join("\n"), reason = status.problems[0]?.reason ?? "migration-failed";
return {
outcome: "failed",
applied: [],
failed: bad?.name ?? "(none)",
reason,
message
};
}
function planChanged(pending) {
let names = pending.map(({ name }) => name).join(", ") || "none";
return {
outcome: "failed",
applied: [],
failed: pending[0]?.name ?? "(none)",
reason: "plan-changed",
message: `The plan that was approved is not what would be applied now: the files or the database changed since. Pending now: ${names}. Nothing was applied. Plan again and have that plan approved.`
};
}
function cancelledBefore(name) {
return {
outcome: "failed",
applied: [],
failed: name,
reason: "cancelled",
message: "The job was cancelled before this migration began; nothing of it was applied."
};
}
function cancelledWithin() {
return {
outcome: "failed",
applied: [],
failed: "(none)",
reason: "cancelled",
message: "The job was cancelled while migrations were applied; the next run reads from the history how far it came."
};
}
function locked(waitedMs, holder) {
return {
outcome: "failed",
applied: [],
failed: "(none)",
reason: "migration-locked",
message: `Another migrator has held this database's migration lock for the ${Math.round(waitedMs / 1e3)} s we waited: ${holder} Wait for that release, or end the session (select pg_terminate_backend(pid)), then run again.`
};
}
export { locked as a, compareWithHistory as c, quoted as d, remainsOfPlan as f, identifyDatabase as i, pendingFiles as l, cancelledWithin as n, planChanged as o, timingOf as p, databaseIdentity as r, refusedBy as s, cancelledBefore as t, planHash as u };
