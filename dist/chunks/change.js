import { _ as fail, m as InputError, y as pass } from "./words.js";
import { k as handleOf } from "./runbook-keys.js";
import { t as runBounded } from "./run-bounded.js";
const changer = ({ target, directory, variables, ports }) => async ({ what, to, stage, handle, plan, withinMs }) => {
if (what === "configuration") return putBack(await target(), to, handle);
if (what === "flags") {
let { putFlagsBack, setFlags } = await import("./set-flags.js"), flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {}, until = ports.clock.monotonic() + withinMs, scene = {
target: await target(),
commands: plan.flags ?? {},
directory,
variables,
ports,
until
};
return asVerdict(() => to === "on" ? setFlags(flags, scene) : putFlagsBack(flags, handle, scene));
}
let command = (what === "maintenance" ? plan.maintenance?.page : plan.maintenance?.workers)?.[to];
return command === void 0 ? fail("no-command", `The plan has no command that turns ${what} ${to}; do it by hand.`) : plan.maintenance?.via === "target" ? runOnHosts(command, {
what,
to,
withinMs
}, await target()) : run(command, {
what,
to,
withinMs
}, {
directory,
variables,
ports
});
}, flagReader = ({ target, directory, variables, ports }) => async ({ stage, plan }) => {
let { readFlags } = await import("./set-flags.js"), flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {}, scene = {
target: await target(),
commands: plan.flags ?? {},
directory,
variables,
ports
};
return handleOf(await readFlags(flags, scene));
};
async function asVerdict(act) {
try {
return await act();
} catch (problem) {
if (problem instanceof InputError) return fail("flag-failed", problem.message);
throw problem;
}
}
async function putBack(target, to, handle) {
return to === "on" || handle === null ? pass("nothing-to-do", "Versions keep their own variables.") : target.unconfigure === void 0 ? fail("cannot-unconfigure", `The target ${target.kind} cannot put variables back; do it by hand.`) : (await target.unconfigure(handle), pass("unconfigured", "The variables of the service are what they were before."));
}
async function runOnHosts(command, { what, to, withinMs }, target) {
if (target.runOnHosts === void 0) return fail("no-hosts", `The target ${target.kind} has no hosts that run commands; turn ${what} ${to} by hand.`);
let answers = await target.runOnHosts(command, withinMs), failed = answers.filter(({ code }) => code !== 0);
if (failed.length === 0) return pass(`${what}-${to}`, `${what} is ${to} on ${answers.length === 1 ? "its host" : `all ${answers.length} hosts`}.`);
let said = failed.map(({ host, code, stdout, stderr }) => `on host ${host} it ended with ${code}: ${(stderr.trim() || stdout.trim()).slice(-200)}`);
return fail(`${what}-failed`, `The command that turns ${what} ${to} did not do it everywhere; ${said.join("; ")}`);
}
async function run(command, { what, to, withinMs }, { directory, variables, ports }) {
let { code, stderr, stdout } = await runBounded(command, {
cwd: directory,
variables,
withinMs
}, ports);
if (code === 0) return pass(`${what}-${to}`, `${what} is ${to}.`);
let said = (stderr.trim() || stdout.trim()).slice(-500);
return fail(`${what}-failed`, `The command that turns ${what} ${to} ended with ${code ?? "a signal"}: ${said}`);
}
export { changer, flagReader };
