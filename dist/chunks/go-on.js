import { n as ProviderError } from "./failure.js";
import { t as handOver } from "./hand-over.js";
async function goOn(scene) {
	const { client, record, source, verdict, workflows, ports } = scene;
	const next = handOver(record, {
		source,
		verdict,
		now: ports.clock.now()
	});
	if (next.next === "nothing") {
		ports.log.info(`Nothing is started: ${next.why}`);
		return next;
	}
	const workflow = next.next === "tick" ? workflows.watch : workflows.release;
	const others = (await client.unfinishedRuns(workflow)).filter((run) => run !== scene.run);
	if (others.length > 0) {
		ports.log.info(`Run ${others[0]} of ${workflow} is waiting already and goes on from here.`);
		return {
			next: "nothing",
			why: `Run ${others[0]} goes on.`
		};
	}
	const inputs = inputsFor(next, scene);
	const started = await client.dispatchWorkflow({
		workflow,
		ref: scene.branch,
		inputs
	});
	if (started.outcome === "not-applied") throw new ProviderError("github", `${next.why} But ${workflow} could not be started: ${started.error.message} It needs a \`workflow_dispatch\` trigger with the inputs of the example and \`actions: write\` here; until then start it by hand.`, {
		retryable: false,
		cause: started.error
	});
	const run = started.outcome === "applied" && started.value.runId !== void 0 ? ` (run ${started.value.runId})` : "";
	const sure = started.outcome === "applied" ? "started" : "probably started; the schedule looks again if not";
	ports.log.info(`${next.why} ${workflow} was ${sure}${run}.`);
	return next;
}
function inputsFor(next, scene) {
	if (next.next === "release") return { resume: String(next.release) };
	return scene.source === "wait-timer" ? { wait: `${scene.environment}-tick` } : {};
}
export { goOn as t };
