import { _ as fail, v as hold, w as nearName, y as pass } from "./words.js";
const schemes = {
https: ["https:"],
http: ["http:", "https:"],
postgres: ["postgres:", "postgresql:"],
redis: ["redis:", "rediss:"]
}, aboutValue = [
"url",
"min-length",
"equals",
"differs-from"
];
function breaches(name, rule, variables, unreadable) {
let value = variables[name];
if (value === void 0 || value.trim() === "") {
let set = Object.keys(variables).filter((other) => other !== name && variables[other] !== void 0), near = nearName(name, set);
return [`${name} is ${value === void 0 ? "not set" : "empty"}${near === void 0 ? "" : ` (there is ${near})`}`];
}
let found = [];
rule.url !== void 0 && !isAddress(value, schemes[rule.url]) && found.push(`${name} is no ${rule.url} address`);
let least = rule["min-length"] ?? 0;
value.length < least && found.push(`${name} has ${value.length} characters, at least ${least} are needed`), rule.equals !== void 0 && value !== rule.equals && found.push(`${name} is not ${JSON.stringify(rule.equals)}`);
let other = rule["differs-from"];
return other !== void 0 && unreadable.has(other) || (other !== void 0 && variables[other] === void 0 ? found.push(`${other}, from which ${name} must differ, is not set, so nothing is proven`) : other !== void 0 && variables[other] === value && found.push(`${name} has the same value as ${other}`)), found;
}
function isAddress(value, allowed) {
if (!URL.canParse(value)) return !1;
let url = new URL(value);
return allowed.includes(url.protocol) && url.hostname !== "";
}
function envCheck(contract, variables, unreadable = new Set()) {
let names = Object.keys(contract);
return {
title: `env: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} as agreed`,
async run() {
let broken = Object.entries(contract).filter(([name]) => !unreadable.has(name)).flatMap(([name, rule]) => breaches(name, rule, variables, unreadable)), checked = `${names.length} ${names.length === 1 ? "variable" : "variables"}`, unproven = Object.entries(contract).flatMap(([name, rule]) => {
let rules = aboutValue.filter((key) => rule[key] !== void 0), other = rule["differs-from"];
return (unreadable.has(name) || other !== void 0 && unreadable.has(other)) && rules.length > 0 ? [`${name} (${rules.join(", ")})`] : [];
});
return broken.length === 0 && unproven.length > 0 ? hold("env-unreadable", `env: the platform never shows the values of some variables again, so this is not proven: ${unproven.join("; ")}. Set them as readable ones, or ask only that they are set.`, { unproven }) : broken.length === 0 ? pass("env-as-agreed", `env: ${checked} checked, all as agreed.`, { checked: names }) : fail("env-broken", `env: ${broken.join("; ")}. Mend them in the environment's variables and secrets, then run this again.`, { broken });
}
};
}
export { envCheck as t };
