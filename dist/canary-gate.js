import { t as InputError } from "./chunks/failure.js";
import { l as defineAction, t as main } from "./chunks/main.js";
import { c as takePart, n as openSession, o as stageInputs } from "./chunks/session.js";
import { n as loadRunbook } from "./chunks/written-runbook.js";
var canary_gate_default = defineAction({
	name: "canary-gate",
	description: "Give the new version its traffic share by share, judge each by its limits, and give all traffic back the moment one is broken.",
	inputs: stageInputs,
	outputs: {},
	async run(inputs, ports, workflow) {
		if (inputs.record !== "append") throw new InputError("A canary is part of a release; leave `record` at `append`.");
		const written = await loadRunbook(inputs.runbook, workflow.workspace);
		const session = openSession(written, inputs, ports, workflow);
		const target = await session.target();
		const { canaryJudge } = await import("./chunks/canary-judge.js");
		const judge = canaryJudge({
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
