import { n as reachedThroughTarget } from "./through-target2.js";
async function planMigrations({ runbook, stage: resolved, target }, workspace, ports) {
let planned = {}, first = runbook.stages.findIndex(({ approve }) => approve !== void 0);
for (let { name, migrate, ref } of first < 0 ? [] : runbook.stages.slice(first)) {
if (migrate === void 0) continue;
let unbound = (why) => ports.log.notice(`An approval of stage ${name} binds its commit, and not the migrations it will apply: ${why}.`);
if (ref !== void 0 || migrate.command !== void 0) {
unbound(ref === void 0 ? "only the command knows which these are" : "they are in the stage's own commit");
continue;
}
let step = await reachedThroughTarget(resolved(name, "migrate").migrate, target);
if (step === void 0) continue;
if (step.alembic !== void 0) {
let { planRevisions } = await import("./plan-revisions.js"), found = await planRevisions(step, workspace, ports);
typeof found == "string" ? unbound(found) : planned[name] = {
hash: found.hash,
...named(found.files)
};
continue;
}
let { prepareMigration } = await import("./migrate-database.js"), prepared = await prepareMigration({
step,
workspace,
ports
});
if ("verdict" in prepared) return prepared;
planned[name] = await inShort(prepared);
}
return planned;
}
async function inShort({ plan, breaks, rehearsal }) {
let { rehearsalLines } = await import("./rehearse.js"), locks = rehearsal?.outcome === "rehearsed" ? rehearsalLines(rehearsal) : [];
return {
hash: plan.hash,
...named(plan.pending.map(({ name }) => name)),
...breaks && { breaks: !0 },
...locks.length > 0 && { locks: locks.slice(0, 20).map((line) => line.slice(0, 300)) }
};
}
const named = (names) => ({
files: names.slice(0, 20).map((name) => name.slice(0, 300)),
count: names.length
});
export { planMigrations };
