function digits(value, most) {
let rounded = Number(value.toFixed(most));
if (Math.abs(rounded) < 1e3) return String(rounded);
let [whole = "", fraction] = String(rounded).split("."), grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
return fraction === void 0 ? grouped : `${grouped}.${fraction}`;
}
const asCount = (count) => digits(count, 0), asPercent = (share) => `${Number((share * 100).toPrecision(share >= .1 ? 3 : 2))}%`;
function asTime(milliseconds) {
return milliseconds < 1e3 ? `${Math.round(milliseconds)} ms` : milliseconds < 6e4 ? `${digits(milliseconds / 1e3, 1)} s` : milliseconds < 36e5 ? `${digits(milliseconds / 6e4, 1)} min` : `${digits(milliseconds / 36e5, 1)} h`;
}
function asEValue(logE) {
let value = Math.exp(logE);
return value > 1e6 ? "over 1,000,000" : digits(value, +(value < 10));
}
const shortVersion = (version) => /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version.slice(0, 40);
export { digits as a, asTime as i, asEValue as n, shortVersion as o, asPercent as r, asCount as t };
