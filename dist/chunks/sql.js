import { h as ProviderError, m as InputError } from "./words.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError } from "./connection.js";
import { n as noData } from "./no-data.js";
import { t as runningTotals } from "./running-totals.js";
const PLACEHOLDER = /\$(version|from|to)\b/g;
function sqlProvider(config, ports, saved) {
let address = parseDatabaseUrl(config.database, "Reading a metric"), text = config.value ?? config.counts ?? config.totals ?? "", totals = runningTotals(JSON.stringify([config.via ?? address.name, text]), saved);
if (config.counts !== void 0 && !(/\$from\b/.test(text) && /\$to\b/.test(text))) throw new InputError("A query for counts must be bounded by `$from` and `$to`, or every look would count the same events.");
let { within = 1e4 } = config;
return {
kind: "sql",
totals: totals.save,
async measure(window, subject) {
let asked = ports.clock.now();
try {
return measurementOf(await withConnection(address, "sluice metric", ports, (client) => ask(client, parameterised(text, window, subject), within)), config, {
asked,
window,
stamp: {
version: subject.version,
source: `a query on ${address.name}`
},
totals
});
} catch (error) {
return failureOf(error, address.name);
}
}
};
}
function parameterised(text, window, { version }) {
let known = {
version: [version, "text"],
from: [new Date(window.from).toISOString(), "timestamptz"],
to: [new Date(window.to).toISOString(), "timestamptz"]
}, values = [];
return {
text: text.replace(PLACEHOLDER, (_, name) => {
let [value, type] = known[name];
return values.push(value), `$${values.length}::${type}`;
}),
values
};
}
async function ask(client, { text, values }, within) {
await client.query("begin transaction read only"), await client.query("select set_config('statement_timeout', $1, true)", [String(within)]);
let result = await client.query({
name: "metric",
text,
values: [...values]
});
return await client.query("commit"), result.rows;
}
function measurementOf(rows, config, asking) {
let { asked, window, stamp } = asking, [row] = rows;
if (rows.length !== 1 || typeof row != "object" || !row) return noData(rows.length === 0 ? "no-series" : "ambiguous", `${stamp.source} gave ${rows.length} rows, not one.`);
let columns = Object.entries(row);
if (config.value === void 0) {
let [bad, total] = [numberIn(columns, "bad"), numberIn(columns, "total")];
return bad === void 0 || total === void 0 || bad > total ? noData("odd-number", `${stamp.source} gave no numbers \`bad\` and \`total\` that fit together.`) : config.counts === void 0 ? addedSince(bad, total, asking) : {
kind: "counts",
bad,
total,
window,
observedAt: asked,
...stamp
};
}
let [only] = columns, value = columns.length === 1 && only !== void 0 ? numberIn(columns, only[0]) : void 0;
return value === void 0 ? noData("odd-number", `${stamp.source} gave something else than one number.`) : {
kind: "value",
value: scaled(value, scaleOf("", config.unit) ?? 1),
window: {
from: asked,
to: asked
},
observedAt: asked,
...stamp
};
}
function addedSince(bad, total, { asked, stamp, totals }) {
let increase = totals.add(stamp.version, {
at: asked,
totals: {
bad,
total
}
});
if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${stamp.source} was asked for the first time; the next look compares.`) : noData("counter-reset", `${stamp.source} counts from anew: the server restarted, or its statistics were reset.`);
let { bad: newBad = 0, total: newTotal = 0 } = increase.totals;
return {
kind: "counts",
bad: newBad,
total: newTotal,
window: {
from: increase.from,
to: asked
},
observedAt: asked,
...stamp
};
}
function numberIn(columns, name) {
let value = columns.find(([column]) => column === name)?.[1], number = typeof value == "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
return typeof number == "number" && Number.isFinite(number) && number >= 0 ? number : void 0;
}
function failureOf(error, name) {
if (error instanceof ProviderError) {
if (!error.retryable) throw error;
return noData("unreachable", error.message);
}
let { code, message } = describeError(error);
if (code === "57014") return noData("late", `The query on ${name} took too long and was ended.`);
if (/^(22|25|26|42|0A)/.test(code ?? "")) throw new ProviderError("postgres", `The query on ${name} was refused: ${message}. Mend the query.`, {
...code !== void 0 && { status: code },
cause: error
});
return noData("unreachable", `The query on ${name} was not answered: ${message}.`);
}
export { sqlProvider };
