function digits(value, most) {
	const rounded = Number(value.toFixed(most));
	if (Math.abs(rounded) < 1e3) return String(rounded);
	const [whole = "", fraction] = String(rounded).split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return fraction === void 0 ? grouped : `${grouped}.${fraction}`;
}
const asCount = (count) => digits(count, 0);
const asPercent = (share) => `${Number((share * 100).toPrecision(share >= .1 ? 3 : 2))}%`;
function asTime(milliseconds) {
	if (milliseconds < 1e3) return `${Math.round(milliseconds)} ms`;
	if (milliseconds < 6e4) return `${digits(milliseconds / 1e3, 1)} s`;
	if (milliseconds < 36e5) return `${digits(milliseconds / 6e4, 1)} min`;
	return `${digits(milliseconds / 36e5, 1)} h`;
}
function asEValue(logE) {
	const value = Math.exp(logE);
	if (value > 1e6) return "over 1,000,000";
	return digits(value, value < 10 ? 1 : 0);
}
const shortVersion = (version) => /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version.slice(0, 40);
export { digits as a, asTime as i, asEValue as n, shortVersion as o, asPercent as r, asCount as t };
