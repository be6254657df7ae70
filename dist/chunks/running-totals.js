import { _ as object, b as string, g as number, v as record } from "./zod.js";
const read = object({
	at: number(),
	processStart: number().exactOptional(),
	totals: record(string(), number().nonnegative())
});
const savedTotals = object({
	of: string(),
	reads: record(string(), read)
});
const MOST_READS = 8;
function runningTotals(of, saved) {
	const reads = new Map(saved?.of === of ? Object.entries(saved.reads) : []);
	return {
		add(key, next) {
			const last = reads.get(key);
			reads.delete(key);
			reads.set(key, next);
			for (const oldest of reads.keys()) if (reads.size > MOST_READS) reads.delete(oldest);
			return last === void 0 ? { reason: "first-look" } : increase(last, next);
		},
		save: () => ({
			of,
			reads: Object.fromEntries(reads)
		})
	};
}
function increase(last, next) {
	const names = Object.keys(next.totals);
	const same = names.length === Object.keys(last.totals).length && next.processStart === last.processStart;
	const added = names.map((name) => [name, (next.totals[name] ?? 0) - (last.totals[name] ?? NaN)]);
	if (!same || !added.every(([, count]) => count >= 0)) return { reason: "counter-reset" };
	return {
		from: last.at,
		totals: Object.fromEntries(added)
	};
}
export { savedTotals as n, runningTotals as t };
