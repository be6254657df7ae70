import type { Advance, ChangeRequest } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import { handleOf } from "./flag.ts";
import type { Ports } from "./ports.ts";
import { runBounded } from "./run-bounded.ts";
import type { Variables } from "./variables.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface Changing {
  readonly target: () => Promise<DeployTarget>;
  /** Where the commands of the runbook run. */
  readonly directory: string;
  /** What the commands may know: they are the user's own, for exactly this. */
  readonly variables: Variables;
  readonly ports: Ports;
}

/** Turns maintenance, workers and flags on and off by what the record pinned, and puts configuration back. */
export const changer =
  ({ target, directory, variables, ports }: Changing): NonNullable<Advance["change"]> =>
  async ({ what, to, stage, handle, plan, withinMs }) => {
    if (what === "configuration") return putBack(await target(), to, handle);
    if (what === "flags") {
      const { putFlagsBack, setFlags } = await import("./set-flags.ts");
      const flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {};
      const until = ports.clock.monotonic() + withinMs;
      const scene = { target: await target(), commands: plan.flags ?? {}, directory, variables, ports, until };
      return asVerdict(() => (to === "on" ? setFlags(flags, scene) : putFlagsBack(flags, handle, scene)));
    }
    const command = (what === "maintenance" ? plan.maintenance?.page : plan.maintenance?.workers)?.[to];
    if (command === undefined)
      return fail("no-command", `The plan has no command that turns ${what} ${to}; do it by hand.`);
    if (plan.maintenance?.via === "target") return runOnHosts(command, { what, to, withinMs }, await target());
    return run(command, { what, to, withinMs }, { directory, variables, ports });
  };

/** What the flags of a stage are before it sets them, for the record. */
export const flagReader =
  ({ target, directory, variables, ports }: Changing): NonNullable<Advance["readFlags"]> =>
  async ({ stage, plan }) => {
    const { readFlags } = await import("./set-flags.ts");
    const flags = plan.stages.find(({ name }) => name === stage)?.flags ?? {};
    const scene = { target: await target(), commands: plan.flags ?? {}, directory, variables, ports };
    return handleOf(await readFlags(flags, scene));
  };

/** A command that does not do its work is the user's to mend, and fails the step it stands before. */
async function asVerdict(act: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await act();
  } catch (problem) {
    if (problem instanceof InputError) return fail("flag-failed", problem.message);
    throw problem;
  }
}

async function putBack(target: DeployTarget, to: "on" | "off", handle: string | null): Promise<Verdict> {
  if (to === "on" || handle === null) return pass("nothing-to-do", "Versions keep their own variables.");
  if (target.unconfigure === undefined)
    return fail("cannot-unconfigure", `The target ${target.kind} cannot put variables back; do it by hand.`);
  await target.unconfigure(handle);
  return pass("unconfigured", "The variables of the service are what they were before.");
}

/** Every host is asked, also when one before it failed: what is undone later is undone everywhere. */
async function runOnHosts(
  command: string,
  { what, to, withinMs }: Pick<ChangeRequest, "what" | "to" | "withinMs">,
  target: DeployTarget,
): Promise<Verdict> {
  if (target.runOnHosts === undefined)
    return fail("no-hosts", `The target ${target.kind} has no hosts that run commands; turn ${what} ${to} by hand.`);
  const answers = await target.runOnHosts(command, withinMs);
  const failed = answers.filter(({ code }) => code !== 0);
  if (failed.length === 0)
    return pass(
      `${what}-${to}`,
      `${what} is ${to} on ${answers.length === 1 ? "its host" : `all ${answers.length} hosts`}.`,
    );
  const said = failed.map(({ host, code, stdout, stderr }) => {
    const words = (stderr.trim() || stdout.trim()).slice(-200);
    return `on host ${host} it ended with ${code}: ${words}`;
  });
  return fail(`${what}-failed`, `The command that turns ${what} ${to} did not do it everywhere; ${said.join("; ")}`);
}

async function run(
  command: string,
  { what, to, withinMs }: Pick<ChangeRequest, "what" | "to" | "withinMs">,
  { directory, variables, ports }: Omit<Changing, "target">,
): Promise<Verdict> {
  const { code, stderr, stdout } = await runBounded(command, { cwd: directory, variables, withinMs }, ports);
  if (code === 0) return pass(`${what}-${to}`, `${what} is ${to}.`);
  const said = (stderr.trim() || stdout.trim()).slice(-500);
  return fail(`${what}-failed`, `The command that turns ${what} ${to} ended with ${code ?? "a signal"}: ${said}`);
}
