import { c as InputError } from "./chunks/wasm-dump.js";
import { t as runChecks } from "./chunks/run-checks.js";
import { O as smokeTest, d as text, f as yaml, o as siteOf, p as defineAction, r as loadRunbook, t as main } from "./chunks/main.js";
import { a as stageInputs, c as takePart, n as openSession, o as stageOf, s as stepOf } from "./chunks/session.js";
import { t as readVariables } from "./chunks/variables.js";

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
		const written = await loadRunbook(inputs.runbook, workflow.workspace, ports);
		const stage = stageOf(written.value, inputs.stage, "smoke-test");
		const checks = stepOf("checks", inputs.checks, smokeTest, ports) ?? stage["smoke-test"] ?? [];
		const variables = readVariables(inputs.runbookVars);
		const site = siteOf(written, variables);
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
		const session = openSession(written, inputs, ports, workflow);
		return { verdict: await takePart(session, inputs, "smoke-test", { steps: { "smoke-test": ({ release }) => probe(inputs.url ?? release.candidate?.url) } }) };
	}
});

// src/entries/smoke-test.ts
await main(smoke_test_default);

export {  };