import { n as newGate, t as assess } from "./gate.js";
import { i as openedMetrics, n as countedShape, r as measure } from "./measuring.js";
import { l as finalStage } from "./runbook-keys.js";
import { g as hold } from "./words.js";
const rarestLookMs = 5e3;
const longestMs = 5e4;
async function measureAgain({ runbook, target, release }, ports) {
	const { limits, everyMs } = brokenShare(runbook, release);
	const alone = limits.filter(({ versus }) => versus === void 0);
	if (alone.length === 0) return void 0;
	const { serving } = await target.observe();
	const version = serving.find(({ weight }) => weight === 100)?.version;
	if (version === void 0) return hold("not-proven", "No version has all traffic, so its limits were not measured.");
	const every = Math.min(everyMs, rarestLookMs);
	const config = {
		limits: alone,
		metrics: Object.fromEntries(Object.entries(runbook.metrics ?? {}).map(([name, spec]) => [name, countedShape(spec)])),
		candidate: version,
		startedAt: ports.clock.now(),
		hold: every,
		every,
		maxHold: longestMs
	};
	const providers = await openedMetrics(runbook, ports, target);
	let gate = newGate(config);
	for (;;) {
		const batch = await measure({
			gate,
			providers
		}, target, ports);
		const now = ports.clock.now();
		const { state, decision } = assess(gate, batch, now);
		gate = state;
		const verdict = decision.explain();
		if (verdict.verdict === "pass") return {
			...verdict,
			message: withoutPermission(verdict.message)
		};
		if (verdict.verdict === "fail" || now - config.startedAt >= longestMs || ports.cancelled.aborted) return verdict;
		await ports.clock.sleep(every, ports.cancelled).catch(() => void 0);
	}
}
const withoutPermission = (message) => message.replace(/: candidate \S+ may go on\.$/, ".");
function brokenShare(runbook, { verdict, watch, plan }) {
	const none = {
		limits: [],
		everyMs: 0
	};
	if (watch?.verdict === "fail") {
		const watched = watch.stage === "final" ? runbook.watch : stageOf(runbook, watch.stage)?.watch;
		const planned = plan.stages.find(({ name }) => name === watch.stage)?.watch;
		return watched === void 0 ? none : {
			limits: watched.limits ?? [],
			everyMs: planned?.paces[0]?.everyMs ?? 0
		};
	}
	if (verdict?.verdict !== "fail") return none;
	const shift = stageOf(runbook, verdict.stage)?.canary?.shifts[verdict.shift];
	return shift === void 0 ? none : {
		limits: shift.limits ?? [],
		everyMs: shift.every ?? rarestLookMs
	};
}
const stageOf = ({ stages }, stage) => stages.find(({ name }) => name === stage);
export { measureAgain };
