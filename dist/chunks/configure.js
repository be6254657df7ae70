import { S as union, b as string, g as number, u as boolean, v as record } from "./zod.js";
import { J as referencePattern, it as variableName } from "./runbook-keys.js";
const configure = record(variableName, union([
string().max(1e4),
number(),
boolean()
]).transform(String)).meta({ description: "Variables that versions staged from now on run with; put back when the release goes back." });
function configuredValues(written, variables) {
let values = {}, missing = [];
for (let [name, text] of Object.entries(written)) {
let reference = text === "secret" ? name : referencePattern.test(text) ? text.slice(1) : void 0, value = reference === void 0 ? text : variables[reference];
value === void 0 ? missing.push(reference ?? name) : values[name] = value;
}
return {
values,
missing
};
}
export { configuredValues as n, configure as t };
