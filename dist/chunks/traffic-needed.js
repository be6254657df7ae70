import { n as trafficNeeded } from "./planner.js";
import { a as settle, t as compiled } from "./config.js";
function trafficOf(config, split) {
let settled = settle(config), stablePerCandidate = (1 - split) / split;
return compiled(settled).flatMap((test) => {
if (test.level === "warn") return [];
let { beta: level } = settled, likeStable = (quantile, pass) => {
let beyond = 1 - quantile;
return trafficNeeded(pass, {
candidate: beyond,
stable: beyond,
stablePerCandidate
}, { level }).requests;
};
if (test.kind === "latency") {
let each = test.thresholds.map(({ quantile, pass }) => likeStable(quantile, pass));
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
let { question } = test.pass, share = .2 * ("limit" in question ? question.limit : question.margin), expected = {
candidate: share,
stable: share,
stablePerCandidate
}, { requests } = trafficNeeded(test.pass, expected, { level: level * Math.exp(-test.handicap) });
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
