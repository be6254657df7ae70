import { m as ProviderError } from "./words.js";
import { t as handOver } from "./hand-over.js";
import { n as provenElsewhere, s as environmentOf } from "./release.js";
async function goOn(scene) {
	const { ports } = scene;
	const next = await startNext(scene);
	await startFollowers(scene).catch((problem) => {
		const why = problem instanceof Error ? problem.message : String(problem);
		ports.log.warn(`Whether another environment waits for this one could not be found out. ${why}`);
	});
	return next;
}
async function startNext(scene) {
	const { record, source, verdict, workflows, ports, store } = scene;
	const now = ports.clock.now();
	const { queued } = record;
	const elsewhere = queued?.after === void 0 ? void 0 : provenElsewhere((await store.read(queued.after.environment)).record, queued.commit, queued.after, now);
	const next = handOver(record, {
		source,
		verdict,
		now,
		elsewhere
	});
	if (next.next === "nothing") {
		ports.log.info(`Nothing is started: ${next.why}`);
		return next;
	}
	return start(scene, next, next.next === "tick" ? workflows.watch : workflows.release, inputsFor(next, scene));
}
async function startFollowers(scene) {
	const { client, store, record, environment, workflows, ports } = scene;
	if (record.release?.ended?.as !== "done") return;
	for (const ref of await client.listRefs("refs/sluice/")) {
		const other = environmentOf(ref);
		if (other === void 0 || other === environment) continue;
		const { queued, release } = (await store.read(other)).record;
		if (queued?.after?.environment !== environment || release !== null && release.ended === null) continue;
		const proven = provenElsewhere(record, queued.commit, queued.after, ports.clock.now());
		const why = `${proven.message} Release ${queued.release} waits for it in ${other}.`;
		if (proven.verdict !== "pass") ports.log.info(why);
		else {
			const next = {
				next: "release",
				release: queued.release,
				why
			};
			await start(scene, next, queued.workflow ?? workflows.release, inputsFor(next, scene));
		}
	}
}
async function start(scene, next, workflow, inputs) {
	const { client, ports } = scene;
	const others = (await client.unfinishedRuns(workflow)).filter((run) => run !== scene.run);
	if (others.length > 0) {
		ports.log.info(`Run ${others[0]} of ${workflow} is waiting already and goes on from here.`);
		return {
			next: "nothing",
			why: `Run ${others[0]} goes on.`
		};
	}
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
