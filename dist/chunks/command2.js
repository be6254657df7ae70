import { b as string, g as number, l as array, n as datetime, y as strictObject } from "./zod.js";
import { n as scaleOf, r as scaled } from "./series-unit.js";
import { a as notJson } from "./ask-json.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as runCommand } from "./run-command.js";
const time = datetime({ offset: true }).transform((text) => Date.parse(text));
const amount = number().nonnegative();
const stamp = {
	version: string(),
	observedAt: time,
	from: time.optional(),
	to: time.optional()
};
const printed = {
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
			const output = await runCommand(config, window, subject, ports);
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
	const found = printed[gives].safeParse(json);
	if (!found.success) {
		const [issue] = found.error.issues;
		const place = issue?.path.join(".") || "the object";
		return noData("unparsable", `The command's JSON is not as documented for ${gives}: ${place} is missing or odd.`);
	}
	const { from = asked.from, to = asked.to, observedAt, version: about, ...numbers } = found.data;
	if (about !== version) return noData("other-version", `The command's numbers are not about version ${version}.`);
	const stamp = {
		window: {
			from,
			to
		},
		observedAt,
		version,
		source: "command"
	};
	if ("value" in numbers) return {
		kind: "value",
		value: scaled(numbers.value, scaleOf("", unit) ?? 1),
		...stamp
	};
	if ("total" in numbers) return {
		kind: "counts",
		bad: numbers.bad,
		total: numbers.total,
		...stamp
	};
	return {
		kind: "histogram",
		buckets: numbers.buckets.map(({ le, count }) => ({
			le: le ?? Number.POSITIVE_INFINITY,
			count
		})),
		sum: numbers.sum,
		...stamp
	};
}
export { commandProvider };
