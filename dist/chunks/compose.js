import { t as versionNameOf } from "./deploy-target.js";
import { C as unknown, _ as object, b as string, l as array, u as boolean, v as record } from "./zod.js";
import { m as ProviderError, p as InputError } from "./words.js";
import { t as thisMachine } from "./this-machine2.js";
import { t as shortVersion } from "./short-version.js";
import { a as said, n as hostEnv, o as shellLine } from "./session2.js";
import { t as shellWord } from "./shell-word.js";
import { createHash } from "node:crypto";
async function openHost(label, destination, access, ports) {
	if (destination === "local") return (await import("./this-machine.js")).thisMachine(label, ports);
	return (await import("./ssh.js")).sshSession({
		label,
		destination,
		...access
	}, ports);
}
const inspected = object({
	Id: string(),
	Image: string(),
	State: object({
		Status: string(),
		Health: object({ Status: string() }).nullish()
	})
});
const configured = object({ services: record(string(), object({
	image: string().optional(),
	environment: record(string(), string().nullable()).nullish(),
	healthcheck: object({
		disable: boolean().optional(),
		test: array(string()).nullish()
	}).nullish()
})) });
const image = object({
	Id: string().regex(/^sha256:[0-9a-f]{64}$/),
	RepoDigests: array(string()).nullish(),
	Config: object({ Healthcheck: unknown().optional() }).nullish()
});
function docker(host, args, options = {}) {
	const { env = {}, ...rest } = options;
	const lines = Object.entries(env).map(([name, value]) => {
		if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`A variable cannot be called ${JSON.stringify(name)}.`);
		return `export ${name}=${shellWord(value)}`;
	});
	if (lines.length === 0) return host.run(["docker", ...args], rest);
	return host.run([
		"sh",
		"-c",
		"eval \"$(cat)\"; exec docker \"$@\" < /dev/null",
		"sluice",
		...args
	], {
		...rest,
		stdin: `${lines.join("\n")}\n`
	});
}
function containersIn(host, { stdout, stderr }) {
	const lines = stdout.split("\n");
	const [, command, code] = /^docker (\S+) (\d+)$/m.exec(stdout) ?? [];
	if (command !== void 0) throw failed(host, command, {
		code: Number(code),
		stdout,
		stderr
	});
	const seen = new Map(lines.filter((line) => line.startsWith("inspected ")).map((line) => {
		const { Id, Image, State } = parsed(host, "inspect", inspected, parsedJson(line.slice(10)));
		return [Id, {
			id: Id,
			image: Image,
			status: State.Status,
			health: State.Health?.Status
		}];
	}));
	const found = new Map();
	for (const line of lines) {
		const [, id = "", project] = /^container (\S+) (\S+)$/.exec(line) ?? [];
		const container = seen.get(id);
		if (project !== void 0 && container !== void 0) found.set(project, [...found.get(project) ?? [], container]);
	}
	return found;
}
async function serviceIn(host, compose, service, env) {
	const result = await docker(host, [
		...compose,
		"config",
		"--format",
		"json"
	], {
		env,
		endOnCancel: true
	});
	if (result.code !== 0) throw new InputError(`The compose file cannot be read on host ${host.label}${said(result.stderr)}.`);
	const { services } = parsed(host, "compose config", configured, parsedJson(result.stdout));
	const found = services[service];
	if (found === void 0) throw new InputError(`The compose file has no service ${service}; it has ${Object.keys(services).join(", ")}.`);
	const { healthcheck } = found;
	const hasHealthCheck = healthcheck == null ? void 0 : healthcheck.disable !== true && healthcheck.test?.[0] !== "NONE";
	const environment = Object.fromEntries(Object.entries(found.environment ?? {}).flatMap(([name, value]) => value === null ? [] : [[name, value.replaceAll("$$", "$")]]));
	return {
		image: found.image,
		hasHealthCheck,
		environment
	};
}
async function imageOn(host, reference) {
	const result = await docker(host, [
		"image",
		"inspect",
		"--format",
		"{{json .}}",
		reference
	]);
	if (result.code !== 0) {
		if (/no such image/i.test(result.stderr)) return void 0;
		throw failed(host, "image inspect", result);
	}
	const { Id, RepoDigests, Config } = parsed(host, "image inspect", image, jsonLines(result.stdout)[0]);
	return {
		id: Id,
		digests: RepoDigests ?? [],
		hasHealthCheck: Config?.Healthcheck != null
	};
}
const failed = (host, what, { code, stderr }) => new ProviderError("compose", `\`docker ${what}\` on host ${host.label} ended with ${code}${said(stderr)}.`, { status: "docker" });
function parsed(host, what, schema, json) {
	const read = schema.safeParse(json);
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
const hostsAtOnce = 8;
async function tryEach(items, work) {
	const done = new Map();
	const failed = [];
	const queue = [...items.entries()];
	const worker = async () => {
		for (let next = queue.shift(); next !== void 0; next = queue.shift()) {
			const [index, item] = next;
			try {
				done.set(index, await work(item));
			} catch (problem) {
				failed.push({
					item,
					problem
				});
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(hostsAtOnce, items.length) }, worker));
	return {
		done: [...done].sort(([a], [b]) => a - b).map(([, result]) => result),
		failed
	};
}
async function each(items, work) {
	const { done, failed } = await tryEach(items, work);
	if (failed.length > 0) throw problemOf(failed.map(({ problem }) => problem));
	return done;
}
function problemOf(problems) {
	const [first] = problems;
	if (problems.length <= 1 || !(first instanceof ProviderError)) return first;
	const { provider, retryable } = first;
	return new ProviderError(provider, problems.map(messageOf).join(" "), {
		retryable,
		cause: first
	});
}
const messageOf = (problem) => problem instanceof Error ? problem.message : String(problem);
const buildWithinMs = 18e5;
const moveWithinMs = 9e5;
const treeOn = ({ directory }, commit) => `${directory}/releases/${commit}`;
async function uploadTree({ spec, commit, directory, ports }, to) {
	const { session: host, place } = to;
	const tree = treeOn(place, commit);
	if ((await host.run([
		"test",
		"-e",
		`${tree}/${spec.file}`
	])).code === 0) return tree;
	const unpack = "set -e; mkdir -p \"$1.part\"; tar -x -f - -C \"$1.part\" || { rm -rf \"$1.part\"; exit 73; }; rm -rf \"$1\"; mv \"$1.part\" \"$1\"; test -e \"$1/$2\"";
	const archive = [
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
	const what = `The files of ${commit.slice(0, 12)} for host ${host.label}`;
	await pipe(archive, await host.words([
		"sh",
		"-c",
		unpack,
		"sluice",
		tree,
		spec.file
	]), what, ports);
	return tree;
}
const gitEnv = ({ env }) => ({
	...hostEnv(env),
	GIT_CONFIG_NOSYSTEM: "1",
	GIT_CONFIG_GLOBAL: "/dev/null"
});
async function pipe(from, to, what, ports) {
	ports.cancelled.throwIfAborted();
	const line = `${shellLine(from)} | ${shellLine(to)}`;
	const env = gitEnv(ports);
	const result = await ports.exec("bash", [
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
	const { spec, commit, hosts, here } = delivery;
	const tagged = `${spec.image}:${commit}`;
	const [first] = hosts;
	if (first === void 0) throw new InputError("`target.compose.hosts` names no host.");
	if (spec.build === "registry") return pulled(delivery, tagged);
	const builder = spec.build === "ci" ? here : first.session;
	const built = await build(delivery, builder, spec.build === "ci" ? delivery.directory : await uploadTree(delivery, first), tagged);
	if (spec.push) {
		await must(builder, ["push", tagged], `The image ${tagged} could not be pushed`);
		const pushed = (await imageOn(builder, tagged))?.digests.find((digest) => digest.startsWith(`${spec.image}@`));
		if (pushed === void 0) throw new ProviderError("compose", `After the push the registry's digest of ${tagged} is not known.`);
		return pulled(delivery, pushed);
	}
	const brought = await each(hosts, async ({ session: host }) => {
		if (host !== builder && (await imageOn(host, tagged))?.id !== built.id) await pipe(await builder.words([
			"docker",
			"save",
			tagged
		]), await host.words([
			"docker",
			"load",
			"--quiet"
		]), `The image ${tagged} for host ${host.label}`, delivery.ports);
		const image = await imageOn(host, tagged);
		if (image?.id !== built.id) throw otherDigest(host, tagged, built.id, image?.id);
		return [host, {
			reference: tagged,
			image
		}];
	});
	return new Map(brought);
}
async function build(delivery, builder, tree, tagged) {
	const { spec, commit, here } = delivery;
	const compose = [
		"compose",
		"-f",
		`${tree}/${spec.file}`,
		"-p",
		`${spec.project}-build`
	];
	const result = await docker(builder, [
		...compose,
		"build",
		spec.service
	], {
		env: {
			SLUICE_IMAGE: tagged,
			SLUICE_VERSION: commit,
			SLUICE_PORT: "0"
		},
		withinMs: buildWithinMs,
		endOnCancel: true
	});
	if (result.code !== 0) throw new InputError(`The image does not build on ${whereBuilt(builder, here)}:\n${lastLines(result.stderr)}`);
	const image = await imageOn(builder, tagged);
	if (image === void 0) throw new InputError(`The build made no image ${tagged}. Service ${spec.service} of the compose file needs \`image: \${SLUICE_IMAGE}\` beside its \`build\`.`);
	return image;
}
const whereBuilt = (builder, here) => builder === here ? "this machine" : `host ${builder.label}`;
async function pulled({ spec, hosts: [first, ...more] }, reference) {
	const pull = async ({ session: host }, wanted) => {
		await must(host, [
			"pull",
			"--quiet",
			wanted
		], `The image ${wanted} could not be pulled; was it built and pushed, and may the host read it?`);
		const image = await imageOn(host, wanted);
		const digest = image?.digests.find((one) => wanted.includes("@") ? one === wanted : one.startsWith(`${spec.image}@`));
		if (image === void 0 || digest === void 0) throw otherDigest(host, wanted, "a registry's digest", image?.id);
		return [host, {
			reference: digest,
			image
		}];
	};
	if (first === void 0) return new Map();
	const resolved = await pull(first, reference);
	return new Map([resolved, ...await each(more, (host) => pull(host, resolved[1].reference))]);
}
async function must(host, args, what) {
	const result = await docker(host, args, {
		withinMs: moveWithinMs,
		endOnCancel: true
	});
	if (result.code !== 0) throw new ProviderError("compose", `${what}: ${failed(host, args[0] ?? "", result).message}`, { status: "image-missing" });
}
const otherDigest = (host, reference, wanted, found) => new ProviderError("compose", `Host ${host.label} has ${found ?? "no image"} as ${reference}, and ${wanted} was built: what is tested would not be what serves.`, { status: "other-digest" });
const lastLines = (text, most = 15) => text.trimEnd().split("\n").slice(-most).map((line) => `  ${line.slice(0, 500)}`).join("\n");
const hostScript = `
set -u
umask 077
trap '' HUP PIPE
dir=$1 socket=$2 backend=$3 keep=$4 mode=$5 want=$6 back=$7; shift 7
ask() {
  if command -v socat > /dev/null 2>&1; then printf '%s\\n' "$1" | socat -t 10 - "UNIX-CONNECT:$socket"
  elif command -v perl > /dev/null 2>&1; then
    perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "$!\\n"; connect($s, sockaddr_un($ARGV[0])) or die "$!\\n"; syswrite $s, "$ARGV[1]\\n"; shutdown($s, 1); print while <$s>' "$socket" "$1"
  else echo "neither socat nor perl is installed" >&2; exit 69; fi
}
command -v flock > /dev/null || { echo "flock is not installed" >&2; exit 69; }
look() {
  seen=$(ask "show servers state $backend; show stat") || exit 70
  seen=$(printf '%s\\n' "$seen" | awk -v b="$backend" '
    /^# pxname,/ { counts = 1; next }
    counts { split($0, f, ","); if (f[1] == b && f[2] != "FRONTEND" && f[2] != "BACKEND") print "requests", f[2], f[8]; next }
    $2 == b {
      weight = $7 % 4 || int($7 / 8) % 8 ? 0 : $8
      print "server", $4, weight, $6
      marks = marks s $4 "=" weight; s = ","
    }
    END { print "marks " marks }')
  marks=\${seen##*marks } seen=\${seen%marks *}
}
tell() {
  echo "generation $count:$marks"
  printf '%s' "$seen"
  for slot in "$dir"/slots/*; do [ -f "$slot" ] && read -r runs < "$slot" && echo "slot \${slot##*/} $runs"; done
  [ -f "$dir/way-back" ] && read -r stable < "$dir/way-back" && echo "back $stable"
  echo end
}
mkdir -p "$dir/slots" || exit 73
exec 9> "$dir/lock" || exit 73
if ! flock -w 20 9; then count=0; look; echo 'outcome busy'; tell; exit 0; fi
count=0
[ ! -f "$dir/generation" ] || read -r count < "$dir/generation"
look
if [ "$mode" = read ]; then tell; exit 0; fi
if [ "$mode" = statistics ]; then tell; ask 'show stat' | sed 's/^/stat /'; exit 0; fi
if [ "$mode" = survey ]; then
  tell
  exec 9>&-
  tail -n 200 "$dir/history" 2> /dev/null | sed 's/^/past /'
  found=$(docker ps --all --no-trunc --filter "label=com.docker.compose.service=$2" --format '{{.ID}} {{.Label "com.docker.compose.project"}}') || { echo "docker ps $?"; exit 0; }
  found=$(printf '%s\\n' "$found" | awk -v p="$1-" 'index($2, p) == 1')
  [ -n "$found" ] || exit 0
  printf '%s\\n' "$found" | sed 's/^/container /'
  set -- $(printf '%s\\n' "$found" | cut -d ' ' -f 1)
  code=0
  found=$(docker inspect --type container --format '{{json .}}' "$@") || code=$?
  [ -n "$found" ] || { echo "docker inspect $code"; exit 0; }
  printf '%s\\n' "$found" | sed 's/^/inspected /'
  exit 0
fi
refuse() { echo "outcome $*"; tell; exit 0; }
if [ "$mode" = take ]; then
  printf '%s' "$seen" | grep -q "^server $1 0 " || refuse "serves $1"
  ask "set server $backend/$1 weight 0; set server $backend/$1 state maint" > /dev/null
  rm -f "$dir/slots/$1"
  refuse taken
fi
if [ -n "$want" ] && [ "$want" != "$count:$marks" ]; then refuse differs; fi
orders=
for wanted in "$@"; do
  name=\${wanted%%=*} weight=\${wanted#*=}; version=\${weight#*=} weight=\${weight%%=*}
  line=$(printf '%s' "$seen" | grep "^server $name ") || refuse "refused HAProxy has no server $name in backend $backend."
  runs=
  [ ! -f "$dir/slots/$name" ] || read -r runs rest < "$dir/slots/$name"
  [ "$weight" = 0 ] || [ "$runs" = "$version" ] || refuse "other-version $name"
  if [ "$weight" = 0 ]; then orders="$orders; set server $backend/$name weight 0; set server $backend/$name state maint"
  else
    set -- $line
    [ "$3" = 0 ] || [ "$4" = 2 ] || [ "$mode" = restore ] || refuse "not-up $name"
    orders="$orders; set server $backend/$name weight $weight; set server $backend/$name state ready"
  fi
done
next=$((count + 1))
{ echo "$next" > "$dir/generation.new" && printf '' > "$keep.new"; } 2> "$dir/problem" || refuse "cannot-write $(tail -n 1 "$dir/problem" 2> /dev/null)"
mv "$dir/generation.new" "$dir/generation" || refuse 'cannot-write'
count=$next
answer=$(ask "\${orders#; }" | tr -s '\\n' ' ')
[ -z "$back" ] || echo "$back" > "$dir/way-back"
look
saved=
{ ask 'show servers state' > "$keep.new" && mv "$keep.new" "$keep"; } 2> /dev/null || saved=unsaved
case $answer in *[![:space:]]*) echo "outcome refused $answer" ;; *) echo "outcome applied $saved" ;; esac
tell
`;
const command = (place, order) => [
	"sh",
	"-c",
	hostScript,
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
	const result = await host.run(command(place, { mode: "read" }));
	return stateIn(host.label, place, result);
}
async function readStatistics(host, place) {
	const result = await host.run(command(place, { mode: "statistics" }));
	const lines = result.stdout.split("\n").flatMap((line) => line.startsWith("stat ") ? [line.slice(5)] : []);
	return {
		state: stateIn(host.label, place, result),
		statistics: lines.join("\n")
	};
}
async function surveyHost(host, place, { project, service }) {
	const result = await host.run(command(place, {
		mode: "survey",
		names: [project, service]
	}));
	const state = stateIn(host.label, place, result);
	const past = result.stdout.split("\n").flatMap((line) => line.startsWith("past ") ? [line.slice(5)] : []);
	return {
		state,
		containers: containersIn(host, result),
		past
	};
}
async function takeSlot(host, place, slot) {
	const result = await host.run(command(place, {
		mode: "take",
		names: [slot]
	}));
	stateIn(host.label, place, result);
	return /^outcome taken$/m.test(result.stdout);
}
async function writeRouter(host, place, order) {
	const result = await host.run(command(place, order));
	const state = stateIn(host.label, place, result);
	const [, outcome = "", detail = ""] = /^outcome (\S+) ?(.*)$/m.exec(result.stdout) ?? [];
	const where = `Host ${host.label}`;
	const unsaved = outcome === "applied" && detail.trim() === "unsaved";
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
		retryable: true
	});
	const lines = stdout.split("\n").map((line) => line.split(" "));
	const told = (word) => lines.filter(([first]) => first === word);
	const [, generation] = told("generation")[0] ?? [];
	const servers = told("server");
	if (code !== 0 || generation === void 0 || told("end").length === 0 || servers.length === 0) throw new ProviderError("compose", servers.length === 0 && told("end").length > 0 ? `HAProxy on host ${label} has no backend ${place.backend} with servers; name it under \`haproxy.backend\`.` : `What host ${label} serves cannot be read: the command ended with ${code}${said(stderr)}.`, { retryable: true });
	const requests = new Map(told("requests").map(([, name = "", count = ""]) => [name, whole.test(count) ? Number(count) : 0]));
	const running = new Map(told("slot").map(([, name = "", version = "", image = ""]) => [name, {
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
const fewestRequests = 1e3;
function splitProblem(label, before, now) {
	const weights = before.slots.reduce((sum, { weight }) => sum + weight, 0);
	const given = now.slots.map(({ name, requests }, i) => ({
		name,
		count: requests - (before.slots[i]?.requests ?? 0)
	}));
	const all = given.reduce((sum, { count }) => sum + count, 0);
	if (weights === 0 || all < fewestRequests || given.some(({ count }) => count < 0)) return void 0;
	const off = given.flatMap(({ name, count }, i) => {
		const share = (before.slots[i]?.weight ?? 0) / weights;
		const bound = 5 * Math.sqrt(all * share * (1 - share)) + 5;
		return Math.abs(count - all * share) <= bound ? [] : [`${name} got ${(100 * count / all).toFixed(1)}% of ${all} requests instead of ${(100 * share).toFixed(1)}%`];
	});
	if (off.length === 0) return void 0;
	return `HAProxy on host ${label} does not divide traffic as its weights say: ${off.join(", ")}. Sticky sessions or a server that was down do this; what was measured may not stand for the share.`;
}
const projectOf = ({ project }, slot) => `${project}-${slot}`;
const slotOf = ({ slots }, version) => slots.find(({ running }) => running?.version === version);
function freeSlot({ slots, wayBack }) {
	const rank = ({ running }) => running === void 0 ? 0 : running.version === wayBack ? 2 : 1;
	return slots.filter(({ weight }) => weight === 0).sort((a, b) => rank(a) - rank(b))[0];
}
function containerIn(host, { project, service }, slot, { containers }) {
	const [only, ...others] = containers.get(projectOf({ project }, slot)) ?? [];
	if (others.length > 0) throw new InputError(`Service ${service} of project ${projectOf({ project }, slot)} on host ${host.label} has several containers; HAProxy divides traffic between slots, so run one.`);
	return only;
}
function slotHealth(host, spec, slot, image, survey) {
	const container = containerIn(host, spec, slot, survey);
	const where = `slot ${slot} of host ${host.label}`;
	if (container === void 0) return {
		healthy: false,
		stale: true,
		message: `Nothing runs in ${where}.`
	};
	if (container.image !== image) return {
		healthy: false,
		stale: true,
		message: `In ${where} runs image ${short(container.image)}, not ${short(image)}.`
	};
	return {
		healthy: container.status === "running" && container.health === "healthy",
		stale: false,
		message: `In ${where} it is ${container.status} and ${container.health ?? "has no health check"}.`
	};
}
async function startInSlot(host, slot, start) {
	const { spec, place, port, version, tree, delivered, at } = start;
	const project = projectOf(spec, slot);
	const compose = [
		"compose",
		"-f",
		`${tree}/${spec.file}`,
		"-p",
		project
	];
	const env = {
		...start.env,
		SLUICE_IMAGE: delivered.reference,
		SLUICE_VERSION: version,
		SLUICE_PORT: String(port)
	};
	const service = await serviceIn(host, compose, spec.service, env);
	if (!(service.hasHealthCheck ?? delivered.image.hasHealthCheck)) throw new InputError(`Service ${spec.service} has no health check, so nobody could say when it is ready. Add \`healthcheck\` to it in ${spec.file}, or HEALTHCHECK to its image.`);
	if (service.image !== delivered.reference) throw new InputError(`Service ${spec.service} would run ${service.image ?? "no image"} instead of what was built. Write \`image: \${SLUICE_IMAGE}\` in ${spec.file}.`);
	if (!await takeSlot(host, place, slot)) throw new ProviderError("compose", `Slot ${slot} of host ${host.label} takes traffic by now; stage again.`, { retryable: true });
	await clear(host, slot, project, port);
	const up = await docker(host, [
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
		endOnCancel: true
	});
	const health = slotHealth(host, spec, slot, delivered.image.id, await surveyHost(host, place, spec));
	if (up.code === 0 && health.healthy) return remember(host, place, slot, version, delivered.image.id, at);
	const logs = await docker(host, [
		"compose",
		"-p",
		project,
		"logs",
		"--no-color",
		"--tail",
		"15",
		spec.service
	]);
	await end(host, project);
	if (up.code === 0 && health.stale) throw new ProviderError("compose", `${health.message} What is tested would not be what serves.`, { status: "other-digest" });
	throw new InputError(`Version ${shortVersion(version)} does not start on host ${host.label}: ${health.message} Docker said:\n${lastLines(up.stderr, 5)}\nIts last lines:\n${lastLines(logs.stdout)}`);
}
async function end(host, project) {
	const down = await docker(host, [
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
const clearSlot = `
docker compose -p "$1" down --remove-orphans --timeout 20 || exit 1
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v p=":$2" '$4 == "0A" && substr($2, length($2) - 4) == p { taken = 1 } END { exit taken }' || exit 98
`;
async function clear(host, slot, project, port) {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const { code, stderr } = await host.run([
		"sh",
		"-c",
		clearSlot,
		"sluice",
		project,
		hex
	], { withinMs: 6e4 });
	if (code === 98) throw new ProviderError("compose", `Port ${port} of host ${host.label}, which slot ${slot} needs, is taken by another program. End that program, or give the slot another port.`, { status: "port-taken" });
	if (code !== 0) throw new ProviderError("compose", `Project ${project} on host ${host.label} does not end:\n${lastLines(stderr, 5)}`);
}
async function remember(host, { directory }, slot, version, image, at) {
	const { code } = await host.run([
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
const short = (digest) => digest.slice(0, 19);
const hostCount = (count) => count === 1 ? "its host" : `all ${count} hosts`;
function sharesFor({ session, slots, state }, wanted) {
	const missing = [...wanted].find(([version, weight]) => weight > 0 && slotOf(state, version) === void 0);
	if (missing !== void 0) throw new InputError(`Host ${session.label} does not run version ${missing[0]}, so it cannot be given traffic. Release its commit again.`);
	return Object.keys(slots).map((slot) => {
		const version = state.slots.find(({ name }) => name === slot)?.running?.version ?? "";
		return {
			slot,
			version,
			weight: wanted.get(version) ?? 0
		};
	});
}
const raisesFirst = ({ state }, shares) => {
	const now = (name) => state.slots.find((slot) => slot.name === name)?.weight ?? 0;
	return [...shares].sort((a, b) => b.weight - now(b.slot) - (a.weight - now(a.slot)));
};
const unknownOn = (label) => `unknown-on-${label}`;
function productionOf({ hosts, unreached }) {
	const generations = hosts.map(({ session, state }) => `${session.label} ${state.generation}`);
	const count = hosts.length + unreached.length;
	const [first] = hosts;
	const versions = [...new Set(hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? [])))];
	const shareOn = ({ state }, version) => {
		const all = state.slots.reduce((sum, { weight }) => sum + weight, 0);
		return all === 0 ? 0 : 100 * (slotOf(state, version)?.weight ?? 0) / all;
	};
	const unknown = hosts.flatMap(({ state }) => state.slots.filter(({ weight, running }) => weight > 0 && running === void 0));
	const serving = versions.map((version) => ({
		version,
		weight: hosts.reduce((sum, host) => sum + shareOn(host, version), 0) / count
	}));
	const unseen = unreached.map((label) => ({
		version: unknownOn(label),
		weight: 100 / count
	}));
	const taken = serving.reduce((sum, { weight }) => sum + weight, 0);
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
	const refused = written.filter(({ outcome }) => outcome !== "applied");
	const [first] = refused;
	if (first !== void 0) return {
		outcome: "not-applied",
		reason: first.outcome === "differs" ? "generation-differs" : first.outcome,
		message: refused.map(({ message }) => message).join(" "),
		production,
		...refused.length < written.length && { partly: true }
	};
	if (written.every(({ state }, i) => orders[i]?.every(({ slot, weight }) => state.slots.find(({ name }) => name === slot)?.weight === weight))) return {
		outcome: "applied",
		production
	};
	return {
		outcome: "not-applied",
		reason: "changed-meanwhile",
		message: "The weights were taken, and HAProxy shows others: somebody changed them meanwhile. Read production and decide anew.",
		production
	};
}
const imagesKept = 5;
const commitOf = (version) => version.split("-", 1)[0] ?? version;
function pastVersions(hosts) {
	const [first] = hosts;
	if (first === void 0) return {
		running: [],
		kept: []
	};
	const kept = first.past.flatMap((line) => {
		const [at = "", version = "", image = ""] = line.split(" ");
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
	const { stdout } = await session.run([
		"sh",
		"-c",
		"tail -n 200 \"$1\" 2> /dev/null | awk '{ print $2 }' | awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) if (!seen[line[i]]++) print line[i] }'",
		"sluice",
		`${place.directory}/history`
	]);
	const newest = stdout.trim().split("\n").filter((version) => /^[0-9a-f]{7,64}(?:-[0-9a-f]{8})?$/.test(version)).map(commitOf);
	const spared = new Set([...versions.map(commitOf), ...[...new Set(newest)].slice(0, imagesKept)]);
	for (const commit of new Set(newest.filter((old) => !spared.has(old)))) {
		await docker(session, [
			"image",
			"rm",
			`${image}:${commit}`
		]);
		await session.run([
			"rm",
			"-rf",
			treeOn(place, commit)
		]);
	}
}
async function composeTarget(spec, ports, differences = {}) {
	const access = {
		knownHosts: spec.ssh?.["known-hosts"] ?? "",
		key: spec.ssh?.key
	};
	const machines = await Promise.all(Object.entries(spec.hosts).map(async ([label, destination]) => {
		const { slots, haproxy, directory } = {
			...spec,
			...differences[label]
		};
		const place = {
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
	}));
	const here = thisMachine("this machine", ports);
	let newest;
	let surveyed;
	const readOne = async (machine) => ({
		...machine,
		state: known(machine, await readRouter(machine.session, machine.place))
	});
	const readAll = async () => {
		newest = {
			hosts: await each(machines, readOne),
			unreached: []
		};
		return newest;
	};
	const surveyOne = async (machine) => {
		const survey = await surveyHost(machine.session, machine.place, spec);
		return {
			...machine,
			...survey,
			state: known(machine, survey.state)
		};
	};
	const surveyAll = async () => {
		surveyed = await each(machines, surveyOne);
		newest = {
			hosts: surveyed,
			unreached: []
		};
		return surveyed;
	};
	const reached = async (read) => {
		const { done, failed } = await tryEach(machines, read);
		if (done.length === 0) throw problemOf(failed.map(({ problem }) => problem));
		for (const { item, problem } of failed) ports.log.warn(`Host ${item.session.label} is left as it is: ${messageOf(problem)}`);
		const fleet = {
			hosts: done,
			unreached: failed.map(({ item }) => item.session.label)
		};
		newest = fleet;
		return fleet;
	};
	const known = ({ session, place, slots }, state) => {
		const slotNames = Object.keys(slots);
		const foreign = state.slots.filter(({ name }) => !slotNames.includes(name)).map(({ name }) => name);
		const missing = slotNames.filter((name) => state.slots.every((slot) => slot.name !== name));
		if (foreign.length > 0 || missing.length > 0) throw new InputError(`Backend ${place.backend} of HAProxy on host ${session.label} and \`target.compose.slots\` differ: ` + [...foreign.map((name) => `server ${name} is no slot`), ...missing.map((name) => `slot ${name} is no server`)].join(", ") + ". Give them the same names.");
		return state;
	};
	let counted = [];
	const warnOfSplit = (hosts) => {
		for (const [i, { session, state }] of hosts.entries()) {
			const before = counted[i];
			const problem = before?.generation === state.generation ? splitProblem(session.label, before, state) : void 0;
			if (problem !== void 0) ports.log.warn(problem);
		}
	};
	const write = async ({ hosts, unreached }, mode, wanted, ifGeneration, wayBack) => {
		const before = productionOf({
			hosts,
			unreached
		});
		warnOfSplit(hosts);
		if (ifGeneration !== void 0 && ifGeneration !== before.generation) return {
			outcome: "not-applied",
			reason: "generation-differs",
			message: `Production is at generation ${before.generation}, not at ${ifGeneration}: somebody moved traffic meanwhile.`,
			production: before
		};
		const orders = hosts.map((host, index) => ({
			host,
			shares: raisesFirst(host, wanted(host, index))
		}));
		const results = await Promise.allSettled(orders.map(({ host: { session, place, state }, shares }) => writeRouter(session, place, {
			mode,
			shares,
			wayBack,
			ifGeneration: ifGeneration === void 0 ? void 0 : state.generation
		})));
		const written = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
		const lost = results.flatMap((result) => result.status === "rejected" ? [messageOf(result.reason)] : []);
		if (lost.length > 0) return {
			outcome: "unknown",
			message: lost.join(" ")
		};
		counted = written.map(({ state }) => state);
		newest = {
			hosts: hosts.map((host, i) => ({
				...host,
				state: written[i]?.state ?? host.state
			})),
			unreached
		};
		if (written.some(({ unsaved }) => unsaved)) ports.log.warn(`The weights hold, but could not be saved to HAProxy's state file: a reload of HAProxy would forget them. Free space there.`);
		return settle(written, productionOf(newest), orders.map(({ shares }) => shares));
	};
	const inPart = (outcome, { unreached }) => {
		if (outcome.outcome !== "applied" || unreached.length === 0) return outcome;
		newest = void 0;
		return {
			outcome: "not-applied",
			reason: "host-unreached",
			message: `${unreached.map((label) => `Host ${label}`).join(" and ")} did not answer and may serve anything; every other host took the weights.`,
			production: outcome.production,
			partly: true
		};
	};
	const staleHosts = (hosts, version) => hosts.flatMap(({ session, state, containers }) => {
		const slot = slotOf(state, version);
		if (slot?.running === void 0) return [`Host ${session.label} does not run version ${shortVersion(version)}.`];
		const health = slotHealth(session, spec, slot.name, slot.running.image, { containers });
		return health.healthy ? [] : [health.message];
	});
	const healthIn = (hosts, version) => {
		const found = staleHosts(hosts, version);
		return found.length > 0 ? {
			healthy: false,
			message: found.join(" ")
		} : {
			healthy: true,
			message: `Version ${shortVersion(version)} is healthy on ${hostCount(hosts.length)}.`
		};
	};
	const removeOldImages = async (hosts, spared = []) => {
		const running = hosts.flatMap(({ state }) => state.slots.flatMap(({ running }) => running?.version ?? []));
		await each(hosts, (host) => removeImages(host, spec.image, [...spared, ...running]));
	};
	const historyIn = (hosts, named) => {
		const { running, kept } = pastVersions(hosts);
		const gone = named === void 0 ? void 0 : kept.find(({ version }) => version === named || named.length >= 7 && version.startsWith(named));
		if (gone !== void 0 && running.every(({ version }) => version !== gone.version)) throw new InputError(`Version ${gone.version} does not run any more, its slot was given to a newer one. Release its commit again; its image was ${gone.image}.`);
		return running;
	};
	return {
		kind: "compose",
		capabilities: {
			shifts: "traffic",
			compareAndSet: true
		},
		async findings() {
			await readAll();
			return (await each(machines, async ({ session }) => {
				const { code } = await docker(session, [
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
			const [first] = machines;
			if (version === void 0 || first === void 0) return void 0;
			const { commit, env } = version;
			const compose = [
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
			];
			const own = {
				SLUICE_IMAGE: `${spec.image}:${commit}`,
				SLUICE_VERSION: commit,
				SLUICE_PORT: "0"
			};
			const { environment } = await serviceIn(first.session, compose, spec.service, {
				...env,
				...own
			});
			return {
				values: environment,
				unreadable: []
			};
		},
		observe: async () => productionOf(await readAll()),
		async stage({ commit, variant, directory, env }) {
			ports.cancelled.throwIfAborted();
			const version = versionNameOf({
				commit,
				variant
			});
			const delivery = {
				spec,
				commit,
				directory,
				here,
				hosts: machines,
				env,
				ports
			};
			const waiting = (await surveyAll()).filter((host) => staleHosts([host], version).length > 0);
			if (waiting.length > 0) {
				const images = await deliver(delivery);
				await each(waiting, async ({ session, place, slots, state }) => {
					const tree = await uploadTree(delivery, {
						session,
						place
					});
					const delivered = images.get(session);
					const own = slotOf(state, version);
					const slot = own?.weight === 0 ? own : freeSlot(state);
					if (delivered === void 0 || slot === void 0) throw new InputError(`Every slot of host ${session.label} takes traffic; dispatch the rollback workflow first, so that one version serves.`);
					const start = {
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
			const staged = await surveyAll();
			const [stale, ...more] = staleHosts(staged, version);
			if (stale !== void 0) throw new ProviderError("compose", `Version ${shortVersion(version)} does not run on every host: ${[stale, ...more].join(" ")} No traffic was moved.`, { status: "stale-host" });
			await removeOldImages(staged).catch((problem) => ports.log.warn(messageOf(problem)));
			return {
				version,
				url: testAddress(staged, version)
			};
		},
		async shift({ candidate, stable, weight, hosts: count, ifGeneration }) {
			const hosts = await surveyAll();
			const stale = staleHosts(hosts, candidate);
			if (stale.length > 0) return {
				outcome: "not-applied",
				reason: "stale-host",
				message: `${stale.join(" ")} No traffic was moved.`,
				production: productionOf({
					hosts,
					unreached: []
				})
			};
			const shareOn = (index) => count === void 0 ? weight : index < count ? 100 : 0;
			return write({
				hosts,
				unreached: []
			}, "shift", (host, index) => sharesFor(host, new Map([[candidate, shareOn(index)], [stable, 100 - shareOn(index)]])), ifGeneration, stable);
		},
		async restore({ to, ifGeneration }) {
			const restoring = async (fleet) => inPart(await write(fleet, "restore", (host) => sharesFor(host, new Map([[to, 100]])), ifGeneration, void 0), fleet);
			const seen = newest;
			if (!(seen?.hosts.every(({ state }) => slotOf(state, to) !== void 0) === true && (ifGeneration === void 0 || productionOf(seen).generation === ifGeneration))) return restoring(await reached(readOne));
			const outcome = await restoring(seen);
			return outcome.outcome === "not-applied" && outcome.reason === "other-version" && ifGeneration === void 0 ? restoring(await reached(readOne)) : outcome;
		},
		health: async (version) => healthIn(await surveyAll(), version),
		async lookBack(named) {
			const fleet = await reached(surveyOne);
			return {
				production: productionOf(fleet),
				outOfReach: fleet.unreached.map(unknownOn),
				history: historyIn(fleet.hosts, named),
				health: async (version) => healthIn(fleet.hosts, version)
			};
		},
		async address(version) {
			const having = (await readAll()).hosts.map(({ session, slots, state }) => ({
				session,
				slots,
				slot: slotOf(state, version)
			}));
			const found = having.find(({ slot }) => (slot?.weight ?? 0) > 0) ?? having.find(({ slot }) => slot !== void 0);
			const port = found?.slot === void 0 ? void 0 : found.slots[found.slot.name];
			if (found === void 0 || port === void 0) return void 0;
			const open = await found.session.forward("127.0.0.1", port);
			return `http://${open.host}:${open.port}`;
		},
		async askContainers(version, question) {
			const asked = async (hosts) => {
				return (await each(hosts, async ({ session, state, containers }) => {
					const slot = slotOf(state, version);
					const container = slot && containerIn(session, spec, slot.name, { containers });
					if (container === void 0) return void 0;
					return {
						host: session.label,
						...await docker(session, question(container.id), { endOnCancel: true })
					};
				})).filter((answer) => answer !== void 0);
			};
			const known = surveyed === void 0 ? [] : await asked(surveyed);
			return known.length === machines.length && known.every(({ code }) => code === 0) ? known : asked(await surveyAll());
		},
		async askRouter(version) {
			return (await each(machines, async (machine) => {
				const { state, statistics } = await readStatistics(machine.session, machine.place);
				const server = slotOf(known(machine, state), version)?.name;
				const { backend } = machine.place;
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
			const [first] = machines;
			if (first === void 0) throw new InputError("`target.compose.hosts` names no host.");
			return first.session.forward(host, port);
		},
		history: async (named) => historyIn(await surveyAll(), named),
		async cleanup(keep) {
			const { hosts } = await readAll();
			const serving = hosts.flatMap(({ state }) => state.slots.filter(({ weight }) => weight > 0));
			const spared = new Set([
				...keep,
				...hosts.flatMap(({ state }) => state.wayBack ?? []),
				...serving.flatMap(({ running }) => running?.version ?? [])
			]);
			const removed = await each(hosts, async ({ session, place, state }) => {
				const idle = state.slots.filter(({ weight, running }) => weight === 0 && running !== void 0 && !spared.has(running.version));
				const gone = [];
				for (const { name, running } of idle) {
					if (running === void 0 || !await takeSlot(session, place, name)) continue;
					await end(session, projectOf(spec, name));
					gone.push(running.version);
				}
				return gone;
			});
			await removeOldImages(hosts, [...spared]);
			return [...new Set(removed.flat())];
		}
	};
	function testAddress([first], version) {
		const slot = first === void 0 ? void 0 : slotOf(first.state, version)?.name;
		if (first === void 0 || slot === void 0) throw new ProviderError("compose", `Version ${version} vanished after it was staged.`);
		if (spec.address !== void 0) return spec.address.replaceAll("$slot", slot);
		return `http://${/@([^:]+)/.exec(spec.hosts[first.session.label] ?? "")?.[1] ?? "127.0.0.1"}:${first.slots[slot]}`;
	}
}
export { composeTarget };
