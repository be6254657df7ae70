import { _ as pass, h as fail, p as InputError } from "./words.js";
import { k as handleOf } from "./runbook-keys.js";
import { t as minimalEnv } from "./minimal-env.js";
const commandWithinMs = 6e5;
const changer = ({ target, directory, variables, ports }) => async ({ what, to, stage, handle, plan }) => {
	if (what === "configuration") return putBack(await target(), to, handle);
	if (what === "flags") {
		const { putFlagsBack, setFlags } = await import("./set-flags.js");
		const flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {};
		const scene = {
			target: await target(),
			commands: plan.flags ?? {},
			directory,
			variables,
			ports
		};
		return asVerdict(() => to === "on" ? setFlags(flags, scene) : putFlagsBack(flags, handle, scene));
	}
	const command = (what === "maintenance" ? plan.maintenance?.page : plan.maintenance?.workers)?.[to];
	if (command === void 0) return fail("no-command", `The plan has no command that turns ${what} ${to}; do it by hand.`);
	if (plan.maintenance?.via === "target") return runOnHosts(command, {
		what,
		to
	}, await target());
	return run(command, {
		what,
		to
	}, {
		directory,
		variables,
		ports
	});
};
const flagReader = ({ target, directory, variables, ports }) => async ({ stage, plan }) => {
	const { readFlags } = await import("./set-flags.js");
	const flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {};
	const scene = {
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
	if (to === "on" || handle === null) return pass("nothing-to-do", "Versions keep their own variables.");
	if (target.unconfigure === void 0) return fail("cannot-unconfigure", `The target ${target.kind} cannot put variables back; do it by hand.`);
	await target.unconfigure(handle);
	return pass("unconfigured", "The variables of the service are what they were before.");
}
async function runOnHosts(command, { what, to }, target) {
	if (target.runOnHosts === void 0) return fail("no-hosts", `The target ${target.kind} has no hosts that run commands; turn ${what} ${to} by hand.`);
	const answers = await target.runOnHosts(command, commandWithinMs);
	const failed = answers.filter(({ code }) => code !== 0);
	if (failed.length === 0) return pass(`${what}-${to}`, `${what} is ${to} on ${answers.length === 1 ? "its host" : `all ${answers.length} hosts`}.`);
	const said = failed.map(({ host, code, stdout, stderr }) => {
		return `on host ${host} it ended with ${code}: ${(stderr.trim() || stdout.trim()).slice(-200)}`;
	});
	return fail(`${what}-failed`, `The command that turns ${what} ${to} did not do it everywhere; ${said.join("; ")}`);
}
async function run(command, { what, to }, { directory, variables, ports }) {
	const env = {
		...minimalEnv(ports.env),
		...variables
	};
	const { code, stderr, stdout } = await ports.exec("bash", [
		"--noprofile",
		"--norc",
		"-eo",
		"pipefail",
		"-c",
		command
	], {
		cwd: directory,
		env,
		timeoutMs: commandWithinMs
	});
	if (code === 0) return pass(`${what}-${to}`, `${what} is ${to}.`);
	const said = (stderr.trim() || stdout.trim()).slice(-500);
	return fail(`${what}-failed`, `The command that turns ${what} ${to} ended with ${code ?? "a signal"}: ${said}`);
}
export { changer, flagReader };
