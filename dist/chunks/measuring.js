import { _ as object, d as custom } from "./zod.js";
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
async function baselinesOf(asked, saved, ports) {
	const known = withBaselines.safeParse(saved);
	if (known.success) return known.data.config.before;
	if (asked.limits.every(({ versus }) => versus !== "before")) return {};
	return (await import("./baseline.js")).measureBaselines(asked, ports);
}
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const withBaselines = object({ config: object({ before: custom(isRecord) }) });
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
export { shareOfAlpha as a, openedMetrics as i, countedShape as n, measure as r, baselinesOf as t };
