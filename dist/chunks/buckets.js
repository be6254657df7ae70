import { r as scaled } from "./series-unit.js";
import { n as noData } from "./no-data.js";
const isBound = (le) => le === "+Inf" || /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(le);
function histogramOf(perBound, sum, scale, stamp) {
let buckets = [...perBound].map(([le, count]) => ({
le: le === "+Inf" ? Infinity : scaled(Number(le), scale),
count
})).sort((a, b) => a.le - b.le);
return buckets.some(({ count }, i) => count < (buckets[i - 1]?.count ?? 0)) || buckets.some(({ le }) => Number.isNaN(le)) ? noData("odd-histogram", `${stamp.source} has buckets that cannot be.`) : {
kind: "histogram",
buckets,
sum: sum * scale,
...stamp
};
}
export { isBound as n, histogramOf as t };
