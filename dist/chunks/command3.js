import { m as InputError, r as plainText } from "./words.js";
import { i as parseDatabaseUrl } from "./connection.js";
import { i as identifyDatabase } from "./refusal2.js";
import { n as lastWords, r as onThisMachine } from "./tool-environment.js";
import { a as lockedEngine, n as limitsOf } from "./files.js";
import { r as lookBeforeTool, t as applyByTool } from "./tool.js";
import { createHash } from "node:crypto";
const line = /^(applied|pending|failed) +(\S+)(?: +(.*))?$/;
function commandEngine(options, ports) {
let { command, directory } = options, address = parseDatabaseUrl(options.url, "Applying migrations"), limits = limitsOf(options), place = options.place ?? onThisMachine(address, ports), run = (argument, env, take) => place.run({
command,
args: [argument],
directory,
env,
timeoutMs: limits.statementTimeoutMs + limits.retryForMs,
...take !== void 0 && { take }
}), look = async (client) => {
let target = await identifyDatabase(client), result = await run("status", { PGAPPNAME: "sluice" }, () => !0);
if (result.code !== 0) throw new InputError(`\`${command} status\` ${lastWords(result, () => !1)} It must end with 0 and print the migrations.`);
let all = result.stdout.split("\n").filter((text) => text.trim() !== "").map((text) => read(text, command)), migrations = all.map(({ name, state }) => ({
name,
state,
checksum: fingerprint(command, name)
})), problems = all.flatMap(({ name, state, advice }) => state === "failed" ? [{
reason: "migration-failed",
message: `\`${command} status\` says that ${name} failed. ${advice ?? "Repair it by hand, then run again."}`
}] : []);
return {
all: migrations,
pending: migrations.filter(({ state }) => state === "pending"),
status: {
migrations,
problems
},
target
};
};
return lockedEngine({
kind: "command",
address,
waitForLockMs: options.waitForLockMs,
look: (client) => lookBeforeTool(client, look),
apply: (client, seen) => applyByTool(client, seen, {
address,
limits,
name: `\`${command} migrate\``,
look,
run: async (env) => {
let result = await run("migrate", env);
return { failure: result.code === 0 ? void 0 : `\`${command} migrate\` ${lastWords(result, () => !1)}` };
}
}, ports)
}, ports);
}
function read(text, command) {
let [, state, name, advice] = line.exec(text.trimEnd()) ?? [];
if (name !== void 0 && (state === "applied" || state === "pending" || state === "failed")) return {
name: plainText(name),
state,
advice: advice === void 0 ? void 0 : plainText(advice)
};
throw new InputError(`\`${command} status\` printed "${plainText(text).slice(0, 80)}", which is not understood. It must print one line for each migration (applied NAME, pending NAME, or failed NAME and what to do), and anything else on standard error.`);
}
const fingerprint = (command, name) => createHash("sha256").update(`${command}\n${name}`).digest("hex");
export { commandEngine };
