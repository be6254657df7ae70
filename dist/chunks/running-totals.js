import { _ as object, b as string, g as number, v as record } from "./zod.js";
import { vt as sha256 } from "./runbook-keys.js";
const read = object({
at: number(),
processStart: number().exactOptional(),
totals: record(string(), number().nonnegative())
}), savedTotals = object({
of: string(),
reads: record(string(), read)
});
function runningTotals(of, saved) {
let mark = sha256(of), { data } = savedTotals.safeParse(saved), reads = new Map(data?.of === mark ? Object.entries(data.reads) : []);
return {
add(key, next) {
let last = reads.get(key);
reads.delete(key), reads.set(key, next);
for (let oldest of reads.keys()) reads.size > 8 && reads.delete(oldest);
return last === void 0 ? { reason: "first-look" } : increase(last, next);
},
save: () => ({
of: mark,
reads: Object.fromEntries(reads)
})
};
}
function increase(last, next) {
let names = Object.keys(next.totals), same = names.length === Object.keys(last.totals).length && next.processStart === last.processStart, added = names.map((name) => [name, (next.totals[name] ?? 0) - (last.totals[name] ?? NaN)]);
return !same || !added.every(([, count]) => count >= 0) ? { reason: "counter-reset" } : {
from: last.at,
totals: Object.fromEntries(added)
};
}
export { runningTotals as t };
