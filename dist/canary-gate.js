import { m as InputError } from "./chunks/words.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, i as releaseRunbook, n as openSession, u as takePart } from "./chunks/session.js";
var canary_gate_default = defineAction({
name: "canary-gate",
description: "Give the new version its traffic share by share, judge each by its limits, and give all traffic back the moment one is broken.",
inputs: stageInputs,
outputs: {},
async run(inputs, ports, workflow) {
if (inputs.record !== "append") throw new InputError("A canary is part of a release; leave `record` at `append`.");
let written = await releaseRunbook(inputs, ports, workflow), session = openSession(written, inputs, ports, workflow), target = await session.target(), { canaryJudge } = await import("./chunks/canary-judge.js"), judge = canaryJudge({
ports,
target,
runbook: session.judged()
});
return { verdict: await takePart(session, inputs, "canary", {
target,
steps: {},
judge
}) };
}
});
await main(canary_gate_default);
export {};
