import { t as versionNameOf } from "./deploy-target.js";
import { g as messageOf, h as ProviderError, m as InputError } from "./words.js";
import { t as thisMachine } from "./this-machine2.js";
import { t as shortVersion } from "./short-version.js";
import { a as each, c as containersIn, d as serviceIn, i as uploadTree, l as docker, n as lastLines, o as problemOf, r as treeOn, s as tryEach, t as deliver } from "./delivery.js";
import { a as said } from "./session2.js";
import { createHash } from "node:crypto";
async function openHost(label, destination, access, ports) {
return destination === "local" ? (await import("./this-machine.js")).thisMachine(label, ports) : (await import("./ssh.js")).sshSession({
label,
destination,
...access
}, ports);
}
const command = (place, order) => [
"sh",
"-c",
"\nset -u\numask 077\ntrap '' HUP PIPE\ndir=$1 socket=$2 backend=$3 keep=$4 mode=$5 want=$6 back=$7; shift 7\nask() {\n  if command -v socat > /dev/null 2>&1; then printf '%s\\n' \"$1\" | socat -t 10 - \"UNIX-CONNECT:$socket\"\n  elif command -v perl > /dev/null 2>&1; then\n    perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die \"$!\\n\"; connect($s, sockaddr_un($ARGV[0])) or die \"$!\\n\"; syswrite $s, \"$ARGV[1]\\n\"; shutdown($s, 1); print while <$s>' \"$socket\" \"$1\"\n  else echo \"neither socat nor perl is installed\" >&2; exit 69; fi\n}\ncommand -v flock > /dev/null || { echo \"flock is not installed\" >&2; exit 69; }\nlook() {\n  seen=$(ask \"show servers state $backend; show stat\") || exit 70\n  seen=$(printf '%s\\n' \"$seen\" | awk -v b=\"$backend\" '\n    /^# pxname,/ { counts = 1; next }\n    counts { split($0, f, \",\"); if (f[1] == b && f[2] != \"FRONTEND\" && f[2] != \"BACKEND\") print \"requests\", f[2], f[8]; next }\n    $2 == b {\n      weight = $7 % 4 || int($7 / 8) % 8 ? 0 : $8\n      print \"server\", $4, weight, $6\n      marks = marks s $4 \"=\" weight; s = \",\"\n    }\n    END { print \"marks \" marks }')\n  marks=${seen##*marks } seen=${seen%marks *}\n}\ntell() {\n  echo \"generation $count:$marks\"\n  printf '%s' \"$seen\"\n  for slot in \"$dir\"/slots/*; do [ -f \"$slot\" ] && read -r runs < \"$slot\" && echo \"slot ${slot##*/} $runs\"; done\n  [ -f \"$dir/way-back\" ] && read -r stable < \"$dir/way-back\" && echo \"back $stable\"\n  echo end\n}\nmkdir -p \"$dir/slots\" || exit 73\nexec 9> \"$dir/lock\" || exit 73\nlocked=yes\nflock -w 20 9 || locked=\ncount=0\n[ ! -f \"$dir/generation\" ] || read -r count < \"$dir/generation\"\n[ -n \"$locked\" ] || case $mode in read | statistics | survey) exit 75 ;; esac\nlook\n[ -n \"$locked\" ] || { echo 'outcome busy'; tell; exit 0; }\nif [ \"$mode\" = read ]; then tell; exit 0; fi\nif [ \"$mode\" = statistics ]; then tell; ask 'show stat' | sed 's/^/stat /'; exit 0; fi\nif [ \"$mode\" = survey ]; then\n  tell\n  exec 9>&-\n  tail -n 200 \"$dir/history\" 2> /dev/null | sed 's/^/past /'\n  found=$(docker ps --all --no-trunc --filter \"label=com.docker.compose.service=$2\" --format '{{.ID}} {{.Label \"com.docker.compose.project\"}}') || { echo \"docker ps $?\"; exit 0; }\n  found=$(printf '%s\\n' \"$found\" | awk -v p=\"$1-\" 'index($2, p) == 1')\n  [ -n \"$found\" ] || exit 0\n  printf '%s\\n' \"$found\" | sed 's/^/container /'\n  set -- $(printf '%s\\n' \"$found\" | cut -d ' ' -f 1)\n  code=0\n  found=$(docker inspect --type container --format '{{json .}}' \"$@\") || code=$?\n  [ -n \"$found\" ] || { echo \"docker inspect $code\"; exit 0; }\n  printf '%s\\n' \"$found\" | sed 's/^/inspected /'\n  exit 0\nfi\nrefuse() { echo \"outcome $*\"; tell; exit 0; }\nif [ \"$mode\" = take ]; then\n  printf '%s' \"$seen\" | grep -q \"^server $1 0 \" || refuse \"serves $1\"\n  ask \"set server $backend/$1 weight 0; set server $backend/$1 state maint\" > /dev/null\n  rm -f \"$dir/slots/$1\"\n  refuse taken\nfi\nif [ -n \"$want\" ] && [ \"$want\" != \"$count:$marks\" ]; then refuse differs; fi\norders=\nfor wanted in \"$@\"; do\n  name=${wanted%%=*} weight=${wanted#*=}; version=${weight#*=} weight=${weight%%=*}\n  line=$(printf '%s' \"$seen\" | grep \"^server $name \") || refuse \"refused HAProxy has no server $name in backend $backend.\"\n  runs=\n  [ ! -f \"$dir/slots/$name\" ] || read -r runs rest < \"$dir/slots/$name\"\n  [ \"$weight\" = 0 ] || [ \"$runs\" = \"$version\" ] || refuse \"other-version $name\"\n  if [ \"$weight\" = 0 ]; then orders=\"$orders; set server $backend/$name weight 0; set server $backend/$name state maint\"\n  else\n    set -- $line\n    [ \"$3\" = 0 ] || [ \"$4\" = 2 ] || [ \"$mode\" = restore ] || refuse \"not-up $name\"\n    orders=\"$orders; set server $backend/$name weight $weight; set server $backend/$name state ready\"\n  fi\ndone\nnext=$((count + 1))\n{ echo \"$next\" > \"$dir/generation.new\" && printf '' > \"$keep.new\"; } 2> \"$dir/problem\" || refuse \"cannot-write $(tail -n 1 \"$dir/problem\" 2> /dev/null)\"\nmv \"$dir/generation.new\" \"$dir/generation\" || refuse 'cannot-write'\ncount=$next\nanswer=$(ask \"${orders#; }\" | tr -s '\\n' ' ')\n[ -z \"$back\" ] || echo \"$back\" > \"$dir/way-back\"\nlook\nsaved=\n{ ask 'show servers state' > \"$keep.new\" && mv \"$keep.new\" \"$keep\"; } 2> /dev/null || saved=unsaved\ncase $answer in *[![:space:]]*) echo \"outcome refused $answer\" ;; *) echo \"outcome applied $saved\" ;; esac\ntell\n",
"sluice",
place.directory,
place.socket,
place.backend,
place.stateFile,
order.mode,
order.ifGeneration ?? "",
order.wayBack ?? "",
...order.names ?? [],
...(order.shares ?? []).map(({ slot, weight, version }) => `${slot}=${weight}=${version}`)
];
async function readRouter(host, place) {
let result = await host.run(command(place, { mode: "read" }));
return stateIn(host.label, place, result);
}
async function readStatistics(host, place) {
let result = await host.run(command(place, { mode: "statistics" })), lines = result.stdout.split("\n").flatMap((line) => line.startsWith("stat ") ? [line.slice(5)] : []);
return {
state: stateIn(host.label, place, result),
statistics: lines.join("\n")
};
}
async function surveyHost(host, place, { project, service }) {
let result = await host.run(command(place, {
mode: "survey",
names: [project, service]
})), state = stateIn(host.label, place, result), past = result.stdout.split("\n").flatMap((line) => line.startsWith("past ") ? [line.slice(5)] : []);
return {
state,
containers: containersIn(host, result),
past
};
}
async function takeSlot(host, place, slot) {
let result = await host.run(command(place, {
mode: "take",
names: [slot]
}));
return stateIn(host.label, place, result), /^outcome taken$/m.test(result.stdout);
}
async function writeRouter(host, place, order) {
let result = await host.run(command(place, order)), state = stateIn(host.label, place, result), [, outcome = "", detail = ""] = /^outcome (\S+) ?(.*)$/m.exec(result.stdout) ?? [], where = `Host ${host.label}`, unsaved = outcome === "applied" && detail.trim() === "unsaved";
switch (outcome) {
case "applied": return {
outcome,
message: `${where} took the weights.`,
state,
unsaved
};
case "differs": return {
outcome,
message: `${where} is at generation ${state.generation}, not at ${order.ifGeneration}: somebody moved traffic meanwhile.`,
state,
unsaved
};
case "busy": return {
outcome,
message: `${where} is locked by another write (${place.directory}/lock); nothing was changed.`,
state,
unsaved
};
case "not-up": return {
outcome,
message: `${where}: HAProxy finds server ${detail} not answering, so traffic is not divided; nothing was changed.`,
state,
unsaved
};
case "other-version": return {
outcome,
message: `${where}: slot ${detail} runs another version by now; nothing was changed.`,
state,
unsaved
};
case "cannot-write": return {
outcome,
message: `${where} cannot be written to (${detail || "no reason given"}); free space in ${place.directory} and beside ${place.stateFile}. Nothing was changed.`,
state,
unsaved
};
case "refused": return {
outcome,
message: `${where}: HAProxy refused the weights: ${detail.trim().slice(0, 300)}`,
state,
unsaved
};
default: throw new ProviderError("compose", `${where} did not say what became of the weights${said(result.stderr)}.`);
}
}
const whole = /^\d{1,15}$/;
function stateIn(label, place, { code, stdout, stderr }) {
if (code === 73) throw new ProviderError("compose", `Folder ${place.directory} of host ${label} cannot be written to${said(stderr)}. Free space there, or give it to the user who logs in.`);
if (code === 69) throw new InputError(`Host ${label} lacks a program${said(stderr)}; install it there.`);
if (code === 70) throw new ProviderError("compose", `HAProxy's socket ${place.socket} on host ${label} did not answer${said(stderr)}. Is HAProxy running, with \`stats socket ${place.socket} level admin\`, and may the user who logs in write to it?`, {
status: "router-unreachable",
retryable: !0
});
if (code === 75) throw new ProviderError("compose", `Host ${label} was locked by another write for 20 s (${place.directory}/lock), so what it serves may be about to change. Try again; \`fuser ${place.directory}/lock\` there names a process that hangs.`, {
status: "locked",
retryable: !0
});
let lines = stdout.split("\n").map((line) => line.split(" ")), told = (word) => lines.filter(([first]) => first === word), [, generation] = told("generation")[0] ?? [], servers = told("server");
if (code !== 0 || generation === void 0 || told("end").length === 0 || servers.length === 0) throw new ProviderError("compose", servers.length === 0 && told("end").length > 0 ? `HAProxy on host ${label} has no backend ${place.backend} with servers; name it under \`haproxy.backend\`.` : `What host ${label} serves cannot be read: the command ended with ${code}${said(stderr)}.`, { retryable: !0 });
let requests = new Map(told("requests").map(([, name = "", count = ""]) => [name, whole.test(count) ? Number(count) : 0])), running = new Map(told("slot").map(([, name = "", version = "", image = ""]) => [name, {
version,
image
}]));
return {
generation,
slots: servers.map(([, name = "", weight = "", operation = ""]) => {
if (!whole.test(weight)) throw new ProviderError("compose", `HAProxy on host ${label} gave server ${name} no weight that can be read.`);
return {
name,
weight: Number(weight),
up: operation === "2",
running: running.get(name),
requests: requests.get(name) ?? 0
};
}),
wayBack: told("back")[0]?.[1]
};
}
function splitProblem(label, before, now) {
let weights = before.slots.reduce((sum, { weight }) => sum + weight, 0), given = now.slots.map(({ name, requests }, i) => ({
name,
count: requests - (before.slots[i]?.requests ?? 0)
})), all = given.reduce((sum, { count }) => sum + count, 0);
if (weights === 0 || all < 1e3 || given.some(({ count }) => count < 0)) return;
let off = given.flatMap(({ name, count }, i) => {
let share = (before.slots[i]?.weight ?? 0) / weights, bound = 5 * Math.sqrt(all * share * (1 - share)) + 5;
return Math.abs(count - all * share) <= bound ? [] : [`${name} got ${(100 * count / all).toFixed(1)}% of ${all} requests instead of ${(100 * share).toFixed(1)}%`];
});
if (off.length !== 0) return `HAProxy on host ${label} does not divide traffic as its weights say: ${off.join(", ")}. Sticky sessions or a server that was down do this; what was measured may not stand for the share.`;
}
const projectOf = ({ project }, slot) => `${project}-${slot}`, slotOf = ({ slots }, version) => slots.find(({ running }) => running?.version === version);
function freeSlot({ slots, wayBack }) {
let rank = ({ running }) => running === void 0 ? 0 : running.version === wayBack ? 2 : 1;
return slots.filter(({ weight }) => weight === 0).sort((a, b) => rank(a) - rank(b))[0];
}
function containerIn(host, { project, service }, slot, { containers }) {
let [only, ...others] = containers.get(projectOf({ project }, slot)) ?? [];
if (others.length > 0) throw new InputError(`Service ${service} of project ${projectOf({ project }, slot)} on host ${host.label} has several containers; HAProxy divides traffic between slots, so run one.`);
return only;
}
function slotHealth(host, spec, slot, image, survey) {
let container = containerIn(host, spec, slot, survey), where = `slot ${slot} of host ${host.label}`;
return container === void 0 ? {
healthy: !1,
stale: !0,
message: `Nothing runs in ${where}.`
} : container.image === image ? {
healthy: container.status === "running" && container.health === "healthy",
stale: !1,
message: `In ${where} it is ${container.status} and ${container.health ?? "has no health check"}.`
} : {
healthy: !1,
stale: !0,
message: `In ${where} runs image ${short(container.image)}, not ${short(image)}.`
};
}
async function startInSlot(host, slot, start) {
let { spec, place, port, version, tree, delivered, at } = start, project = projectOf(spec, slot), compose = [
"compose",
"-f",
`${tree}/${spec.file}`,
"-p",
project
], env = {
...start.env,
SLUICE_IMAGE: delivered.reference,
SLUICE_VERSION: version,
SLUICE_PORT: String(port)
}, service = await serviceIn(host, compose, spec.service, env);
if (!(service.hasHealthCheck ?? delivered.image.hasHealthCheck)) throw new InputError(`Service ${spec.service} has no health check, so nobody could say when it is ready. Add \`healthcheck\` to it in ${spec.file}, or HEALTHCHECK to its image.`);
if (service.image !== delivered.reference) throw new InputError(`Service ${spec.service} would run ${service.image ?? "no image"} instead of what was built. Write \`image: \${SLUICE_IMAGE}\` in ${spec.file}.`);
if (!await takeSlot(host, place, slot)) throw new ProviderError("compose", `Slot ${slot} of host ${host.label} takes traffic by now; stage again.`, { retryable: !0 });
await clear(host, slot, project, port);
let up = await docker(host, [
...compose,
"up",
"-d",
"--wait",
"--wait-timeout",
String(Math.ceil(spec.within / 1e3)),
"--no-build",
"--pull",
"never"
], {
env,
withinMs: spec.within + 3e4,
endOnCancel: !0
}), health = slotHealth(host, spec, slot, delivered.image.id, await surveyHost(host, place, spec));
if (up.code === 0 && health.healthy) return remember(host, place, slot, version, delivered.image.id, at);
let logs = await docker(host, [
"compose",
"-p",
project,
"logs",
"--no-color",
"--tail",
"15",
spec.service
]);
throw await end(host, project), up.code === 0 && health.stale ? new ProviderError("compose", `${health.message} What is tested would not be what serves.`, { status: "other-digest" }) : new InputError(`Version ${shortVersion(version)} does not start on host ${host.label}: ${health.message} Docker said:\n${lastLines(up.stderr, 5)}\nIts last lines:\n${lastLines(logs.stdout)}`);
}
async function end(host, project) {
let down = await docker(host, [
"compose",
"-p",
project,
"down",
"--remove-orphans",
"--timeout",
"20"
], { withinMs: 6e4 });
if (down.code !== 0) throw new ProviderError("compose", `Project ${project} on host ${host.label} does not end:\n${lastLines(down.stderr, 5)}`);
}
async function clear(host, slot, project, port) {
let hex = port.toString(16).toUpperCase().padStart(4, "0"), { code, stderr } = await host.run([
"sh",
"-c",
"\ndocker compose -p \"$1\" down --remove-orphans --timeout 20 || exit 1\ncat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v p=\":$2\" '$4 == \"0A\" && substr($2, length($2) - 4) == p { taken = 1 } END { exit taken }' || exit 98\n",
"sluice",
project,
hex
], { withinMs: 6e4 });
if (code === 98) throw new ProviderError("compose", `Port ${port} of host ${host.label}, which slot ${slot} needs, is taken by another program. End that program, or give the slot another port.`, { status: "port-taken" });
if (code !== 0) throw new ProviderError("compose", `Project ${project} on host ${host.label} does not end:\n${lastLines(stderr, 5)}`);
}
async function remember(host, { directory }, slot, version, image, at) {
let { code } = await host.run([
"sh",
"-c",
"set -e; echo \"$3 $4\" > \"$1/slots/$2.new\"; mv \"$1/slots/$2.new\" \"$1/slots/$2\"; echo \"$5 $3 $4\" >> \"$1/history\"",
"sluice",
directory,
slot,
version,
image,
String(at)
]);
if (code !== 0) throw new ProviderError("compose", `Folder ${directory} of host ${host.label} cannot be written to; free space there.`, { status: "disk-full" });
}
const short = (digest) => digest.slice(0, 19), hostCount = (count) => count === 1 ? "its host" : `all ${count} hosts`, knownSlots = ({ session, place, slots }, state) => {
let slotNames = Object.keys(slots), foreign = state.slots.filter(({ name }) => !slotNames.includes(name)).map(({ name }) => name), missing = slotNames.filter((name) => state.slots.every((slot) => slot.name !== name));
if (foreign.length > 0 || missing.length > 0) throw new InputError(`Backend ${place.backend} of HAProxy on host ${session.label} and \`target.compose.slots\` differ: ` + [...foreign.map((name) => `server ${name} is no slot`), ...missing.map((name) => `slot ${name} is no server`)].join(", ") + ". Give them the same names.");
return state;
};
function sharesFor({ session, slots, state }, wanted) {
let missing = [...wanted].find(([version, weight]) => weight > 0 && slotOf(state, version) === void 0);
if (missing !== void 0) throw new InputError(`Host ${session.label} does not run version ${missing[0]}, so it cannot be given traffic. Release its commit again.`);
return Object.keys(slots).map((slot) => {
let version = state.slots.find(({ name }) => name === slot)?.running?.version ?? "";
return {
slot,
version,
weight: wanted.get(version) ?? 0
};
});
}
const raisesFirst = ({ state }, shares) => {
let now = (name) => state.slots.find((slot) => slot.name === name)?.weight ?? 0;
return [...shares].sort((a, b) => b.weight - now(b.slot) - (a.weight - now(a.slot)));
}, unknownOn = (label) => `unknown-on-${label}`;
function productionOf({ hosts, unreached }) {
let generations = hosts.map(({ session, state }) => `${session.label} ${state.generation}`), count = hosts.length + unreached.length, [first] = hosts, versions = [...new Set(hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? [])))], shareOn = ({ state }, version) => {
let all = state.slots.reduce((sum, { weight }) => sum + weight, 0);
return all === 0 ? 0 : 100 * (slotOf(state, version)?.weight ?? 0) / all;
}, unknown = hosts.flatMap(({ state }) => state.slots.filter(({ weight, running }) => weight > 0 && running === void 0)), serving = versions.map((version) => ({
version,
weight: hosts.reduce((sum, host) => sum + shareOn(host, version), 0) / count
})), unseen = unreached.map((label) => ({
version: unknownOn(label),
weight: 100 / count
})), taken = serving.reduce((sum, { weight }) => sum + weight, 0);
return {
generation: count === 1 && first !== void 0 ? first.state.generation : createHash("sha256").update(generations.join("\n")).digest("hex").slice(0, 32),
serving: [
...serving,
...unknown.length === 0 ? [] : [{
version: `unknown-in-${unknown[0]?.name}`,
weight: 100 * hosts.length / count - taken
}],
...unseen
]
};
}
function settle(written, production, orders) {
let refused = written.filter(({ outcome }) => outcome !== "applied"), [first] = refused;
return first === void 0 ? written.every(({ state }, i) => orders[i]?.every(({ slot, weight }) => state.slots.find(({ name }) => name === slot)?.weight === weight)) ? {
outcome: "applied",
production
} : {
outcome: "not-applied",
reason: "changed-meanwhile",
message: "The weights were taken, and HAProxy shows others: somebody changed them meanwhile. Read production and decide anew.",
production
} : {
outcome: "not-applied",
reason: first.outcome === "differs" ? "generation-differs" : first.outcome,
message: refused.map(({ message }) => message).join(" "),
production,
...refused.length < written.length && { partly: !0 }
};
}
function everyHost(machines, spec, ports) {
let newest, surveyed, readOne = async (machine) => ({
...machine,
state: knownSlots(machine, await readRouter(machine.session, machine.place))
}), readAll = async () => (newest = {
hosts: await each(machines, readOne),
unreached: []
}, newest), surveyOne = async (machine) => {
let survey = await surveyHost(machine.session, machine.place, spec);
return {
...machine,
...survey,
state: knownSlots(machine, survey.state)
};
}, surveyAll = async () => (surveyed = await each(machines, surveyOne), newest = {
hosts: surveyed,
unreached: []
}, surveyed), reached = async (read) => {
let { done, failed } = await tryEach(machines, read);
if (done.length === 0) throw problemOf(failed.map(({ problem }) => problem));
for (let { item, problem } of failed) ports.log.warn(`Host ${item.session.label} is left as it is: ${messageOf(problem)}`);
let fleet = {
hosts: done,
unreached: failed.map(({ item }) => item.session.label)
};
return newest = fleet, fleet;
}, counted = [], warnOfSplit = (hosts) => {
for (let [i, { session, state }] of hosts.entries()) {
let before = counted[i], problem = before?.generation === state.generation ? splitProblem(session.label, before, state) : void 0;
problem !== void 0 && ports.log.warn(problem);
}
};
return {
newest: () => newest,
surveyed: () => surveyed,
read: readAll,
survey: surveyAll,
readReached: () => reached(readOne),
surveyReached: () => reached(surveyOne),
write: async ({ hosts, unreached }, mode, wanted, ifGeneration, wayBack) => {
let before = productionOf({
hosts,
unreached
});
if (warnOfSplit(hosts), ifGeneration !== void 0 && ifGeneration !== before.generation) return {
outcome: "not-applied",
reason: "generation-differs",
message: `Production is at generation ${before.generation}, not at ${ifGeneration}: somebody moved traffic meanwhile.`,
production: before
};
let orders = hosts.map((host, index) => ({
host,
shares: raisesFirst(host, wanted(host, index))
})), results = await Promise.allSettled(orders.map(({ host: { session, place, state }, shares }) => writeRouter(session, place, {
mode,
shares,
wayBack,
ifGeneration: ifGeneration === void 0 ? void 0 : state.generation
}))), written = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []), lost = results.flatMap((result) => result.status === "rejected" ? [messageOf(result.reason)] : []);
return lost.length > 0 ? {
outcome: "unknown",
message: lost.join(" ")
} : (counted = written.map(({ state }) => state), newest = {
hosts: hosts.map((host, i) => ({
...host,
state: written[i]?.state ?? host.state
})),
unreached
}, written.some(({ unsaved }) => unsaved) && ports.log.warn("The weights hold, but could not be saved to HAProxy's state file: a reload of HAProxy would forget them. Free space there."), settle(written, productionOf(newest), orders.map(({ shares }) => shares)));
},
inPart: (outcome, { unreached }) => outcome.outcome !== "applied" || unreached.length === 0 ? outcome : (newest = void 0, {
outcome: "not-applied",
reason: "host-unreached",
message: `${unreached.map((label) => `Host ${label}`).join(" and ")} did not answer and may serve anything; every other host took the weights.`,
production: outcome.production,
partly: !0
})
};
}
const commitOf = (version) => version.split("-", 1)[0] ?? version;
function pastVersions(hosts) {
let [first] = hosts;
if (first === void 0) return {
running: [],
kept: []
};
let kept = first.past.flatMap((line) => {
let [at = "", version = "", image = ""] = line.split(" ");
return version === "" ? [] : [{
at: Number(at),
version,
commit: commitOf(version),
image
}];
}).reverse();
return {
running: first.state.slots.flatMap(({ running }) => running ?? []).filter(({ version }) => hosts.every(({ state }) => slotOf(state, version) !== void 0)).map(({ version }) => ({
version,
commit: commitOf(version),
at: kept.find((past) => past.version === version)?.at ?? 0
})).sort((a, b) => b.at - a.at),
kept
};
}
async function removeImages({ session, place }, image, versions) {
let { stdout } = await session.run([
"sh",
"-c",
"tail -n 200 \"$1\" 2> /dev/null | awk '{ print $2 }' | awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) if (!seen[line[i]]++) print line[i] }'",
"sluice",
`${place.directory}/history`
]), newest = stdout.trim().split("\n").filter((version) => /^[0-9a-f]{7,64}(?:-[0-9a-f]{8})?$/.test(version)).map(commitOf), spared = new Set([...versions.map(commitOf), ...[...new Set(newest)].slice(0, 5)]);
for (let commit of new Set(newest.filter((old) => !spared.has(old)))) await docker(session, [
"image",
"rm",
`${image}:${commit}`
]), await session.run([
"rm",
"-rf",
treeOn(place, commit)
]);
}
async function composeTarget(spec, ports, differences = {}) {
let access = {
knownHosts: spec.ssh?.["known-hosts"] ?? "",
key: spec.ssh?.key
}, machines = await Promise.all(Object.entries(spec.hosts).map(async ([label, destination]) => {
let { slots, haproxy, directory } = {
...spec,
...differences[label]
}, place = {
socket: haproxy.socket,
backend: haproxy.backend,
stateFile: haproxy["state-file"],
directory: `${directory}/${spec.project}`
};
return {
session: await openHost(label, destination, access, ports),
place,
slots
};
})), here = thisMachine("this machine", ports), all = everyHost(machines, spec, ports), places = new Map(), staleHosts = (hosts, version) => hosts.flatMap(({ session, state, containers }) => {
let slot = slotOf(state, version);
if (slot?.running === void 0) return [`Host ${session.label} does not run version ${shortVersion(version)}.`];
let health = slotHealth(session, spec, slot.name, slot.running.image, { containers });
return health.healthy ? [] : [health.message];
}), healthIn = (hosts, version) => {
let found = staleHosts(hosts, version);
return found.length > 0 ? {
healthy: !1,
message: found.join(" ")
} : {
healthy: !0,
message: `Version ${shortVersion(version)} is healthy on ${hostCount(hosts.length)}.`
};
}, removeOldImages = async (hosts, spared = []) => {
let running = hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? []));
await each(hosts, (host) => removeImages(host, spec.image, [...spared, ...running]));
}, historyIn = (hosts, named) => {
let { running, kept } = pastVersions(hosts), gone = named === void 0 ? void 0 : kept.find(({ version }) => version === named || named.length >= 7 && version.startsWith(named));
if (gone !== void 0 && running.every(({ version }) => version !== gone.version)) throw new InputError(`Version ${gone.version} does not run any more, its slot was given to a newer one. Release its commit again; its image was ${gone.image}.`);
return running;
};
return {
kind: "compose",
capabilities: {
shifts: "traffic",
compareAndSet: !0
},
async findings() {
return await all.read(), (await each(machines, async ({ session }) => {
let { code } = await docker(session, [
"compose",
"version",
"--short"
]);
return code === 0 ? [] : [{
reason: "no-compose",
message: `Host ${session.label} has no \`docker compose\`; install Docker with its compose plugin.`
}];
})).flat();
},
async variables(version) {
let [first] = machines;
if (version === void 0 || first === void 0) return;
let { commit, env } = version, compose = [
"compose",
"-f",
`${await uploadTree({
spec,
here,
hosts: machines,
ports,
...version
}, first)}/${spec.file}`,
"-p",
spec.project
], own = {
SLUICE_IMAGE: `${spec.image}:${commit}`,
SLUICE_VERSION: commit,
SLUICE_PORT: "0"
}, { environment } = await serviceIn(first.session, compose, spec.service, {
...env,
...own
});
return {
values: environment,
unreadable: []
};
},
observe: async () => productionOf(await all.read()),
async stage({ commit, variant, directory, env }) {
ports.cancelled.throwIfAborted();
let version = versionNameOf({
commit,
variant
}), delivery = {
spec,
commit,
directory,
here,
hosts: machines,
env,
ports
}, waiting = (await all.survey()).filter((host) => staleHosts([host], version).length > 0);
if (waiting.length > 0) {
let images = await deliver(delivery);
await each(waiting, async ({ session, place, slots, state }) => {
let tree = await uploadTree(delivery, {
session,
place
}), delivered = images.get(session), own = slotOf(state, version), slot = own?.weight === 0 ? own : freeSlot(state);
if (delivered === void 0 || slot === void 0) throw new InputError(`Every slot of host ${session.label} takes traffic; dispatch the rollback workflow first, so that one version serves.`);
let start = {
spec,
place,
port: slots[slot.name] ?? 0,
version,
tree,
delivered,
env,
at: ports.clock.now()
};
await startInSlot(session, slot.name, start);
});
}
let staged = await all.survey(), [stale, ...more] = staleHosts(staged, version);
if (stale !== void 0) throw new ProviderError("compose", `Version ${shortVersion(version)} does not run on every host: ${[stale, ...more].join(" ")} No traffic was moved.`, { status: "stale-host" });
return await removeOldImages(staged).catch((problem) => ports.log.warn(messageOf(problem))), {
version,
url: testAddress(staged, version)
};
},
async shift({ candidate, stable, weight, hosts: count, ifGeneration }) {
let hosts = await all.survey(), stale = staleHosts(hosts, candidate);
if (stale.length > 0) return {
outcome: "not-applied",
reason: "stale-host",
message: `${stale.join(" ")} No traffic was moved.`,
production: productionOf({
hosts,
unreached: []
})
};
let shareOn = (index) => count === void 0 ? weight : index < count ? 100 : 0;
return all.write({
hosts,
unreached: []
}, "shift", (host, index) => sharesFor(host, new Map([[candidate, shareOn(index)], [stable, 100 - shareOn(index)]])), ifGeneration, stable);
},
async restore({ to, ifGeneration }) {
let restoring = async (fleet) => all.inPart(await all.write(fleet, "restore", (host) => sharesFor(host, new Map([[to, 100]])), ifGeneration, void 0), fleet), seen = all.newest();
if (seen?.hosts.every(({ state }) => slotOf(state, to) !== void 0) !== !0 || ifGeneration !== void 0 && productionOf(seen).generation !== ifGeneration) return restoring(await all.readReached());
let outcome = await restoring(seen);
return outcome.outcome === "not-applied" && outcome.reason === "other-version" && ifGeneration === void 0 ? restoring(await all.readReached()) : outcome;
},
health: async (version) => healthIn(await all.survey(), version),
async lookBack(named) {
let fleet = await all.surveyReached();
return {
production: productionOf(fleet),
outOfReach: fleet.unreached.map(unknownOn),
history: historyIn(fleet.hosts, named),
health: async (version) => healthIn(fleet.hosts, version)
};
},
async address(version) {
let having = (await all.read()).hosts.map(({ session, slots, state }) => ({
session,
slots,
slot: slotOf(state, version)
})), found = having.find(({ slot }) => (slot?.weight ?? 0) > 0) ?? having.find(({ slot }) => slot !== void 0), port = found?.slot && found.slots[found.slot.name];
if (found?.slot === void 0 || port === void 0) return;
let open = await found.session.forward("127.0.0.1", port), address = `http://${open.host}:${open.port}`;
return places.set(address, `${found.session.label}/${found.slot.name}`), address;
},
placeOf: (address) => places.get(address),
async askContainers(version, question) {
let asked = async (hosts) => (await each(hosts, async ({ session, state, containers }) => {
let slot = slotOf(state, version), container = slot && containerIn(session, spec, slot.name, { containers });
if (container !== void 0) return {
host: session.label,
...await docker(session, question(container.id), { endOnCancel: !0 })
};
})).filter((answer) => answer !== void 0), surveyed = all.surveyed(), known = surveyed === void 0 ? [] : await asked(surveyed);
return known.length === machines.length && known.every(({ code }) => code === 0) ? known : asked(await all.survey());
},
async askRouter(version) {
return (await each(machines, async (machine) => {
let { state, statistics } = await readStatistics(machine.session, machine.place), server = slotOf(knownSlots(machine, state), version)?.name, { backend } = machine.place;
return server === void 0 ? void 0 : {
host: machine.session.label,
backend,
server,
statistics
};
})).filter((count) => count !== void 0);
},
runOnHosts: (command, withinMs) => each(machines, async ({ session }) => ({
host: session.label,
...await session.run([
"sh",
"-e",
"-c",
command
], { withinMs })
})),
async forward(host, port) {
let [first] = machines;
if (first === void 0) throw new InputError("`target.compose.hosts` names no host.");
return first.session.forward(host, port);
},
async openService(request) {
let [first] = machines;
if (first === void 0) throw new InputError("`target.compose.hosts` names no host.");
let { openService } = await import("./one-off.js");
return openService(spec, first, request, {
here,
ports
});
},
history: async (named) => historyIn(await all.survey(), named),
async cleanup(keep) {
let { hosts } = await all.read(), serving = hosts.flatMap(({ state }) => state.slots.filter(({ weight }) => weight > 0)), spared = new Set([
...keep,
...hosts.flatMap(({ state }) => state.wayBack ?? []),
...serving.flatMap(({ running }) => running?.version ?? [])
]), removed = await each(hosts, async ({ session, place, state }) => {
let idle = state.slots.filter(({ weight, running }) => weight === 0 && running !== void 0 && !spared.has(running.version)), gone = [];
for (let { name, running } of idle) running !== void 0 && await takeSlot(session, place, name) && (await end(session, projectOf(spec, name)), gone.push(running.version));
return gone;
});
return await removeOldImages(hosts, [...spared]), [...new Set(removed.flat())];
}
};
function testAddress([first], version) {
let slot = first === void 0 ? void 0 : slotOf(first.state, version)?.name;
if (first === void 0 || slot === void 0) throw new ProviderError("compose", `Version ${version} vanished after it was staged.`);
return spec.address === void 0 ? `http://${/@([^:]+)/.exec(spec.hosts[first.session.label] ?? "")?.[1] ?? "127.0.0.1"}:${first.slots[slot]}` : spec.address.replaceAll("$slot", slot);
}
}
export { composeTarget };
