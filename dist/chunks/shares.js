function servesExactly(production, wanted) {
let weightOf = (list, version) => list.find((entry) => entry.version === version)?.weight ?? 0;
return [...wanted, ...production.serving].every(({ version }) => weightOf(wanted, version) === weightOf(production.serving, version));
}
const sharesOf = (candidate, stable, weight) => [{
version: candidate,
weight
}, {
version: stable,
weight: 100 - weight
}], allOn = (version) => [{
version,
weight: 100
}];
export { servesExactly as n, sharesOf as r, allOn as t };
