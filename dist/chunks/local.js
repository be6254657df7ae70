import { _ as object, b as string, g as number, l as array, s as _enum, w as url } from "./zod.js";
import { t as versionNameOf } from "./deploy-target.js";
import { h as ProviderError, m as InputError } from "./words.js";
import { n as servesExactly, r as sharesOf, t as allOn } from "./shares.js";
const versionState = object({
version: string(),
url: url().optional(),
state: _enum([
"starting",
"running",
"exited"
]),
output: array(string()).optional(),
pid: number().optional(),
requests: number(),
undelivered: number()
}), localState = object({
generation: string(),
serving: array(object({
version: string(),
weight: number()
})),
wayBack: string().optional(),
versions: array(versionState)
}), localRefusal = object({
reason: string(),
message: string(),
output: array(string()).optional(),
state: localState.optional()
});
function openLocal({ admin, token, start, health }, ports) {
return localTarget({
admin,
token: token ?? "",
command: words(start),
health: {
path: health,
withinMs: 6e4
}
}, ports);
}
function words(command) {
let [program, ...args] = command.trim().split(/\s+/);
if (program === void 0 || program === "") throw new InputError("target.local.start names no program; write for example `start: node server.mjs`.");
return [program, ...args];
}
function localTarget(options, ports) {
let answerWithinMs = options.answerWithinMs ?? 5e3, ask = async (method, path, body, withinMs = answerWithinMs) => {
let url = new URL(path, options.admin), init = {
method,
headers: {
authorization: `Bearer ${options.token}`,
"content-type": "application/json"
},
redirect: "error"
};
return body !== void 0 && (init.body = JSON.stringify(body)), withDeadline(ports, withinMs, async (signal) => {
let answer = await ports.fetch(url, {
...init,
signal
});
return {
arrived: !0,
status: answer.status,
body: parsedJson(await answer.text())
};
});
}, readState = async () => {
let answer = await ask("GET", "/state");
if (!answer.arrived) throw unreachable(options.admin, answer.message);
if (answer.status !== 200) throw refused(answer.status, answer.body);
let state = localState.safeParse(answer.body);
if (!state.success) throw new ProviderError("local", `${options.admin}/state gave an answer that cannot be read.`, {
status: answer.status,
cause: state.error
});
return state.data;
}, readPatiently = async () => {
for (let attempt = 1;; attempt += 1) try {
return await readState();
} catch (error) {
if (!(error instanceof ProviderError && error.retryable) || attempt === 3) throw error;
await ports.clock.sleep(100 * 2 ** (attempt - 1));
}
}, setWeights = async (wanted, wayBack, ifGeneration) => {
let weights = Object.fromEntries(wanted.map(({ version, weight }) => [version, weight])), answer = await ask("PUT", "/weights", {
weights,
wayBack,
ifGeneration
});
if (answer.arrived && (answer.status === 401 || answer.status === 403)) throw refused(answer.status, answer.body);
let refusal = answer.arrived && answer.status < 500 ? localRefusal.safeParse(answer.body) : void 0;
if (refusal?.success && refusal.data.state !== void 0) {
let { reason, message, state } = refusal.data;
return {
outcome: "not-applied",
reason,
message,
production: productionOf(state)
};
}
return settle(answer, wanted, readPatiently);
}, versionOf = async (version) => (await readState()).versions.find((known) => known.version === version), stagedIn = (state, wanted) => {
let found = state.versions.find(({ version }) => version === wanted);
return found?.state === "running" && found.url !== void 0 ? {
version: wanted,
url: found.url
} : void 0;
};
return {
kind: "local",
capabilities: {
shifts: "traffic",
compareAndSet: !0
},
observe: async () => productionOf(await readState()),
async stage({ commit, variant, directory, env }) {
ports.cancelled.throwIfAborted();
let { command, health } = options, version = versionNameOf({
commit,
variant
}), answer = await ask("POST", "/versions", {
version,
directory,
command,
env,
health
}, health.withinMs + 15e3);
if (answer.arrived && answer.status >= 400 && answer.status < 500) throw cannotStage(answer.status, answer.body);
let staged = stagedIn(await readPatiently(), version);
if (staged !== void 0) return staged;
let why = answer.arrived ? `it answered ${answer.status}` : answer.message;
throw new ProviderError("local", `Version ${version} is not running after it was staged: ${why}. Stage it again.`, { retryable: !0 });
},
shift({ candidate, stable, weight, ifGeneration }) {
return setWeights(sharesOf(candidate, stable, weight), stable, ifGeneration);
},
restore: ({ to, ifGeneration }) => setWeights(allOn(to), void 0, ifGeneration),
async health(version) {
let known = await versionOf(version);
if (known === void 0) return {
healthy: !1,
message: `Version ${version} does not exist any more.`
};
if (known.state !== "running" || known.url === void 0) {
let last = known.output?.at(-1), said = last === void 0 ? "" : ` Its last line was: ${last}`;
return {
healthy: !1,
message: `Version ${version} does not run, it is ${known.state}.${said}`
};
}
let url = new URL(options.health.path, known.url), answer = await withDeadline(ports, answerWithinMs, async (signal) => {
let { status } = await ports.fetch(url, {
signal,
redirect: "manual"
});
return {
arrived: !0,
status,
body: void 0
};
});
return answer.arrived ? {
healthy: answer.status >= 200 && answer.status < 300,
message: `Version ${version} answered ${answer.status} at ${url}.`
} : {
healthy: !1,
message: `Version ${version} did not answer ${url}: ${answer.message}.`
};
},
async address(version) {
let known = await versionOf(version);
return known?.state === "running" ? known.url : void 0;
},
async cleanup(keep) {
let before = await readState(), spared = new Set([...keep, ...before.serving.filter(({ weight }) => weight > 0).map((s) => s.version)]), superfluous = before.versions.map(({ version }) => version).filter((version) => !spared.has(version));
for (let version of superfluous) await ask("DELETE", `/versions/${encodeURIComponent(version)}`);
let left = new Set((await readPatiently()).versions.map(({ version }) => version));
return superfluous.filter((version) => !left.has(version));
}
};
}
async function settle(answer, wanted, read) {
let said = answer.arrived ? `the answer was ${answer.status}` : answer.message, production;
try {
production = productionOf(await read());
} catch (error) {
if (!(error instanceof ProviderError)) throw error;
return {
outcome: "unknown",
message: `The weights were sent (${said}), and production cannot be read: ${error.message}`
};
}
return servesExactly(production, wanted) ? {
outcome: "applied",
production
} : !answer.arrived || answer.status >= 500 && answer.status !== 503 ? {
outcome: "unknown",
message: `The weights were sent and production does not show them: ${said}.`
} : answer.status === 200 ? {
outcome: "not-applied",
reason: "changed-meanwhile",
message: "The weights were taken, and production shows others: it was changed meanwhile. Read it and decide anew.",
production
} : {
outcome: "not-applied",
reason: "unavailable",
message: `The local host did not take the weights: ${said}. They may be sent again.`,
production
};
}
const productionOf = ({ generation, serving }) => ({
generation,
serving
});
function parsedJson(text) {
try {
return JSON.parse(text);
} catch {
return;
}
}
async function withDeadline(ports, withinMs, send) {
let deadline = new AbortController(), answered = new AbortController(), expiry = ports.clock.sleep(withinMs, answered.signal).then(() => deadline.abort(), () => void 0);
try {
return await send(deadline.signal);
} catch (error) {
return {
arrived: !1,
message: deadline.signal.aborted ? `no answer came within ${withinMs} ms` : reasonOf(error)
};
} finally {
answered.abort(), await expiry;
}
}
function reasonOf(error) {
if (!(error instanceof Error)) return String(error);
let { cause } = error;
return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
function unreachable(admin, message) {
let text = `The local host at ${admin} cannot be reached: ${message}. Is the rehearsal still running?`;
return new ProviderError("local", text, { retryable: !0 });
}
function refused(status, body) {
let said = localRefusal.safeParse(body), message = said.success ? said.data.message : `The local host answered ${status}.`;
return new ProviderError("local", message, {
status,
retryable: status >= 500 || status === 429
});
}
function cannotStage(status, body) {
let said = localRefusal.safeParse(body);
if (!said.success || status !== 422 || said.data.reason === "port-taken") return refused(status, body);
let { message, output = [] } = said.data, lines = output.length === 0 ? "" : `\nIts last lines:\n${output.map((line) => `  ${line}`).join("\n")}`;
return new InputError(message + lines);
}
export { openLocal };
