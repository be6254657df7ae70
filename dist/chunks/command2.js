import { b as string, g as number, l as array, n as datetime, y as strictObject } from "./zod.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { a as notJson } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as runCommand } from "./run-command.js";
const time = datetime({ offset: !0 }).transform((text) => Date.parse(text)), amount = number().nonnegative(), stamp = {
version: string(),
observedAt: time,
from: time.optional(),
to: time.optional()
}, printed = {
counts: strictObject({
...stamp,
bad: amount,
total: amount
}),
histogram: strictObject({
...stamp,
buckets: array(strictObject({
le: amount.nullable(),
count: amount
})).min(1),
sum: amount
}),
value: strictObject({
...stamp,
value: amount
})
};
function commandProvider(config, ports) {
return {
kind: "command",
async measure(window, subject) {
let output = await runCommand(config, window, subject, ports);
return isNoData(output) ? output : measurementIn(output.stdout, config, window, subject);
}
};
}
function measurementIn(text, { gives, unit }, asked, { version }) {
let json;
try {
json = JSON.parse(text);
} catch {
return noData("unparsable", `What the command printed ${notJson(text)}.`);
}
let found = printed[gives].safeParse(json);
if (!found.success) {
let [issue] = found.error.issues, place = issue?.path.join(".") || "the object";
return noData("unparsable", `The command's JSON is not as documented for ${gives}: ${place} is missing or odd.`);
}
let { from = asked.from, to = asked.to, observedAt, version: about, ...numbers } = found.data;
if (about !== version) return noData("other-version", `The command's numbers are not about version ${version}.`);
let stamp = {
window: {
from,
to
},
observedAt,
version,
source: "command"
};
return "value" in numbers ? {
kind: "value",
value: scaled(numbers.value, scaleOf("", unit) ?? 1),
...stamp
} : "total" in numbers ? {
kind: "counts",
bad: numbers.bad,
total: numbers.total,
...stamp
} : {
kind: "histogram",
buckets: numbers.buckets.map(({ le, count }) => ({
le: le ?? Infinity,
count
})),
sum: numbers.sum,
...stamp
};
}
export { commandProvider };
