import { x as xLogY } from "./limit-test.js";
function oneArmDrift(limit, bet, share) {
let bad = Math.log(bet / limit), good = Math.log1p(-bet) - Math.log1p(-limit);
return {
growth: share * bad + (1 - share) * good,
variance: share * (1 - share) * (bad - good) ** 2
};
}
function twoArmDrift(ratio, margin, bet, expected) {
let { candidate, stable = 0, stablePerCandidate: s = 1 } = expected, scale = (ratio + s) / (bet * ratio + s), a = bet * scale;
return {
growth: xLogY(candidate, a) + s * xLogY(stable, scale) - margin * (a - 1),
variance: candidate * Math.log(a) ** 2 + s * stable * Math.log(scale) ** 2
};
}
const drift = ({ question }, bet, expected) => "limit" in question ? oneArmDrift(question.limit, bet, expected.candidate) : twoArmDrift(question.ratio, question.margin, bet, expected);
function trafficNeeded(plan, expected, options) {
let { level, dispersion = 1 } = options, height = dispersion * Math.log(plan.bets.length / level), best = {
requests: Infinity,
bet: void 0
};
for (let bet of plan.bets) {
let { growth, variance } = drift(plan, bet, expected);
if (!(growth > 0)) continue;
let spread = .8416212335729143 * Math.sqrt(dispersion * variance), requests = ((spread + Math.sqrt(spread ** 2 + 4 * growth * height)) / (2 * growth)) ** 2;
requests < best.requests && (best = {
requests,
bet
});
}
return best;
}
function requestsLeft(plan, sums, expected, options) {
let height = Math.log(plan.bets.length / options.level), least = Infinity;
return plan.bets.forEach((bet, k) => {
let growth = drift(plan, bet, expected).growth / (options.dispersion ?? 1);
growth > 0 && (least = Math.min(least, Math.max(0, height - (sums[k] ?? 0)) / growth));
}), Math.ceil(least);
}
export { trafficNeeded as n, requestsLeft as t };
