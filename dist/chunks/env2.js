import { S as nearName, _ as pass, g as hold, h as fail } from "./words.js";
const schemes = {
	https: ["https:"],
	http: ["http:", "https:"],
	postgres: ["postgres:", "postgresql:"],
	redis: ["redis:", "rediss:"]
};
const aboutValue = [
	"url",
	"min-length",
	"equals",
	"differs-from"
];
function breaches(name, rule, variables, unreadable) {
	const value = variables[name];
	if (value === void 0 || value.trim() === "") {
		const set = Object.keys(variables).filter((other) => other !== name && variables[other] !== void 0);
		const near = nearName(name, set);
		return [`${name} is ${value === void 0 ? "not set" : "empty"}${near === void 0 ? "" : ` (there is ${near})`}`];
	}
	const found = [];
	if (rule.url !== void 0 && !isAddress(value, schemes[rule.url])) found.push(`${name} is no ${rule.url} address`);
	const least = rule["min-length"] ?? 0;
	if (value.length < least) found.push(`${name} has ${value.length} characters, at least ${least} are needed`);
	if (rule.equals !== void 0 && value !== rule.equals) found.push(`${name} is not ${JSON.stringify(rule.equals)}`);
	const other = rule["differs-from"];
	if (other !== void 0 && unreadable.has(other)) return found;
	if (other !== void 0 && variables[other] === void 0) found.push(`${other}, from which ${name} must differ, is not set, so nothing is proven`);
	else if (other !== void 0 && variables[other] === value) found.push(`${name} has the same value as ${other}`);
	return found;
}
function isAddress(value, allowed) {
	if (!URL.canParse(value)) return false;
	const url = new URL(value);
	return allowed.includes(url.protocol) && url.hostname !== "";
}
function envCheck(contract, variables, unreadable = new Set()) {
	const names = Object.keys(contract);
	return {
		title: `env: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} as agreed`,
		async run() {
			const broken = Object.entries(contract).filter(([name]) => !unreadable.has(name)).flatMap(([name, rule]) => breaches(name, rule, variables, unreadable));
			const checked = `${names.length} ${names.length === 1 ? "variable" : "variables"}`;
			const unproven = Object.entries(contract).flatMap(([name, rule]) => {
				const rules = aboutValue.filter((key) => rule[key] !== void 0);
				const other = rule["differs-from"];
				return (unreadable.has(name) || other !== void 0 && unreadable.has(other)) && rules.length > 0 ? [`${name} (${rules.join(", ")})`] : [];
			});
			if (broken.length === 0 && unproven.length > 0) return hold("env-unreadable", `env: the platform never shows the values of some variables again, so this is not proven: ${unproven.join("; ")}. Set them as readable ones, or ask only that they are set.`, { unproven });
			if (broken.length === 0) return pass("env-as-agreed", `env: ${checked} checked, all as agreed.`, { checked: names });
			return fail("env-broken", `env: ${broken.join("; ")}. Mend them in the environment's variables and secrets, then run this again.`, { broken });
		}
	};
}
export { envCheck as t };
