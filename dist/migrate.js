import { n as migrate } from "./chunks/database-spec.js";
import { m as InputError } from "./chunks/words.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { a as text } from "./chunks/input.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { n as reachedThroughTarget, t as notThroughTarget } from "./chunks/through-target2.js";
import { i as variablesOf } from "./chunks/release.js";
var migrate_default = defineAction({
name: "migrate",
description: "Bring the database to the schema the commit needs, file by file, without making live traffic wait for a lock.",
inputs: {
...stageInputs,
...stepInputs(migrate),
revert: text("Takes the database back to this revision, the `before` of a release's result, instead of applying anything; only where the step runs alone, with Alembic.").optional()
},
outputs: {},
async run(inputs, ports, workflow) {
let { migrateDatabase } = await import("./chunks/migrate-database.js"), given = await givenStep(migrate, {
read: workflow.input,
variables: variablesOf(inputs, ports)
});
refuseInRelease(given, inputs.record);
let { workspace } = workflow;
if (inputs.revert !== void 0) {
if (given === void 0) throw new InputError("`revert` counts only where the step runs alone (`record: none`) and names its engine.");
let { revertMigrations } = await import("./chunks/revert-migrations.js");
return { verdict: await revertMigrations({
step: notThroughTarget(given),
before: inputs.revert,
workspace,
ports
}) };
}
if (given !== void 0) return { verdict: await migrateDatabase({
step: notThroughTarget(given),
workspace,
ports
}) };
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), run = async (request) => {
let { toolsInside } = await import("./chunks/tool-inside.js"), { migrate: asWritten } = session.stage(inputs.stage, "migrate"), step = await reachedThroughTarget(asWritten, session.target), commit = request?.stage.commit ?? request?.release.commit ?? workflow.sha, { variables, target } = session, place = await toolsInside(asWritten, {
target,
commit,
workspace,
variables,
ports
}), release = request && String(request.release.id), agreed = request?.stage.migration?.hash, { announce, release: { movesSchema: schemaMoves } = {} } = request ?? {};
return migrateDatabase({
step,
workspace,
release,
agreed,
announce,
schemaMoves,
place,
ports
});
};
return { verdict: inputs.record === "none" ? await run() : await takePart(session, inputs, "migrate", { steps: { migrate: run } }) };
}
});
await main(migrate_default);
export {};
