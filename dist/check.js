import { t as tickCostText } from "./chunks/billed-minutes.js";
import { f as planOf, n as loadRunbook } from "./chunks/runbook-keys.js";
import { E as formatDuration, y as pass } from "./chunks/words.js";
import { n as summaryOf, r as defineAction, t as main } from "./chunks/main.js";
import { a as text, o as wholeNumber } from "./chunks/input.js";
function planText(plan) {
return plan.stages.flatMap((stage, index) => [
`${index + 1}. ${stage.name}${stage.ref === void 0 ? "" : ` (${stage.ref})`}: ${stage.steps.join(" -> ")}`,
...Object.entries(stage.flags ?? {}).map(([name, value]) => `   turns ${name} to ${value}`),
...stage.shifts.map((shift) => shift.judged ? `   ${shareText(shift)} for at least ${formatDuration(shift.holdMs)}, a look every ${formatDuration(shift.everyMs)}` : `   ${shareText(shift)} at once`)
]);
}
const shareText = ({ weight, hosts }) => hosts === void 0 ? `${weight}%` : `${hosts.count} of ${hosts.of} hosts (${Number(weight.toFixed(1))}% of traffic, if hosts get equally many requests)`;
var check_default = defineAction({
name: "check",
description: "Check the runbook without running it, and print what a release would do. Needs no secret.",
inputs: {
runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
schedules: wholeNumber("Fault schedules to play the runbook under, on virtual time: how much traffic would be left where; none when empty.").optional()
},
outputs: { stages: "Stages that have a preflight, as a JSON list of `{name, steps}`; empty when none has." },
async run(inputs, ports, workflow) {
let { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace), plan = planOf(runbook), { gateText } = await import("./chunks/gate-text.js"), gates = gateText(runbook), costs = tickCostText(plan, runbook.ticks ?? "chain");
for (let line of [
...planText(plan),
...gates.lines,
...costs
]) ports.log.info(line);
let { protectionWarnings } = await import("./chunks/behind-protection.js");
for (let warning of [...gates.warnings, ...protectionWarnings(runbook)]) ports.log.warn(warning);
let stages = plan.stages.filter(({ steps }) => steps.includes("preflight")).map(({ name, steps }) => ({
name,
steps
})), valid = pass("runbook-valid", `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`), outputs = { stages: stages.length === 0 ? "" : JSON.stringify(stages) };
if (inputs.schedules === void 0) return {
verdict: valid,
outputs
};
let { simulate, usualTickMs } = await import("./chunks/simulate.js"), { simulationText } = await import("./chunks/simulation-text.js"), played = await simulate({
runbook,
schedules: inputs.schedules,
seed: 1,
tickEveryMs: usualTickMs,
only: []
}), told = simulationText(played, "sluice simulate");
for (let line of told.split("\n")) ports.log.info(line);
let broken = {
verdict: "error",
reason: "promise-broken",
message: `${played.broken.length} schedules broke a promise, which is a defect of Sluice; please report it.`
}, verdict = played.broken.length === 0 ? valid : broken;
return {
verdict,
outputs,
summary: `${summaryOf("check", verdict)}\n<details><summary>What if: ${played.schedules} fault schedules</summary>\n\n\`\`\`text\n${told}\`\`\`\n\n</details>\n`
};
}
});
await main(check_default);
export {};
