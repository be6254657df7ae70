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
export { remainsOfPlan as a, quoted as i, pendingFiles as n, timingOf as o, planHash as r, compareWithHistory as t };
