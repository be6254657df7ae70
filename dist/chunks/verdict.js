const severity = {
	pass: 0,
	hold: 1,
	error: 2,
	fail: 3
};
const pass = (reason, message, evidence) => ({
	verdict: "pass",
	reason,
	message,
	evidence
});
const fail = (reason, message, evidence) => ({
	verdict: "fail",
	reason,
	message,
	evidence
});
const hold = (reason, message, evidence) => ({
	verdict: "hold",
	reason,
	message,
	evidence
});
function worst(verdicts) {
	const [first, ...rest] = verdicts;
	if (first === void 0) return hold("nothing-judged", "Nothing was judged, so nothing is proven.");
	return rest.reduce((a, b) => severity[b.verdict] > severity[a.verdict] ? b : a, first);
}
export { worst as i, hold as n, pass as r, fail as t };
