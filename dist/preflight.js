import { t as runChecks } from "./chunks/run-checks.js";
import { D as preflight, f as yaml, o as siteOf, p as defineAction, r as loadRunbook, t as main } from "./chunks/main.js";
import { a as stageInputs, c as takePart, n as openSession, o as stageOf, s as stepOf } from "./chunks/session.js";
import { t as readVariables } from "./chunks/variables.js";

// src/actions/preflight.ts
var preflight_default = defineAction({
	name: "preflight",
	description: "Prove what must hold before anything moves: your tests and linters, the state of the repository, the site as it is.",
	inputs: {
		...stageInputs,
		checks: yaml("The checks, as under `preflight` in the runbook; the runbook's own when empty.").optional()
	},
	outputs: {},
	async run(inputs, ports, workflow) {
		const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const stage = stageOf(written.value, inputs.stage, "preflight");
		const checks = stepOf("checks", inputs.checks, preflight, ports) ?? stage.preflight ?? [];
		const variables = readVariables(inputs.runbookVars);
		const site = siteOf(written, variables);
		const context = {
			directory: workflow.workspace,
			url: site,
			commit: workflow.sha,
			branch: workflow.branch
		};
		const run = () => runChecks(checks, context, {
			ports,
			variables,
			site
		});
		if (inputs.record === "none") return { verdict: await run() };
		return { verdict: await takePart(openSession(written, inputs, ports, workflow), inputs, "preflight", { steps: { preflight: run } }) };
	}
});

// src/entries/preflight.ts
await main(preflight_default);

export {  };