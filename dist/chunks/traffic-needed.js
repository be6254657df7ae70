import { n as trafficNeeded } from "./planner.js";
import { a as settle, t as compiled } from "./config.js";
const OF_THE_LIMIT = .2;
function trafficOf(config, split) {
	const settled = settle(config);
	const stablePerCandidate = (1 - split) / split;
	return compiled(settled).flatMap((test) => {
		if (test.level === "warn") return [];
		const { beta: level } = settled;
		const likeStable = (quantile, pass) => {
			const beyond = 1 - quantile;
			return trafficNeeded(pass, {
				candidate: beyond,
				stable: beyond,
				stablePerCandidate
			}, { level }).requests;
		};
		if (test.kind === "latency") {
			const each = test.thresholds.map(({ quantile, pass }) => likeStable(quantile, pass));
			return finite({
				limit: test.text,
				requests: Math.max(...each),
				unit: "request"
			});
		}
		if (test.kind !== "evidence") return [];
		if (test.counts === "slow" && test.relative) return finite({
			limit: test.text,
			requests: likeStable(test.quantile, test.pass),
			unit: test.unit
		});
		const { question } = test.pass;
		const share = OF_THE_LIMIT * ("limit" in question ? question.limit : question.margin);
		const expected = {
			candidate: share,
			stable: share,
			stablePerCandidate
		};
		const { requests } = trafficNeeded(test.pass, expected, { level: level * Math.exp(-test.handicap) });
		return finite({
			limit: test.text,
			requests,
			unit: test.unit,
			share
		});
	});
}
const finite = (need) => Number.isFinite(need.requests) ? [{
	...need,
	requests: Math.ceil(need.requests)
}] : [];
export { trafficOf as t };
