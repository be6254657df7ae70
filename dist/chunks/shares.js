// src/deploy-target/shares.ts
/** Whether exactly the wanted weights serve; a version that is not named must serve nothing. */
function servesExactly(production, wanted) {
	const weightOf = (list, version) => list.find((entry) => entry.version === version)?.weight ?? 0;
	return [...wanted, ...production.serving].every(({ version }) => weightOf(wanted, version) === weightOf(production.serving, version));
}
/** The shares of a canary: the candidate's, and the rest for stable. */
const sharesOf = (candidate, stable, weight) => [{
	version: candidate,
	weight
}, {
	version: stable,
	weight: 100 - weight
}];
/** The shares of a production that is given to one version whole. */
const allOn = (version) => [{
	version,
	weight: 100
}];

export { servesExactly as n, sharesOf as r, allOn as t };