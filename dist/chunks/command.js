import { b as string, f as discriminatedUnion, g as number, l as array, m as literal, n as datetime, u as boolean, w as url, y as strictObject } from "./zod.js";
import { d as quote, h as ProviderError, m as InputError, r as plainText } from "./words.js";
import { t as minimalEnv } from "./minimal-env.js";
import { n as servesExactly, r as sharesOf, t as allOn } from "./shares.js";
const version = string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/, { error: "a version is 1 to 200 letters, digits and . _ : / @ + -" }), webAddress = url({ protocol: /^https?$/ }).max(2e3).refine((text) => new URL(text).username === "" && new URL(text).password === "", { error: "an address carries no user or password" }), sentence = string().min(1).max(2e3), fullSha = string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/), serving = strictObject({
version,
weight: number().min(0).max(100),
url: webAddress.optional()
}), answers = {
observe: strictObject({
generation: string().min(1).max(200),
serving: array(serving).max(100).refine((list) => new Set(list.map((entry) => entry.version)).size === list.length, { error: "a version is named twice" }).refine((list) => {
let sum = list.reduce((total, { weight }) => total + weight, 0);
return sum === 0 || Math.abs(sum - 100) < 1e-9;
}, { error: "the weights do not sum to 100" })
}),
stage: strictObject({
version,
url: webAddress
}),
shift: discriminatedUnion("outcome", [strictObject({ outcome: literal("applied") }), strictObject({
outcome: literal("not-applied"),
reason: string().regex(/^[a-z][a-z0-9-]{0,59}$/),
message: sentence
})]),
health: strictObject({
healthy: boolean(),
message: sentence
}),
history: strictObject({ versions: array(strictObject({
version,
commit: fullSha.optional(),
at: datetime({ offset: !0 }).transform(Date.parse)
})).max(1e3) })
};
function brokenContract(command, what) {
return new ProviderError("command", `target.command.${command} ${what}. Mend the command; docs/targets.md lists every field it prints.`);
}
function answerIn(kind, command, stdout) {
let json;
try {
json = JSON.parse(stdout);
} catch {
throw brokenContract(command, `has to print one JSON object and nothing else on standard output, and printed ${stdout.trim() === "" ? "nothing" : quote(stdout.trim())}`);
}
let found = answers[kind].safeParse(json);
if (found.success) return found.data;
let [issue] = found.error.issues;
throw brokenContract(command, `printed JSON that is not as agreed: ${issue?.path.join(".") || "the object"} ${issue?.code === "unrecognized_keys" ? `has the unknown key ${quote(issue.keys[0] ?? "")}` : "is missing or odd"}${issue?.code === "custom" || issue?.code === "invalid_format" ? ` (${issue.message})` : ""}`);
}
const readBackPausesMs = [
0,
250,
500,
1e3,
2e3,
4e3
];
function commandTarget(spec, ports) {
let writesWithinMs = spec.within ?? 6e5, run = async (name, question, withinMs, directory) => {
let text = spec[name];
if (text === void 0) throw new InputError(`target.command has no \`${name}\`; add the command to the runbook.`);
let asked = {
contract: 1,
command: name,
...question
}, result = await ports.exec("bash", [
"--noprofile",
"--norc",
"-eo",
"pipefail",
"-c",
text
], {
env: {
...minimalEnv(ports.env),
...spec.env,
...asVariables(asked)
},
stdin: `${JSON.stringify(asked)}\n`,
timeoutMs: withinMs,
...directory === void 0 ? {} : {
cwd: directory,
onLine: (line) => ports.log.info(`  | ${plainText(line)}`)
}
}).catch((problem) => {
throw new InputError(`target.command.${name} cannot be started (${problem.code ?? problem.message}): it runs in bash. Install bash on this runner.`);
});
if (result.code === 0 && result.stdout.length < 1048576) return {
ended: "well",
stdout: result.stdout
};
if (result.code === 0) throw brokenContract(name, "printed more than 1 MiB; let everything but the answer go to standard error");
return {
ended: result.code === null ? "late" : "badly",
message: `target.command.${name} ${endingOf(result, withinMs)}`
};
}, read = async (name, question) => {
let ran = await run(name, question, 6e4);
if (ran.ended === "well") return answerIn(name, name, ran.stdout);
throw new ProviderError("command", `${ran.message}. Run it by hand with the same variables, and mend it.`, { retryable: !0 });
}, look = () => read("observe", {}), write = async (name, question, wanted, ifGeneration) => {
ports.cancelled.throwIfAborted();
let before = productionOf(await look());
if (ifGeneration !== void 0 && before.generation !== ifGeneration) return {
outcome: "not-applied",
reason: "generation-differs",
message: `Production is at generation ${before.generation}, not ${ifGeneration}: somebody moved traffic meanwhile. Read it again and decide anew.`,
production: before
};
let ran = await run(name, {
...question,
ifGeneration: ifGeneration ?? before.generation
}, writesWithinMs), said = ran.ended === "well" ? answerIn("shift", name, ran.stdout) : void 0, believed = said?.outcome === "applied", after = await readBack(before, wanted, believed);
if (typeof after == "string") return {
outcome: "unknown",
message: `target.command.${name} ran, and production cannot be read: ${after}`
};
let moved = after.generation !== before.generation;
if (moved && servesExactly(after, wanted)) return {
outcome: "applied",
production: after
};
if (said?.outcome === "not-applied") return {
outcome: "not-applied",
reason: said.reason,
message: plainText(said.message),
production: after
};
if (moved) return {
outcome: "not-applied",
reason: "changed-meanwhile",
message: "The shares were written, and production shows others: it was changed meanwhile. Read it and decide anew.",
production: after
};
if (believed) throw brokenContract(name, `said that it was applied, and \`observe\` still shows generation ${quote(after.generation)} (every write that was accepted has to change it, even one to the same shares)`);
let message = `${ran.ended === "well" ? "" : ran.message}. Production is unchanged at generation ${after.generation}.`;
return ran.ended === "late" ? {
outcome: "unknown",
message
} : {
outcome: "not-applied",
reason: "command-failed",
message,
production: after
};
}, readBack = async (before, wanted, wait) => {
let seen = "nothing was read";
for (let pause of wait ? readBackPausesMs : readBackPausesMs.slice(0, 2)) {
pause > 0 && await ports.clock.sleep(pause);
try {
seen = productionOf(await look());
} catch (problem) {
if (!(problem instanceof ProviderError && problem.retryable)) throw problem;
seen = problem.message;
continue;
}
if (seen.generation !== before.generation && servesExactly(seen, wanted) || !wait) return seen;
}
return seen;
};
return {
kind: "command",
capabilities: {
shifts: spec.shifts,
compareAndSet: !1
},
observe: async () => productionOf(await look()),
async stage({ commit, directory, env }) {
ports.cancelled.throwIfAborted();
let ran = await run("stage", {
commit,
variables: env
}, writesWithinMs, directory);
if (ran.ended !== "well") throw new InputError(`${ran.message}. No traffic was moved; mend it and push again.`);
let staged = answerIn("stage", "stage", ran.stdout), { serving } = await look();
if (serving.some(({ version }) => version === staged.version)) return staged;
throw brokenContract("stage", `said that version ${quote(staged.version)} was staged, and \`observe\` does not list it (list it with weight 0)`);
},
shift({ candidate, stable, weight, ifGeneration }) {
return write("shift", {
candidate,
stable,
weight
}, sharesOf(candidate, stable, weight), ifGeneration);
},
restore: ({ to, ifGeneration }) => write("restore", { version: to }, allOn(to), ifGeneration),
async health(version) {
if (spec.health !== void 0) {
let { healthy, message } = await read("health", { version });
return {
healthy,
message: plainText(message)
};
}
let { serving } = await look(), listed = serving.some((entry) => entry.version === version), past = listed || spec.history === void 0 ? [] : (await read("history", {})).versions;
return listed || past.some((entry) => entry.version === version) ? {
healthy: !0,
message: `Version ${version} exists; whether it works is unknown, because target.command has no \`health\`.`
} : {
healthy: !1,
message: `Version ${version} is neither served nor staged nor in the history.`
};
},
async address(version) {
return (await look()).serving.find((entry) => entry.version === version)?.url;
},
...spec.history === void 0 ? {} : { history: async () => (await read("history", {})).versions.map(({ at, ...past }) => ({
...past,
at
})) },
cleanup: async () => []
};
}
const productionOf = ({ generation, serving }) => ({
generation,
serving: serving.map(({ version, weight }) => ({
version,
weight
}))
});
function asVariables(question) {
return Object.fromEntries(Object.entries(question).flatMap(([name, value]) => typeof value == "string" || typeof value == "number" ? [[`SLUICE_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`, String(value)]] : []));
}
function endingOf({ code, signal, stderr }, withinMs) {
let last = stderr.trimEnd().split("\n").at(-1)?.trim(), said = last === void 0 || last === "" ? "" : ` and said ${quote(last)}`;
return code === null ? `was ended by ${signal} (it may take ${withinMs / 1e3} s)${said}` : `ended with ${code}${said}`;
}
export { commandTarget };
