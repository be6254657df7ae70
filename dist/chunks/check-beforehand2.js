import { t as envCheck } from "./env2.js";
import { t as needsSecret } from "./check-secret.js";
import { J as referencePattern, a as resolveParts } from "./runbook-keys.js";
import { t as runChecks } from "./run-checks.js";
import { y as pass } from "./words.js";
async function checkBeforehand(scene) {
let { written, variables, target, ports, repository, commit, directory } = scene, context = {
directory: ".",
commit
}, agreed = await (await contractCheck(written, variables, target, directory === void 0 ? void 0 : {
commit,
directory,
env: variables
})).run(context);
if (agreed.verdict !== "pass") return agreed;
let checks = withSecrets(written, variables);
if (checks.length === 0) return agreed;
let proven = await runChecks(checks, context, {
ports,
variables,
repository
});
return proven.verdict === "pass" ? pass(proven.reason, `${agreed.message} ${proven.message}`, proven.evidence) : proven;
}
async function contractCheck({ value }, variables, target, version) {
let { env: contract = {} } = value, found = Object.keys(contract).length === 0 ? void 0 : await target.variables?.(version);
if (found === void 0) return envCheck(contract, variables);
let { values, unreadable } = found, opening = referencesIn(value.target), isOurs = (name) => opening.has(name) || !Object.hasOwn(contract, name), ours = Object.fromEntries(Object.entries(variables).filter(([name]) => isOurs(name)));
return envCheck(contract, {
...ours,
...values
}, new Set(unreadable));
}
function referencesIn(part) {
return typeof part == "string" ? new Set(referencePattern.test(part) ? [part.slice(1)] : []) : typeof part != "object" || !part ? new Set() : new Set(Object.values(part).flatMap((inner) => [...referencesIn(inner)]));
}
function withSecrets(written, variables) {
let places = written.value.stages.flatMap(({ preflight = [] }, stage) => preflight.flatMap((check, line) => needsSecret(check) ? [{
stage,
line
}] : [])), parts = places.map(({ stage, line }) => `stages.${stage}.preflight.${line}`);
if (parts.length === 0) return [];
let { stages } = resolveParts(written, variables, parts);
return places.flatMap(({ stage, line }) => stages[stage]?.preflight?.[line] ?? []);
}
export { checkBeforehand as t };
