import { t as tickCostText } from "./chunks/billed-minutes.js";
import { f as planOf, n as loadRunbook } from "./chunks/runbook-keys.js";
import { _ as pass, w as formatDuration } from "./chunks/words.js";
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
		const { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace);
		const plan = planOf(runbook);
		const { gateText } = await import("./chunks/gate-text.js");
		const gates = gateText(runbook);
		const costs = tickCostText(plan, runbook.ticks ?? "chain");
		for (const line of [
			...planText(plan),
			...gates.lines,
			...costs
		]) ports.log.info(line);
		const { protectionWarnings } = await import("./chunks/behind-protection.js");
		for (const warning of [...gates.warnings, ...protectionWarnings(runbook)]) ports.log.warn(warning);
		const stages = plan.stages.filter(({ steps }) => steps.includes("preflight")).map(({ name, steps }) => ({
			name,
			steps
		}));
		const valid = pass("runbook-valid", `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`);
		const outputs = { stages: stages.length === 0 ? "" : JSON.stringify(stages) };
		if (inputs.schedules === void 0) return {
			verdict: valid,
			outputs
		};
		const { simulate, usualTickMs } = await import("./chunks/simulate.js");
		const { simulationText } = await import("./chunks/simulation-text.js");
		const played = await simulate({
			runbook,
			schedules: inputs.schedules,
			seed: 1,
			tickEveryMs: usualTickMs,
			only: []
		});
		const told = simulationText(played, "sluice simulate");
		for (const line of told.split("\n")) ports.log.info(line);
		const broken = {
			verdict: "error",
			reason: "promise-broken",
			message: `${played.broken.length} schedules broke a promise, which is a defect of Sluice; please report it.`
		};
		const verdict = played.broken.length === 0 ? valid : broken;
		return {
			verdict,
			outputs,
			summary: `${summaryOf("check", verdict)}\n<details><summary>What if: ${played.schedules} fault schedules</summary>\n\n\`\`\`text\n${told}\`\`\`\n\n</details>\n`
		};
	}
});
await main(check_default);
export {};
