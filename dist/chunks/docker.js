import { _ as object, b as string, g as number, u as boolean } from "./zod.js";
import { p as InputError, u as quote } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { n as noData, t as isNoData } from "./no-data.js";
const DEADLINE = 2e4;
const stats = object({
	Name: string(),
	CPUPerc: string(),
	MemPerc: string(),
	MemUsage: string()
});
const inspected = object({
	RestartCount: number(),
	State: object({ Running: boolean() })
});
const UNITS = {
	B: 1,
	KiB: 1024,
	MiB: 1024 ** 2,
	GiB: 1024 ** 3,
	TiB: 1024 ** 4
};
function dockerProvider({ container, host, measure }, ports, ask) {
	const question = (name) => measure === "restarts" ? [
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
		const answers = await ask(version, question);
		return isNoData(answers) ? answers : answers.map(({ stdout }) => singleLine(stdout, question("")[0] ?? ""));
	}
	return {
		kind: "docker",
		async measure(_window, { version }) {
			const at = ports.clock.now();
			const told = await tell(version);
			if (isNoData(told)) return told;
			const values = [];
			for (const one of told) {
				if (isNoData(one)) return one;
				const value = measure === "restarts" ? restarts(one.json, version) : usage(one.json, version, measure);
				if (typeof value !== "number") return value;
				values.push(value);
			}
			const value = measure === "restarts" ? values.reduce((sum, count) => sum + count, 0) : Math.max(...values);
			const source = `docker, ${values.length === 1 ? "the container" : `${values.length} containers`} of ${version}`;
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
	const found = stats.safeParse(json);
	if (!found.success) return noData("unparsable", `\`docker stats\` said something else than numbers about ${name}.`);
	const { CPUPerc, MemPerc, MemUsage } = found.data;
	const value = measure === "cpu" ? share(CPUPerc) : measure === "memory" ? share(MemPerc) : bytes(MemUsage);
	if (value === void 0 || bytes(MemUsage) === 0) return noData("odd-number", `\`docker stats\` has no numbers of ${name}; it may not be running.`);
	return value;
}
function restarts(json, name) {
	const found = inspected.safeParse(json);
	if (!found.success) return noData("unparsable", `\`docker inspect\` said nothing about restarts of ${name}.`);
	return found.data.RestartCount;
}
async function docker(args, host, ports) {
	const env = {
		...minimalEnv(ports.env),
		...host !== void 0 && { DOCKER_HOST: host }
	};
	const result = await ports.exec("docker", args, {
		env,
		timeoutMs: DEADLINE
	}).catch(() => void 0);
	if (result === void 0) return noData("unreachable", "There is no `docker` command on this machine.");
	if (result.code !== 0) {
		const last = result.stderr.trimEnd().split("\n").at(-1) ?? "";
		return noData("unreachable", `\`docker ${args[0]}\` ended with ${result.code ?? result.signal}: ${quote(last)}.`);
	}
	return singleLine(result.stdout, args[0] ?? "");
}
function singleLine(stdout, command) {
	const lines = stdout.split("\n").filter((line) => line.trim() !== "");
	if (lines.length !== 1) return noData(lines.length === 0 ? "no-series" : "ambiguous", `\`docker ${command}\` told of ${lines.length} containers, not one.`);
	try {
		return { json: JSON.parse(lines[0] ?? "") };
	} catch {
		return noData("unparsable", `\`docker ${command}\` did not print JSON.`);
	}
}
function share(text) {
	const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
	return percent === void 0 ? void 0 : Number(percent) / 100;
}
function bytes(text) {
	const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?i?B) \//.exec(text) ?? [];
	const size = UNITS[unit];
	return amount === void 0 || size === void 0 ? void 0 : Math.round(Number(amount) * size);
}
export { dockerProvider };
