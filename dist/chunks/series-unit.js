// src/metric-spec/series-unit.ts
/** Size of one unit in the base units of limits: milliseconds, bytes, shares. */
const SIZE = {
	seconds: 1e3,
	milliseconds: 1,
	bytes: 1,
	ratio: 1,
	percent: .01,
	none: 1
};
/** The unit that the name ends in (https://prometheus.io/docs/practices/naming/). */
function unitOf(name) {
	return [
		"milliseconds",
		"seconds",
		"bytes",
		"ratio",
		"percent"
	].find((unit) => name.endsWith(`_${unit}`));
}
/** The factor to the base unit; undefined when neither the declaration nor the name says the unit. */
function scaleOf(name, declared) {
	const unit = declared ?? unitOf(name);
	return unit && SIZE[unit];
}
/** 1.1 s are 1100 ms, not 1100.0000000000002. */
const scaled = (amount, scale) => Number((amount * scale).toPrecision(12));

export { scaled as n, scaleOf as t };