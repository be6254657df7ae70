import { C as unknown, _ as object, b as string, l as array, u as boolean, v as record } from "./zod.js";
import { g as messageOf, h as ProviderError, m as InputError } from "./words.js";
import { a as said, n as hostEnv, o as shellLine } from "./session2.js";
import { t as shellWord } from "./shell-word.js";
const inspected = object({
Id: string(),
Image: string(),
State: object({
Status: string(),
Health: object({ Status: string() }).nullish()
})
}), configured = object({ services: record(string(), object({
image: string().optional(),
environment: record(string(), string().nullable()).nullish(),
healthcheck: object({
disable: boolean().optional(),
test: array(string()).nullish()
}).nullish()
})) }), image = object({
Id: string().regex(/^sha256:[0-9a-f]{64}$/),
RepoDigests: array(string()).nullish(),
Config: object({ Healthcheck: unknown().optional() }).nullish()
});
function docker(host, args, options = {}) {
let { env = {}, ...rest } = options, stdin = exportLines(env);
return stdin === "" ? host.run(["docker", ...args], rest) : host.run([
"sh",
"-c",
"eval \"$(cat)\"; exec docker \"$@\" < /dev/null",
"sluice",
...args
], {
...rest,
stdin
});
}
const exportLines = (env) => Object.entries(env).map(([name, value]) => {
if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`A variable cannot be called ${JSON.stringify(name)}.`);
return `export ${name}=${shellWord(value)}\n`;
}).join("");
function containersIn(host, { stdout, stderr }) {
let lines = stdout.split("\n"), [, command, code] = /^docker (\S+) (\d+)$/m.exec(stdout) ?? [];
if (command !== void 0) throw failed(host, command, {
code: Number(code),
stdout,
stderr
});
let seen = new Map(lines.filter((line) => line.startsWith("inspected ")).map((line) => {
let { Id, Image, State } = parsed(host, "inspect", inspected, parsedJson(line.slice(10)));
return [Id, {
id: Id,
image: Image,
status: State.Status,
health: State.Health?.Status
}];
})), found = new Map();
for (let line of lines) {
let [, id = "", project] = /^container (\S+) (\S+)$/.exec(line) ?? [], container = seen.get(id);
project !== void 0 && container !== void 0 && found.set(project, [...found.get(project) ?? [], container]);
}
return found;
}
async function serviceIn(host, compose, service, env) {
let result = await docker(host, [
...compose,
"config",
"--format",
"json"
], {
env,
endOnCancel: !0
});
if (result.code !== 0) throw new InputError(`The compose file cannot be read on host ${host.label}${said(result.stderr)}.`);
let { services } = parsed(host, "compose config", configured, parsedJson(result.stdout)), found = services[service];
if (found === void 0) throw new InputError(`The compose file has no service ${service}; it has ${Object.keys(services).join(", ")}.`);
let { healthcheck } = found, hasHealthCheck = healthcheck == null ? void 0 : healthcheck.disable !== !0 && healthcheck.test?.[0] !== "NONE", environment = Object.fromEntries(Object.entries(found.environment ?? {}).flatMap(([name, value]) => value === null ? [] : [[name, value.replaceAll("$$", "$")]]));
return {
image: found.image,
hasHealthCheck,
environment
};
}
async function imageOn(host, reference) {
let result = await docker(host, [
"image",
"inspect",
"--format",
"{{json .}}",
reference
]);
if (result.code !== 0) {
if (/no such image/i.test(result.stderr)) return;
throw failed(host, "image inspect", result);
}
let { Id, RepoDigests, Config } = parsed(host, "image inspect", image, jsonLines(result.stdout)[0]);
return {
id: Id,
digests: RepoDigests ?? [],
hasHealthCheck: Config?.Healthcheck != null
};
}
const failed = (host, what, { code, stderr }) => new ProviderError("compose", `\`docker ${what}\` on host ${host.label} ended with ${code}${said(stderr)}.`, { status: "docker" });
function parsed(host, what, schema, json) {
let read = schema.safeParse(json);
if (read.success) return read.data;
throw new ProviderError("compose", `\`docker ${what}\` on host ${host.label} gave an answer that cannot be read.`, { cause: read.error });
}
const jsonLines = (text) => text.split("\n").filter((line) => line.trim() !== "").map(parsedJson);
function parsedJson(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
async function tryEach(items, work) {
let done = new Map(), failed = [], queue = [...items.entries()];
return await Promise.all(Array.from({ length: Math.min(8, items.length) }, async () => {
for (let next = queue.shift(); next !== void 0; next = queue.shift()) {
let [index, item] = next;
try {
done.set(index, await work(item));
} catch (problem) {
failed.push({
item,
problem
});
}
}
})), {
done: [...done].sort(([a], [b]) => a - b).map(([, result]) => result),
failed
};
}
async function each(items, work) {
let { done, failed } = await tryEach(items, work);
if (failed.length > 0) throw problemOf(failed.map(({ problem }) => problem));
return done;
}
function problemOf(problems) {
let [first] = problems;
if (problems.length <= 1 || !(first instanceof ProviderError)) return first;
let { provider, retryable } = first;
return new ProviderError(provider, problems.map(messageOf).join(" "), {
retryable,
cause: first
});
}
const moveWithinMs = 9e5, treeOn = ({ directory }, commit) => `${directory}/releases/${commit}`;
async function uploadTree({ spec, commit, directory, ports }, to) {
let { session: host, place } = to, tree = treeOn(place, commit);
if ((await host.run([
"test",
"-e",
`${tree}/${spec.file}`
])).code === 0) return tree;
let archive = [
"git",
"-c",
`safe.directory=${directory}`,
"-C",
directory,
"archive",
"--format=tar",
commit
];
if ((await ports.exec("git", [
...archive.slice(1, -3),
"ls-tree",
"--name-only",
commit,
"--",
spec.file
], { env: gitEnv(ports) })).stdout.trim() === "") throw new InputError(`Commit ${commit.slice(0, 12)} has no ${spec.file}; name the compose file under \`target.compose.file\`.`);
let what = `The files of ${commit.slice(0, 12)} for host ${host.label}`;
return await pipe(archive, await host.words([
"sh",
"-c",
"set -e; mkdir -p \"$1.part\"; tar -x -f - -C \"$1.part\" || { rm -rf \"$1.part\"; exit 73; }; rm -rf \"$1\"; mv \"$1.part\" \"$1\"; test -e \"$1/$2\"",
"sluice",
tree,
spec.file
]), what, ports), tree;
}
const gitEnv = ({ env }) => ({
...hostEnv(env),
GIT_CONFIG_NOSYSTEM: "1",
GIT_CONFIG_GLOBAL: "/dev/null"
});
async function pipe(from, to, what, ports) {
ports.cancelled.throwIfAborted();
let line = `${shellLine(from)} | ${shellLine(to)}`, env = gitEnv(ports), result = await ports.exec("bash", [
"--noprofile",
"--norc",
"-o",
"pipefail",
"-c",
line
], {
env,
timeoutMs: moveWithinMs
});
if (result.code !== 0) throw new ProviderError("compose", `${what} could not be brought there, and nothing serves differently; mend it and run the step again:\n${lastLines(result.stderr, 3)}`, { status: "delivery" });
}
async function deliver(delivery) {
let { spec, commit, hosts, here } = delivery, tagged = `${spec.image}:${commit}`, [first] = hosts;
if (first === void 0) throw new InputError("`target.compose.hosts` names no host.");
if (spec.build === "registry") return pulled(delivery, tagged);
let builder = spec.build === "ci" ? here : first.session, built = await build(delivery, builder, spec.build === "ci" ? delivery.directory : await uploadTree(delivery, first), tagged);
if (spec.push) {
await must(builder, ["push", tagged], `The image ${tagged} could not be pushed`);
let pushed = (await imageOn(builder, tagged))?.digests.find((digest) => digest.startsWith(`${spec.image}@`));
if (pushed === void 0) throw new ProviderError("compose", `After the push the registry's digest of ${tagged} is not known.`);
return pulled(delivery, pushed);
}
let brought = await each(hosts, async ({ session: host }) => {
host !== builder && (await imageOn(host, tagged))?.id !== built.id && await pipe(await builder.words([
"docker",
"save",
tagged
]), await host.words([
"docker",
"load",
"--quiet"
]), `The image ${tagged} for host ${host.label}`, delivery.ports);
let image = await imageOn(host, tagged);
if (image?.id !== built.id) throw otherDigest(host, tagged, built.id, image?.id);
return [host, {
reference: tagged,
image
}];
});
return new Map(brought);
}
async function build(delivery, builder, tree, tagged) {
let { spec, commit, here } = delivery, result = await docker(builder, [
"compose",
"-f",
`${tree}/${spec.file}`,
"-p",
`${spec.project}-build`,
"build",
spec.service
], {
env: {
SLUICE_IMAGE: tagged,
SLUICE_VERSION: commit,
SLUICE_PORT: "0"
},
withinMs: 18e5,
endOnCancel: !0
});
if (result.code !== 0) throw new InputError(`The image does not build on ${whereBuilt(builder, here)}:\n${lastLines(result.stderr)}`);
let image = await imageOn(builder, tagged);
if (image === void 0) throw new InputError(`The build made no image ${tagged}. Service ${spec.service} of the compose file needs \`image: \${SLUICE_IMAGE}\` beside its \`build\`.`);
return image;
}
const whereBuilt = (builder, here) => builder === here ? "this machine" : `host ${builder.label}`;
async function pulled({ spec, hosts: [first, ...more] }, reference) {
let pull = async ({ session: host }, wanted) => {
await must(host, [
"pull",
"--quiet",
wanted
], `The image ${wanted} could not be pulled; was it built and pushed, and may the host read it?`);
let image = await imageOn(host, wanted), digest = image?.digests.find((one) => wanted.includes("@") ? one === wanted : one.startsWith(`${spec.image}@`));
if (image === void 0 || digest === void 0) throw otherDigest(host, wanted, "a registry's digest", image?.id);
return [host, {
reference: digest,
image
}];
};
if (first === void 0) return new Map();
let resolved = await pull(first, reference);
return new Map([resolved, ...await each(more, (host) => pull(host, resolved[1].reference))]);
}
async function must(host, args, what) {
let result = await docker(host, args, {
withinMs: moveWithinMs,
endOnCancel: !0
});
if (result.code !== 0) throw new ProviderError("compose", `${what}: ${failed(host, args[0] ?? "", result).message}`, { status: "image-missing" });
}
const otherDigest = (host, reference, wanted, found) => new ProviderError("compose", `Host ${host.label} has ${found ?? "no image"} as ${reference}, and ${wanted} was built: what is tested would not be what serves.`, { status: "other-digest" }), lastLines = (text, most = 15) => text.trimEnd().split("\n").slice(-most).map((line) => `  ${line.slice(0, 500)}`).join("\n");
export { each as a, containersIn as c, serviceIn as d, uploadTree as i, docker as l, lastLines as n, problemOf as o, treeOn as r, tryEach as s, deliver as t, exportLines as u };
