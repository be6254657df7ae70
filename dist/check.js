import { g as text, i as loadRunbook, mt as planOf, t as main, v as defineAction } from "./chunks/main.js";
import { n as formatDuration } from "./chunks/duration.js";
import { r as pass } from "./chunks/verdict.js";

// src/plan-text.ts
/** What a release will do, a line each, for people. */
function planText(plan) {
	return plan.stages.flatMap((stage, index) => [`${index + 1}. ${stage.name}: ${stage.steps.join(" -> ")}`, ...stage.shifts.map(({ weight, holdMs, everyMs, judged }) => judged ? `   ${weight}% for at least ${formatDuration(holdMs)}, a look every ${formatDuration(everyMs)}` : `   ${weight}% at once`)]);
}

// src/actions/check.ts
var check_default = defineAction({
	name: "check",
	description: "Check the runbook without running it, and print what a release would do. Needs no secret.",
	inputs: { runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml") },
	outputs: { stages: "Stages that have a preflight, as a JSON list of `{name, steps}`; empty when none has." },
	async run(inputs, ports, workflow) {
		const { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace);
		const plan = planOf(runbook);
		for (const line of planText(plan)) ports.log.info(line);
		const stages = plan.stages.filter(({ steps }) => steps.includes("preflight")).map(({ name, steps }) => ({
			name,
			steps
		}));
		return {
			verdict: pass("runbook-valid", `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`),
			outputs: { stages: stages.length === 0 ? "" : JSON.stringify(stages) }
		};
	}
});

// src/entries/check.ts
await main(check_default);

export {  };