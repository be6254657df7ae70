import type { Ports } from "../../ports.ts";
import { type Action, type Fields, readInputs } from "../../runner/define-action.ts";
import { readWorkflow, type Workflow } from "../../runner/workflow.ts";
import type { Verdict } from "../../verdict.ts";
import { type ActionCall, inputVariablesOf } from "./built-action.ts";

export interface Unharmed {
  readonly verdict: Verdict["verdict"];
  readonly reason: string;
  readonly log: string;
}

type Runs = (ports: Ports, workflow: Workflow) => Promise<Verdict>;

async function runs<F extends Fields, O extends Readonly<Record<string, string>>>(
  action: Action<F, O>,
  ports: Ports,
  workflow: Workflow,
): Promise<Verdict> {
  const inputs = readInputs(action.inputs, (name) => workflow.input(name) ?? "");
  return (await action.run(inputs, ports, workflow)).verdict;
}

/** The actions that prepare a journey or finish it. */
const actions: Readonly<Record<string, Runs>> = {
  plan: async (...given) => runs((await import("../../actions/plan.ts")).default, ...given),
  backup: async (...given) => runs((await import("../../actions/backup.ts")).default, ...given),
  deploy: async (...given) => runs((await import("../../actions/deploy.ts")).default, ...given),
  "canary-gate": async (...given) => runs((await import("../../actions/canary-gate.ts")).default, ...given),
  rollback: async (...given) => runs((await import("../../actions/rollback.ts")).default, ...given),
  advance: async (...given) => runs((await import("../../actions/advance.ts")).default, ...given),
};

/** Runs an action that nobody hits, in this very process: to start one takes most of a journey's time. */
export async function runUnharmed(call: ActionCall, ports: Ports): Promise<Unharmed> {
  let log = "";
  const say = (message: string) => {
    log += `${message}\n`;
  };
  const run = actions[call.name];
  if (run === undefined) throw new Error(`A journey cannot prepare itself with ${call.name}; add it to the actions.`);
  const env = { PATH: process.env["PATH"] ?? "", ...call.env, ...inputVariablesOf(call) };
  const own: Ports = { ...ports, env, log: { info: say, notice: say, warn: say, error: say }, mask: () => undefined };
  try {
    const { verdict, reason, message } = await run(own, readWorkflow(env));
    return { verdict, reason, log: `${log}${message}\n` };
  } catch (problem) {
    return { verdict: "error", reason: "threw", log: `${log}${String(problem)}\n` };
  }
}
