import { S as union, _ as object, b as string, d as custom, g as number$1, h as looseObject, l as array, m as literal, s as _enum, v as record, x as tuple } from "./zod.js";
import { t as assess } from "./gate.js";
const number = union([number$1(), _enum([
"NaN",
"Infinity",
"-Infinity"
]).transform(Number)]);
function plain(value) {
return Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
const times = [
number,
number,
number
], version = string().optional(), savedMeasurement = union([
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
]), savedLook = object({
at: number$1(),
batch: record(string(), object({
candidate: savedMeasurement.exactOptional(),
stable: savedMeasurement.exactOptional()
}))
});
object({
version: literal(1),
gate: looseObject({ config: custom((value) => typeof value == "object" && !!value && "limits" in value) }),
looks: array(savedLook)
});
const newReplay = (gate) => ({
version: 1,
gate,
looks: []
});
function withLook({ gate, looks }, batch, at) {
let begin = gate, kept = [...looks, saveLook(batch, at, gate)];
for (; kept.length > 1 && sizeOf({
version: 1,
gate: begin,
looks: kept
}) > 20480;) {
let folded = kept.slice(0, Math.ceil(kept.length / 2));
for (let look of folded) begin = assess(begin, restoreBatch(savedLook.parse(look), begin), look.at).state;
kept = kept.slice(folded.length);
}
return {
version: 1,
gate: begin,
looks: kept
};
}
const sizeOf = (replay) => JSON.stringify(replay).length, keptReplay = (replay) => sizeOf(replay) <= 20480 ? replay : { omitted: "one look of this gate is larger than the record allows" }, versionOf = ({ config }, of) => of === "candidate" ? config.candidate : config.stable ?? "";
function saveLook(batch, at, gate) {
let saved = {};
for (let [metric, { candidate, stable }] of Object.entries(batch)) saved[metric] = {
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
let { window, observedAt, version } = measured, when = [
plain(window.from),
plain(window.to),
plain(observedAt)
], other = version === expected ? [] : [version];
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
let buckets = measured.buckets.map(({ le, count }) => [plain(le), plain(count)]);
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
let restored = {};
for (let [metric, { candidate, stable }] of Object.entries(batch)) restored[metric] = {
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
let [, from, to, observedAt] = saved, stamp = {
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
let buckets = saved[5].map(([le, count]) => ({
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
