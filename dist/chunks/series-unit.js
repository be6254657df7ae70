const seriesUnits = [
"seconds",
"milliseconds",
"bytes",
"ratio",
"percent",
"none"
], SIZE = {
seconds: 1e3,
milliseconds: 1,
bytes: 1,
ratio: 1,
percent: .01,
none: 1
};
function unitOf(name) {
return [
"milliseconds",
"seconds",
"bytes",
"ratio",
"percent"
].find((unit) => name === unit || name.endsWith(`_${unit}`));
}
function scaleOf(name, declared) {
let unit = declared ?? unitOf(name);
return unit && SIZE[unit];
}
const DIMENSION = {
seconds: "time",
milliseconds: "time",
bytes: "size",
ratio: "share",
percent: "share",
none: "number"
};
function dimensionOf(name, declared) {
let unit = declared ?? unitOf(name);
return unit && DIMENSION[unit];
}
const scaled = (amount, scale) => Number((amount * scale).toPrecision(12));
export { seriesUnits as i, scaleOf as n, scaled as r, dimensionOf as t };
