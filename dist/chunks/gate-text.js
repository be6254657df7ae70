import { w as formatDuration } from "./words.js";
import { r as asPercent, t as asCount } from "./figures.js";
import { r as gateWarnings } from "./config.js";
import { t as trafficOf } from "./traffic-needed.js";
import { r as shapeOfMetric } from "./metric-spec.js";
import { t as routingOf } from "./routing.js";
import { t as LATER } from "./runbook-rules.js";
function gateText(runbook) {
	const judged = runbook.stages.flatMap(({ canary }) => canary?.shifts ?? []).flatMap((shift) => {
		const config = configOf(shift, runbook);
		return config === void 0 ? [] : [{
			shift,
			config
		}];
	});
	return {
		lines: judged.flatMap(({ shift, config }) => linesOf(shift, config)),
		warnings: [...new Set(judged.flatMap(({ config }) => gateWarnings(config)))]
	};
}
function configOf(shift, { metrics = {}, target }) {
	const { limits, hold, every, traffic } = shift;
	if (limits === void 0 || hold === void 0 || every === void 0) return void 0;
	const routing = routingOf(target);
	const shapes = Object.entries(metrics).flatMap(([name, spec]) => {
		const shape = shapeOfMetric(spec);
		return shape === void 0 ? [] : [[name, {
			...shape,
			...spec.count && { count: spec.count }
		}]];
	});
	return {
		limits,
		pageLimits: shift["page-limits"]?.limits ?? [],
		before: Object.fromEntries(shapes.map(([name]) => [name, LATER])),
		metrics: Object.fromEntries(shapes),
		candidate: "candidate",
		...traffic < 100 && { stable: "stable" },
		startedAt: 0,
		hold,
		every,
		...routing !== void 0 && { routing }
	};
}
function linesOf({ traffic, hold = 0 }, config) {
	return trafficOf(config, traffic / 100).map(({ limit, requests, unit, share }) => {
		const needed = `${traffic}%: \`${limit}\` needs about ${asCount(requests)} ${unit}s of the candidate to pass`;
		if (unit === "look") return `${needed}, if it is seldom slower`;
		const all = Math.ceil(requests * 100 / traffic / Math.max(1, hold / 6e4));
		const pace = `${asCount(all)} ${unit}s a minute in all for ${formatDuration(hold)}`;
		return `${needed}, ${share === void 0 ? "if it is as fast as stable" : `if at most ${asPercent(share)} are bad`}: ${pace}`;
	});
}
export { gateText };
