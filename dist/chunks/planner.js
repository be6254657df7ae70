import { x as xLogY } from "./limit-test.js";
function oneArmDrift(limit, bet, share) {
	const bad = Math.log(bet / limit);
	const good = Math.log1p(-bet) - Math.log1p(-limit);
	return {
		growth: share * bad + (1 - share) * good,
		variance: share * (1 - share) * (bad - good) ** 2
	};
}
function twoArmDrift(ratio, margin, bet, expected) {
	const { candidate, stable = 0, stablePerCandidate: s = 1 } = expected;
	const scale = (ratio + s) / (bet * ratio + s);
	const a = bet * scale;
	return {
		growth: xLogY(candidate, a) + s * xLogY(stable, scale) - margin * (a - 1),
		variance: candidate * Math.log(a) ** 2 + s * stable * Math.log(scale) ** 2
	};
}
const drift = ({ question }, bet, expected) => "limit" in question ? oneArmDrift(question.limit, bet, expected.candidate) : twoArmDrift(question.ratio, question.margin, bet, expected);
const Z80 = .8416212335729143;
function trafficNeeded(plan, expected, options) {
	const { level, dispersion = 1 } = options;
	const height = dispersion * Math.log(plan.bets.length / level);
	let best = {
		requests: Number.POSITIVE_INFINITY,
		bet: void 0
	};
	for (const bet of plan.bets) {
		const { growth, variance } = drift(plan, bet, expected);
		if (!(growth > 0)) continue;
		const spread = Z80 * Math.sqrt(dispersion * variance);
		const requests = ((spread + Math.sqrt(spread ** 2 + 4 * growth * height)) / (2 * growth)) ** 2;
		if (requests < best.requests) best = {
			requests,
			bet
		};
	}
	return best;
}
function requestsLeft(plan, sums, expected, options) {
	const height = Math.log(plan.bets.length / options.level);
	let least = Number.POSITIVE_INFINITY;
	plan.bets.forEach((bet, k) => {
		const growth = drift(plan, bet, expected).growth / (options.dispersion ?? 1);
		if (growth > 0) least = Math.min(least, Math.max(0, height - (sums[k] ?? 0)) / growth);
	});
	return Math.ceil(least);
}
export { trafficNeeded as n, requestsLeft as t };
