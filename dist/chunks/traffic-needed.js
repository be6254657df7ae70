import { n as trafficNeeded } from "./planner.js";
import { i as settle, t as compiled } from "./config.js";
const OF_THE_LIMIT = .2;
function trafficOf(config, split) {
	const settled = settle(config);
	return compiled(settled).flatMap((test) => {
		if (test.kind !== "evidence" || test.level === "warn") return [];
		const { question } = test.pass;
		const share = OF_THE_LIMIT * ("limit" in question ? question.limit : question.margin);
		const expected = {
			candidate: share,
			stable: share,
			stablePerCandidate: (1 - split) / split
		};
		const level = settled.beta * Math.exp(-test.handicap);
		const { requests } = trafficNeeded(test.pass, expected, { level });
		return Number.isFinite(requests) ? [{
			limit: test.text,
			requests: Math.ceil(requests),
			unit: test.unit,
			share
		}] : [];
	});
}
export { trafficOf as t };
