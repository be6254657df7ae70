import { S as union, b as string, g as number, u as boolean, v as record, y as strictObject } from "./zod.js";
import { A as variableName, O as textLike, r as command } from "./field.js";
import { r as parsePercentage } from "./limit.js";
const anyFlag = textLike("flag-name", /^(?:[A-Z][A-Z0-9_]{0,99}|[a-z][a-z0-9-]{0,59})$/);
const commandFlag = textLike("flag-name", /^[a-z][a-z0-9-]{0,59}$/);
const flagValue = union([
	string(),
	number(),
	boolean()
]).transform(String).pipe(string().regex(/^(?!\$)[^\r\n\0]{1,200}$/, { error: "flag-value" }));
const flagValues = record(anyFlag, flagValue).refine((flags) => Object.keys(flags).length > 0, { error: "at-least-one" }).meta({ description: "What this stage turns on: `NEXT_PUBLIC_ENABLE_VOICE: true` is a variable of the versions it deploys, `voice: 5%` is set by the commands under the runbook's `flags`." });
const commandsOfFlag = strictObject({
	set: command.meta({ description: "A command that sets the flag to SLUICE_FLAG_VALUE; it may run twice." }),
	read: command.meta({ description: "A command that prints the flag's value and nothing else." })
});
const flagCommands = record(commandFlag, commandsOfFlag).meta({ description: "Feature flags that commands of yours set and read back, such as `voice: { set, read }`." });
const pinnedFlagCommands = record(string(), commandsOfFlag);
const isVariableFlag = (name) => variableName.safeParse(name).success;
function reaches(present, wanted) {
	const [is, goal] = [percentIn(present), percentIn(wanted)];
	return is !== void 0 && goal !== void 0 ? is >= goal : present === wanted;
}
function sameFlag(one, other) {
	const [a, b] = [percentIn(one), percentIn(other)];
	return a !== void 0 && b !== void 0 ? a === b : one === other;
}
const percentIn = (text) => /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : parsePercentage(text);
const flagsBefore = record(string(), string().max(200).nullable());
const handleOf = (before) => JSON.stringify(before);
function beforeIn(handle) {
	try {
		return flagsBefore.parse(JSON.parse(handle ?? "{}"));
	} catch {
		return;
	}
}
export { isVariableFlag as a, sameFlag as c, handleOf as i, flagCommands as n, pinnedFlagCommands as o, flagValues as r, reaches as s, beforeIn as t };
