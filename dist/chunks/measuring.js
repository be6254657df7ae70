import { a as toMeasure } from "./gate.js";
import { n as shapeOf, t as openMetric } from "./open.js";
import { t as throughProtection } from "./through-protection.js";
async function openedMetrics({ metrics = {} }, own, target) {
	const ports = throughProtection(target, own);
	return new Map(await Promise.all(Object.entries(metrics).map(async ([name, spec]) => [name, await openMetric(spec, ports, target)])));
}
const countedShape = (spec) => ({
	...shapeOf(spec),
	...spec.count !== void 0 && { count: spec.count }
});
const RELEASE_ALPHA = .01;
function shareOfAlpha({ plan }) {
	const judged = plan.stages.flatMap(({ shifts }) => shifts).filter((shift) => shift.judged);
	const watched = plan.stages.filter(({ watch }) => watch !== void 0);
	return RELEASE_ALPHA / Math.max(1, judged.length + watched.length);
}
async function measure({ gate, providers }, target, ports) {
	const window = {
		from: gate.lastLook ?? gate.config.startedAt,
		to: ports.clock.now()
	};
	const wanted = toMeasure(gate);
	const addresses = new Map(await Promise.all([...new Set(wanted.map(({ version }) => version))].map(async (version) => [version, await target.address(version)])));
	const batch = {};
	await Promise.all(wanted.map(async ({ metric, version, of }) => {
		const provider = providers.get(metric);
		if (provider === void 0) return;
		const measured = await provider.measure(window, {
			version,
			address: addresses.get(version)
		});
		batch[metric] = {
			...batch[metric],
			[of]: measured
		};
	}));
	return batch;
}
export { shareOfAlpha as i, measure as n, openedMetrics as r, countedShape as t };
