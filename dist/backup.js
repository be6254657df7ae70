import { t as backup } from "./chunks/database-spec.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
import { n as refuseInRelease, r as stepInputs, t as givenStep } from "./chunks/step-inputs.js";
import { n as reachedThroughTarget, t as notThroughTarget } from "./chunks/through-target2.js";
import { i as variablesOf } from "./chunks/release.js";
var backup_default = defineAction({
name: "backup",
description: "Back the database up and prove it: restored into an empty database and compared table by table.",
inputs: {
...stageInputs,
...stepInputs(backup)
},
outputs: {
file: "Path of the backup on this machine, encrypted where a key was given: ready for an artifact or a bucket.",
manifest: "What it holds and how it was proven, as JSON."
},
async run(inputs, ports, workflow) {
let { backupDatabase } = await import("./chunks/backup-database2.js"), given = await givenStep(backup, {
read: workflow.input,
variables: variablesOf(inputs, ports)
});
if (refuseInRelease(given, inputs.record), given !== void 0) {
let { verdict, ...outputs } = await backupDatabase({
step: notThroughTarget(given),
workspace: workflow.workspace,
ports
});
return {
verdict,
outputs
};
}
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), outputs = {}, run = async () => {
let step = await reachedThroughTarget(session.stage(inputs.stage, "backup").backup, session.target), { verdict, ...made } = await backupDatabase({
step,
workspace: workflow.workspace,
ports
});
return outputs = made, verdict;
};
return {
verdict: inputs.record === "none" ? await run() : await takePart(session, inputs, "backup", { steps: { backup: run } }),
outputs
};
}
});
await main(backup_default);
export {};
