import { n as remaining, t as begin } from "./chunks/begin.js";
import { i as loadRunbook, m as flag, t as main, y as defineAction } from "./chunks/main.js";
import { a as sessionInputs, r as openSession, t as checkContract } from "./chunks/session.js";

// src/actions/plan.ts
var plan_default = defineAction({
	name: "plan",
	description: "Begin a release or take it up again: read the runbook, pin its plan in the record, and say what is left to do.",
	inputs: {
		...sessionInputs,
		"override-rejected": flag("Release a commit that was rolled back before.").prefault("false")
	},
	outputs: {
		stages: "Stages that are left, as a JSON list of `{name, steps}`.",
		release: "Number of the release.",
		commit: "Commit that is released."
	},
	async run(inputs, ports, workflow) {
		const written = await loadRunbook(inputs.runbook, workflow.workspace);
		const session = openSession(written, inputs, ports, workflow);
		const contract = await checkContract(session);
		if (contract.verdict !== "pass") return { verdict: contract };
		const { verdict, record } = await begin({
			...session.base,
			target: await session.target(),
			runbook: session.runbook,
			commit: workflow.sha,
			overrideRejected: inputs.overrideRejected
		});
		if (verdict.verdict !== "pass" || record.release === null) return { verdict };
		return {
			verdict,
			outputs: {
				stages: JSON.stringify(remaining(record.release)),
				release: String(record.release.id),
				commit: record.release.commit
			}
		};
	}
});

// src/entries/plan.ts
await main(plan_default);

export {  };