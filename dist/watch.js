import { t as canaryJudge } from "./chunks/canary-judge2.js";
import { t as InputError } from "./chunks/failure.js";
import { r as defineAction, t as main } from "./chunks/main.js";
import { c as stageInputs, d as takePartInAll, i as releaseRunbook, n as openSession } from "./chunks/session.js";
import { t as watchJudge } from "./chunks/watch-judge2.js";
var watch_default = defineAction({
	name: "watch",
	description: "Look after a release where no program has a step to run: agreements, tasks and signatures of people, and the watch over what serves.",
	inputs: stageInputs,
	outputs: {},
	async run(inputs, ports, workflow) {
		if (inputs.record !== "append") throw new InputError("A watch is part of a release; leave `record` at `append`.");
		const written = await releaseRunbook(inputs, ports, workflow);
		const session = openSession(written, inputs, ports, workflow);
		const target = await session.target();
		const judge = canaryJudge({
			ports,
			target,
			runbook: session.judged()
		});
		const watch = watchJudge({
			ports,
			target,
			runbook: session.judged()
		});
		return { verdict: await takePartInAll(session, inputs, {
			target,
			steps: {},
			judge,
			watch
		}) };
	}
});
await main(watch_default);
export {};
