import { c as InputError } from "./chunks/wasm-dump.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { c as text, f as readVariables, l as yaml, m as resolved, t as main, u as defineAction } from "./chunks/main.js";
import { c as stepOf, l as takePart, n as loadRunbook, o as stageInputs, r as openSession, s as stageOf } from "./chunks/session.js";
import { a as smokeTest } from "./chunks/runbook.js";

// src/actions/smoke-test.ts
var smoke_test_default = defineAction({
	name: "smoke-test",
	description: "Probe the new version at its own address, before it takes traffic.",
	inputs: {
		...stageInputs,
		url: text("Address to probe; the candidate's own, from the record, when empty.").optional(),
		checks: yaml("The checks, as under `smoke-test` in the runbook; the runbook's own when empty.").optional()
	},
	outputs: {},
	async run(inputs, ports, workflow) {
		const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const stage = stageOf(runbook, inputs.stage, "smoke-test");
		const checks = stepOf("checks", inputs.checks, smokeTest) ?? stage["smoke-test"] ?? [];
		const variables = readVariables(inputs.runbookVars);
		const site = resolved(runbook.url, variables);
		const probe = (url) => {
			if (url === void 0) throw new InputError("There is no version to probe: give `url`, or deploy one before this step.");
			return runChecks(checks, {
				directory: workflow.workspace,
				url,
				commit: workflow.sha,
				branch: workflow.branch
			}, {
				ports,
				variables,
				site
			});
		};
		if (inputs.record === "none") return { verdict: await probe(inputs.url) };
		const session = openSession(runbook, inputs, ports, workflow);
		return { verdict: await takePart(session, inputs, "smoke-test", { steps: { "smoke-test": ({ release }) => probe(inputs.url ?? release.candidate?.url) } }) };
	}
});

// src/entries/smoke-test.ts
await main(smoke_test_default);

export {  };