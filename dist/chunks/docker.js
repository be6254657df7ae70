import { _ as object, b as string, g as number, u as boolean } from "./zod.js";
import { t as minimalEnv } from "./minimal-env.js";
import { r as quote } from "./source-text.js";
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
function dockerProvider({ container, host, measure }, ports) {
	return {
		kind: "docker",
		async measure(_window, { version }) {
			const at = ports.clock.now();
			const name = container.replaceAll("$version", version);
			const value = await (measure === "restarts" ? restarts(name, host, ports) : usage(name, host, measure, ports));
			if (typeof value !== "number") return value;
			const source = `docker, container ${name}`;
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
async function usage(name, host, measure, ports) {
	const line = await docker([
		"stats",
		"--no-stream",
		"--no-trunc",
		"--format",
		"{{json .}}",
		"--",
		name
	], host, ports);
	if (isNoData(line)) return line;
	const found = stats.safeParse(line.json);
	if (!found.success) return noData("unparsable", `\`docker stats\` said something else than numbers about ${name}.`);
	const { CPUPerc, MemPerc, MemUsage } = found.data;
	const value = measure === "cpu" ? share(CPUPerc) : measure === "memory" ? share(MemPerc) : bytes(MemUsage);
	if (value === void 0 || bytes(MemUsage) === 0) return noData("odd-number", `\`docker stats\` has no numbers of ${name}; it may not be running.`);
	return value;
}
async function restarts(name, host, ports) {
	const line = await docker([
		"inspect",
		"--type",
		"container",
		"--format",
		"{{json .}}",
		"--",
		name
	], host, ports);
	if (isNoData(line)) return line;
	const found = inspected.safeParse(line.json);
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
	const lines = result.stdout.split("\n").filter((line) => line.trim() !== "");
	if (lines.length !== 1) return noData(lines.length === 0 ? "no-series" : "ambiguous", `\`docker ${args[0]}\` told of ${lines.length} containers, not one.`);
	try {
		return { json: JSON.parse(lines[0] ?? "") };
	} catch {
		return noData("unparsable", `\`docker ${args[0]}\` did not print JSON.`);
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
