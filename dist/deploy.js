import { m as InputError } from "./chunks/words.js";
import { t as protectedProbe } from "./chunks/protected-probe2.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
import { t as stageCandidate } from "./chunks/stage-candidate2.js";
import { t as tagBefore } from "./chunks/tag-production2.js";
var deploy_default = defineAction({
name: "deploy",
description: "Build and start the new version beside the one that serves, without traffic.",
inputs: stageInputs,
outputs: {
version: "The platform's identifier of the new version.",
url: "Where the new version answers without taking traffic."
},
async run(inputs, ports, workflow) {
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), target = await session.target();
if (inputs.record !== "append") throw new InputError("A deployment is part of a release; leave `record` at `append`.");
let verdict = await takePart(session, inputs, "deploy", {
target,
steps: {
configure: async () => {
let { setVariables } = await import("./chunks/set-variables.js"), { configure = {} } = session.stage(inputs.stage, "configure");
return setVariables(configure, {
target,
variables: session.variables
});
},
deploy: ({ stage, release }) => stageCandidate({
target,
release,
stage,
workspace: workflow.workspace,
variables: session.variables,
ports,
tag: tagBefore(session, {
stage: stage.name,
target,
release
}),
prove: protectedProbe({
runbook: session.runbook,
stage: stage.name,
target,
directory: workflow.workspace,
ports
})
})
}
}), { record } = await session.store.read(inputs.environment), candidate = record.release?.candidate;
return {
verdict,
outputs: candidate == null ? {} : {
version: candidate.version,
url: candidate.url
}
};
}
});
await main(deploy_default);
export {};
