import { g as messageOf, h as ProviderError } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { t as shellWord } from "./shell-word.js";
const shellLine = (words) => words.map(shellWord).join(" "), marginMs = 15e3;
function commandStarter(label, ports, env, cwd) {
let waiting = [], running = 0, turn = async () => {
running >= 6 && await new Promise((resolve) => waiting.push(resolve)), running += 1;
}, done = () => {
--running, waiting.shift()?.();
};
return { async start(prefix, command, { withinMs = 3e4, stdin = "", endOnCancel = !1, holdInput = !1, onLine }, onBegan) {
endOnCancel && ports.cancelled.throwIfAborted(), await turn();
let mark = Math.floor(ports.random() * 2 ** 48).toString(36), group, endGroup = () => {
group !== void 0 && ports.exec(...program(prefix([
"kill",
"-TERM",
"--",
`-${group}`
])), {
env,
timeoutMs: marginMs
}).catch(() => void 0);
};
endOnCancel && ports.cancelled.addEventListener("abort", endGroup, { once: !0 });
try {
let words = [
"sh",
"-c",
"\nexec 3<&0\nmark=$1 seconds=$2; shift 2\ntimeout -k 5 \"$seconds\" \"$@\" <&3 3<&- &\ngroup=$!\necho \"@$mark began $group\" >&2\nwait \"$group\"; code=$?\necho \"@$mark ended $code\" >&2\nexit \"$code\"\n",
"sluice",
mark,
String(Math.ceil(withinMs / 1e3)),
...command
], { stdout, stderr } = await ports.exec(...program(prefix(words)), {
env,
...cwd !== void 0 && { cwd },
stdin,
...holdInput && { holdInput },
timeoutMs: withinMs + marginMs,
onLine: (line) => {
line.startsWith(`@${mark} `) || onLine?.(line), line.startsWith(`@${mark} began `) && (group = line.slice(`@${mark} began `.length).trim(), onBegan?.(), endOnCancel && ports.cancelled.aborted && endGroup());
}
}), lines = stderr.split("\n"), told = lines.findLast((line) => line.startsWith(`@${mark} ended `)), own = lines.filter((line) => !line.startsWith(`@${mark} `)).join("\n"), code = told === void 0 ? void 0 : Number(told.slice(`@${mark} ended `.length));
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
throw new ProviderError("host", `The command for host ${label} cannot be started on this machine: ${messageOf(problem)}.`, { cause: problem });
} finally {
ports.cancelled.removeEventListener("abort", endGroup), done();
}
} };
}
const program = (words) => {
let [file = "", ...args] = words;
return [file, args];
}, lostCommand = (label, stderr) => new ProviderError("host", `The connection to host ${label} was lost while a command ran there${said(stderr)}; what it did is unknown.`, { status: "connection-lost" });
function said(stderr) {
let last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
return last === "" ? "" : ` (${last.slice(0, 300)})`;
}
const hostEnv = (env) => ({
...minimalEnv(env),
LC_ALL: "C"
});
export { said as a, program as i, hostEnv as n, shellLine as o, lostCommand as r, commandStarter as t };
