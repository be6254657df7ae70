import { InputError } from "./failure.ts";
import { githubClient } from "./github.ts";
import { notifier } from "./notifier.ts";
import type { Ports } from "./ports.ts";
import { githubRefStore } from "./record-store/github-ref.ts";
import { witnessedStore } from "./record-store/witnessed.ts";
import type { RecordSnapshot } from "./record-store.ts";
import { projectDeployment, witnessOf } from "./report/deployment.ts";
import type { RestoreScene } from "./restore-production.ts";
import { rollbackNotify, rollbackTarget } from "./rollback-target.ts";
import type { Workflow } from "./runner/workflow.ts";
import { type VariableInputs, variablesOf } from "./variables.ts";

export interface RollbackInputs extends VariableInputs {
  readonly environment: string;
  readonly to?: string | undefined;
  readonly release?: string | undefined;
  readonly reason: string;
  readonly force?: boolean | undefined;
  readonly target?: string | undefined;
  readonly runbook: string;
  readonly githubToken?: string | undefined;
}

/** With GitHub down a rollback waits for the record no longer than this, then goes on without it. */
const recordPatience = { requestMs: 5_000, totalMs: 15_000 };

/** A rollback inside of a workflow: the record through GitHub's API, the release on the repository's page. */
export async function openRollback(inputs: RollbackInputs, ports: Ports, workflow: Workflow): Promise<RestoreScene> {
  const { environment, to, reason, force, runbook, target } = inputs;
  const { repository, apiUrl, workspace, runUrl } = workflow;
  const variables = variablesOf(inputs, ports);
  const access = { token: inputs.githubToken ?? "", repository, apiUrl, patience: recordPatience };
  const client = githubClient(access, ports);
  const notify = notifier({ written: () => rollbackNotify(runbook, workspace), variables }, { run: runUrl }, ports);
  const show = async (snapshot: RecordSnapshot) => {
    const warning = await projectDeployment(client, snapshot, { runUrl });
    if (warning !== undefined) ports.log.warn(warning);
  };
  const opened = await rollbackTarget({ target, runbook, workspace, variables }, ports);
  return {
    environment,
    to,
    change: async (request) => {
      const { changer } = await import("./change.ts");
      return changer({ target: async () => opened, directory: workspace, variables, ports })(request);
    },
    release: releaseIn(inputs.release),
    reason,
    force,
    author: { run: workflow.runId, attempt: workflow.attempt, actor: workflow.actor },
    ports,
    store: witnessedStore(githubRefStore(client), client, ports),
    target: opened,
    witness: () => witnessOf(client, environment),
    // Loaded when traffic is back: a rollback has to begin fast.
    prove: async (release) => {
      const { proveRecovery } = await import("./prove-recovery.ts");
      return proveRecovery({ runbook, workspace, variables, target: opened, release }, ports);
    },
    onEntry: async (entry, snapshot) => {
      // What everybody expects is in the record, and costs nobody an API call more.
      if (entry.kind === "recovery" && entry.healthy) return;
      await Promise.all([show(snapshot), notify(entry, snapshot.record)]);
    },
    show,
  };
}

function releaseIn(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new InputError(`Input \`release\` is ${JSON.stringify(text)} and must be the number of a release, its run id.`);
}
