import { S as union, _ as object, b as string, d as custom, g as number$1, h as looseObject, l as array, m as literal, s as _enum, v as record, x as tuple } from "./zod.js";
import { t as assess } from "./gate.js";
const number = union([number$1(), _enum([
	"NaN",
	"Infinity",
	"-Infinity"
]).transform(Number)]);
function plain(value) {
	if (Number.isFinite(value)) return value;
	if (Number.isNaN(value)) return "NaN";
	return value > 0 ? "Infinity" : "-Infinity";
}
const times = [
	number,
	number,
	number
];
const version = string().optional();
const savedMeasurement = union([
	tuple([
		literal("counts"),
		...times,
		number,
		number,
		version
	]),
	tuple([
		literal("histogram"),
		...times,
		number,
		array(tuple([number, number])),
		version
	]),
	tuple([
		literal("value"),
		...times,
		number,
		version
	]),
	tuple([
		literal("no-data"),
		string(),
		string()
	])
]);
const savedLook = object({
	at: number$1(),
	batch: record(string(), object({
		candidate: savedMeasurement.exactOptional(),
		stable: savedMeasurement.exactOptional()
	}))
});
const savedReplay = object({
	version: literal(1),
	gate: looseObject({ config: custom((value) => typeof value === "object" && value !== null && "limits" in value) }),
	looks: array(savedLook)
});
const longestReplay = 20480;
const newReplay = (gate) => ({
	version: 1,
	gate,
	looks: []
});
function withLook({ gate, looks }, batch, at) {
	let begin = gate;
	let kept = [...looks, saveLook(batch, at, gate)];
	while (kept.length > 1 && sizeOf({
		version: 1,
		gate: begin,
		looks: kept
	}) > 20480) {
		const folded = kept.slice(0, Math.ceil(kept.length / 2));
		for (const look of folded) begin = assess(begin, restoreBatch(savedLook.parse(look), begin), look.at).state;
		kept = kept.slice(folded.length);
	}
	return {
		version: 1,
		gate: begin,
		looks: kept
	};
}
const sizeOf = (replay) => JSON.stringify(replay).length;
const keptReplay = (replay) => sizeOf(replay) <= 20480 ? replay : { omitted: "one look of this gate is larger than the record allows" };
const versionOf = ({ config }, of) => of === "candidate" ? config.candidate : config.stable ?? "";
function saveLook(batch, at, gate) {
	const saved = {};
	for (const [metric, { candidate, stable }] of Object.entries(batch)) saved[metric] = {
		...candidate && { candidate: save(candidate, versionOf(gate, "candidate")) },
		...stable && { stable: save(stable, versionOf(gate, "stable")) }
	};
	return {
		at,
		batch: saved
	};
}
function save(measured, expected) {
	if (measured.kind === "no-data") return [
		"no-data",
		measured.reason,
		measured.message
	];
	const { window, observedAt, version } = measured;
	const when = [
		plain(window.from),
		plain(window.to),
		plain(observedAt)
	];
	const other = version === expected ? [] : [version];
	switch (measured.kind) {
		case "counts": return [
			"counts",
			...when,
			plain(measured.bad),
			plain(measured.total),
			...other
		];
		case "value": return [
			"value",
			...when,
			plain(measured.value),
			...other
		];
		case "histogram": {
			const buckets = measured.buckets.map(({ le, count }) => [plain(le), plain(count)]);
			return [
				"histogram",
				...when,
				plain(measured.sum),
				buckets,
				...other
			];
		}
	}
}
function restoreBatch({ batch }, gate) {
	const restored = {};
	for (const [metric, { candidate, stable }] of Object.entries(batch)) restored[metric] = {
		...candidate && { candidate: restore(candidate, versionOf(gate, "candidate")) },
		...stable && { stable: restore(stable, versionOf(gate, "stable")) }
	};
	return restored;
}
function restore(saved, expected) {
	if (saved[0] === "no-data") return {
		kind: "no-data",
		reason: saved[1],
		message: saved[2]
	};
	const [, from, to, observedAt] = saved;
	const stamp = {
		window: {
			from,
			to
		},
		observedAt,
		source: "record"
	};
	switch (saved[0]) {
		case "counts": return {
			kind: "counts",
			bad: saved[4],
			total: saved[5],
			version: saved[6] ?? expected,
			...stamp
		};
		case "value": return {
			kind: "value",
			value: saved[4],
			version: saved[5] ?? expected,
			...stamp
		};
		case "histogram": {
			const buckets = saved[5].map(([le, count]) => ({
				le,
				count
			}));
			return {
				kind: "histogram",
				sum: saved[4],
				buckets,
				version: saved[6] ?? expected,
				...stamp
			};
		}
	}
}
export { newReplay as n, withLook as r, keptReplay as t };
