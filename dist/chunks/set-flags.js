import { _ as fail, m as InputError, y as pass } from "./words.js";
import { A as isVariableFlag, E as beforeIn, M as sameFlag, j as reaches } from "./runbook-keys.js";
import { t as runBounded } from "./run-bounded.js";
async function readFlags(flags, scene) {
let before = {}, platform = await platformVariables(flags, scene.target);
for (let name of Object.keys(flags)) isVariableFlag(name) ? platform !== void 0 && (before[name] = shown(name, platform)) : before[name] = await readFlag(name, scene);
return before;
}
async function platformVariables(flags, target) {
if (target.configure !== void 0 && target.unset !== void 0) return Object.keys(flags).some(isVariableFlag) ? target.variables?.() : void 0;
}
function shown(name, { values, unreadable }) {
let value = values[name];
if (unreadable.includes(name) || value !== void 0 && value.length > 40) throw new InputError(`The variable ${name} holds what cannot be shown or may be a secret, so it could not be put back as a flag. Give the flag another name, or use \`configure\`.`);
return value ?? null;
}
async function setFlags(flags, scene) {
let { target } = scene, variables = Object.fromEntries(Object.entries(flags).filter(([name]) => isVariableFlag(name)));
Object.keys(variables).length > 0 && await target.configure?.(variables, { shown: !0 });
let told = Object.entries(variables).map(([name, value]) => `${name} is ${value} for the versions of this stage`);
for (let [name, value] of Object.entries(flags)) {
if (isVariableFlag(name)) continue;
let present = await readFlag(name, scene);
if (reaches(present, value)) {
told.push(`${name} stands at ${present} already`);
continue;
}
await setFlag(name, value, scene);
let after = await readFlag(name, scene);
if (!sameFlag(after, value)) return fail("flag-not-set", `The flag ${name} was set to ${value}, and reads ${after}. Look at its command.`);
told.push(`${name} went from ${present} to ${value}, read back`);
}
return pass("flags-set", `${told.join("; ")}.`);
}
async function putFlagsBack(flags, handle, scene) {
let before = beforeIn(handle);
if (before === void 0) return fail("flags-unknown", "The record does not say what the flags were before. Set them by hand.");
let told = [], platform = await platformVariables(flags, scene.target);
for (let [name, value] of Object.entries(before).reverse()) {
let ours = flags[name];
if (ours === void 0) continue;
let back = isVariableFlag(name) ? await variableBack(name, {
ours,
value
}, platform, scene) : await flagBack(name, {
ours,
value: value ?? ""
}, scene);
if (typeof back != "string") return back;
told.push(back);
}
return pass("flags-back", told.length === 0 ? "No flag had to be put back." : `${told.join("; ")}.`);
}
async function variableBack(name, { ours, value }, platform, { target }) {
let present = platform?.values[name];
return present === (value ?? void 0) ? `${name} is what it was` : present === ours ? (value === null ? await target.unset?.([name]) : await target.configure?.({ [name]: value }, { shown: !0 }), value === null ? `${name} is gone again` : `${name} is ${value} again`) : `${name} was changed by somebody since and stays`;
}
async function flagBack(name, { ours, value }, scene) {
let present = await readFlag(name, scene);
if (sameFlag(present, value)) return `${name} is at ${present}, as before`;
if (!sameFlag(present, ours)) return `${name} was set to ${present} by somebody since and stays`;
await setFlag(name, value, scene);
let after = await readFlag(name, scene);
return sameFlag(after, value) ? `${name} is back at ${after}, read back` : fail("flag-not-set", `The flag ${name} was to go back to ${value}, and reads ${after}. Set it by hand.`);
}
async function readFlag(name, scene) {
let value = (await runCommand(name, "read", "", scene)).trim();
if (value !== "" && value.length <= 200 && !/[\r\n]/.test(value)) return value;
throw new InputError(`The command \`flags.${name}.read\` printed ${value === "" ? "nothing" : "more than a value"}. It has to print the flag's value, in one line, and nothing else.`);
}
const setFlag = (name, value, scene) => runCommand(name, "set", value, scene);
async function runCommand(name, what, value, scene) {
let { commands, directory, variables, ports, until = Infinity } = scene, command = commands[name]?.[what];
if (command === void 0) throw new InputError(`The runbook has no \`flags.${name}.${what}\`, so the flag cannot be ${what === "set" ? "set" : "read"}.`);
let withinMs = Math.min(12e4, until - ports.clock.monotonic()), given = {
...variables,
SLUICE_FLAG: name,
SLUICE_FLAG_VALUE: value
}, { code, stdout, stderr } = await runBounded(command, {
cwd: directory,
variables: given,
withinMs
}, ports);
if (code === 0) return stdout;
let said = (stderr.trim() || stdout.trim()).slice(-500);
throw new InputError(`The command \`flags.${name}.${what}\` ended with ${code ?? "a signal"}${said === "" ? "." : `: ${said}`}`);
}
export { putFlagsBack, readFlags, setFlags };
