import { _ as object, b as string, g as number, u as boolean } from "./zod.js";
import { d as quote, m as InputError } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { n as noData, t as isNoData } from "./no-data.js";
const stats = object({
Name: string(),
CPUPerc: string(),
MemPerc: string(),
MemUsage: string()
}), inspected = object({
RestartCount: number(),
State: object({ Running: boolean() })
}), UNITS = {
B: 1,
KiB: 1024,
MiB: 1024 ** 2,
GiB: 1024 ** 3,
TiB: 1024 ** 4
};
function dockerProvider({ container, host, measure }, ports, ask) {
let question = (name) => measure === "restarts" ? [
"inspect",
"--type",
"container",
"--format",
"{{json .}}",
"--",
name
] : [
"stats",
"--no-stream",
"--no-trunc",
"--format",
"{{json .}}",
"--",
name
];
async function tell(version) {
if (container !== void 0) return [await docker(question(container.replaceAll("$version", version)), host, ports)];
if (ask === void 0) throw new InputError("A `docker` metric needs `container`, or a target that runs containers.");
let answers = await ask(version, question);
return isNoData(answers) ? answers : answers.map(({ stdout }) => singleLine(stdout, question("")[0] ?? ""));
}
return {
kind: "docker",
async measure(_window, { version }) {
let at = ports.clock.now(), told = await tell(version);
if (isNoData(told)) return told;
let values = [];
for (let one of told) {
if (isNoData(one)) return one;
let value = measure === "restarts" ? restarts(one.json, version) : usage(one.json, version, measure);
if (typeof value != "number") return value;
values.push(value);
}
let value = measure === "restarts" ? values.reduce((sum, count) => sum + count, 0) : Math.max(...values), source = `docker, ${values.length === 1 ? "the container" : `${values.length} containers`} of ${version}`;
return {
kind: "value",
value,
window: {
from: at,
to: at
},
observedAt: at,
version,
source
};
}
};
}
function usage(json, name, measure) {
let found = stats.safeParse(json);
if (!found.success) return noData("unparsable", `\`docker stats\` said something else than numbers about ${name}.`);
let { CPUPerc, MemPerc, MemUsage } = found.data, value = measure === "cpu" ? share(CPUPerc) : measure === "memory" ? share(MemPerc) : bytes(MemUsage);
return value === void 0 || bytes(MemUsage) === 0 ? noData("odd-number", `\`docker stats\` has no numbers of ${name}; it may not be running.`) : value;
}
function restarts(json, name) {
let found = inspected.safeParse(json);
return found.success ? found.data.RestartCount : noData("unparsable", `\`docker inspect\` said nothing about restarts of ${name}.`);
}
async function docker(args, host, ports) {
let env = {
...minimalEnv(ports.env),
...host !== void 0 && { DOCKER_HOST: host }
}, result = await ports.exec("docker", args, {
env,
timeoutMs: 2e4
}).catch(() => void 0);
if (result === void 0) return noData("unreachable", "There is no `docker` command on this machine.");
if (result.code !== 0) {
let last = result.stderr.trimEnd().split("\n").at(-1) ?? "";
return noData("unreachable", `\`docker ${args[0]}\` ended with ${result.code ?? result.signal}: ${quote(last)}.`);
}
return singleLine(result.stdout, args[0] ?? "");
}
function singleLine(stdout, command) {
let lines = stdout.split("\n").filter((line) => line.trim() !== "");
if (lines.length !== 1) return noData(lines.length === 0 ? "no-series" : "ambiguous", `\`docker ${command}\` told of ${lines.length} containers, not one.`);
try {
return { json: JSON.parse(lines[0] ?? "") };
} catch {
return noData("unparsable", `\`docker ${command}\` did not print JSON.`);
}
}
function share(text) {
let [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
return percent === void 0 ? void 0 : Number(percent) / 100;
}
function bytes(text) {
let [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?i?B) \//.exec(text) ?? [], size = UNITS[unit];
return amount === void 0 || size === void 0 ? void 0 : Math.round(Number(amount) * size);
}
export { dockerProvider };
