import { h as ProviderError } from "./words.js";
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
message: "The job was cancelled while migrations were applied or taken back; the next run reads from the history how far it came."
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
export { locked as a, identifyDatabase as i, cancelledWithin as n, planChanged as o, databaseIdentity as r, refusedBy as s, cancelledBefore as t };
