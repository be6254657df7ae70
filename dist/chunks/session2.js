import { m as ProviderError } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { t as shellWord } from "./shell-word.js";
const shellLine = (words) => words.map(shellWord).join(" ");
const watched = `
exec 3<&0
mark=$1 seconds=$2; shift 2
timeout -k 5 "$seconds" "$@" <&3 3<&- &
group=$!
echo "@$mark began $group" >&2
wait "$group"; code=$?
echo "@$mark ended $code" >&2
exit "$code"
`;
const mostAtOnce = 6;
const marginMs = 15e3;
function commandStarter(label, ports, env, cwd) {
	const waiting = [];
	let running = 0;
	const turn = async () => {
		if (running >= mostAtOnce) await new Promise((resolve) => waiting.push(resolve));
		running += 1;
	};
	const done = () => {
		running -= 1;
		waiting.shift()?.();
	};
	return { async start(prefix, command, { withinMs = 3e4, stdin = "", endOnCancel = false }, onBegan) {
		if (endOnCancel) ports.cancelled.throwIfAborted();
		await turn();
		const mark = Math.floor(ports.random() * 2 ** 48).toString(36);
		let group;
		const endGroup = () => {
			if (group === void 0) return;
			ports.exec(...program(prefix([
				"kill",
				"-TERM",
				"--",
				`-${group}`
			])), {
				env,
				timeoutMs: marginMs
			}).catch(() => void 0);
		};
		if (endOnCancel) ports.cancelled.addEventListener("abort", endGroup, { once: true });
		try {
			const words = [
				"sh",
				"-c",
				watched,
				"sluice",
				mark,
				String(Math.ceil(withinMs / 1e3)),
				...command
			];
			const { stdout, stderr } = await ports.exec(...program(prefix(words)), {
				env,
				...cwd !== void 0 && { cwd },
				stdin,
				timeoutMs: withinMs + marginMs,
				onLine: (line) => {
					if (!line.startsWith(`@${mark} began `)) return;
					group = line.slice(`@${mark} began `.length).trim();
					onBegan?.();
					if (endOnCancel && ports.cancelled.aborted) endGroup();
				}
			});
			const lines = stderr.split("\n");
			const told = lines.findLast((line) => line.startsWith(`@${mark} ended `));
			const own = lines.filter((line) => !line.startsWith(`@${mark} `)).join("\n");
			const code = told === void 0 ? void 0 : Number(told.slice(`@${mark} ended `.length));
			return {
				began: group !== void 0,
				result: code === void 0 ? void 0 : {
					code,
					stdout,
					stderr: own
				},
				stderr: own
			};
		} catch (problem) {
			throw new ProviderError("host", `The command for host ${label} cannot be started on this machine: ${String(problem)}.`, { cause: problem });
		} finally {
			ports.cancelled.removeEventListener("abort", endGroup);
			done();
		}
	} };
}
const program = (words) => {
	const [file = "", ...args] = words;
	return [file, args];
};
const lostCommand = (label, stderr) => new ProviderError("host", `The connection to host ${label} was lost while a command ran there${said(stderr)}; what it did is unknown.`, { status: "connection-lost" });
function said(stderr) {
	const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
	return last === "" ? "" : ` (${last.slice(0, 300)})`;
}
const hostEnv = (env) => ({
	...minimalEnv(env),
	LC_ALL: "C"
});
export { said as a, program as i, hostEnv as n, shellLine as o, lostCommand as r, commandStarter as t };
