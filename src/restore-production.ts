import * as z from "zod";
import { advance } from "./advance.ts";
import { openTarget } from "./deploy-target/open.ts";
import type { DeployTarget, Production } from "./deploy-target.ts";
import { githubClient } from "./github.ts";
import type { Ports } from "./ports.ts";
import type { Entry, EnvironmentRecord } from "./record.ts";
import { githubRefStore } from "./record-store/github-ref.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { projectDeployment } from "./report/deployment.ts";
import { chooseRollback } from "./rollback.ts";
import { type TargetSpec, targetSchema } from "./runbook.ts";
import { readBySchema } from "./runbook-file.ts";
import type { Workflow } from "./runner/workflow.ts";
import { type VariableInputs, variablesOf } from "./variables.ts";
import { fail, pass, type Verdict } from "./verdict.ts";
import { accept, readInside, resolveParts } from "./written-runbook.ts";

export interface RollbackInputs extends VariableInputs {
  readonly environment: string;
  readonly to?: string | undefined;
  readonly release?: string | undefined;
  readonly reason: string;
  readonly target?: string | undefined;
  readonly runbook: string;
  readonly githubToken?: string | undefined;
}

interface Scene {
  readonly inputs: RollbackInputs;
  readonly ports: Ports;
  readonly workflow: Workflow;
  readonly store: RecordStore;
  readonly target: DeployTarget;
  readonly onEntry: (entry: Entry, snapshot: RecordSnapshot) => Promise<void>;
}

/**
 * Gives production back. As the second line of one release it asks `decide` like everybody else; asked by a person it
 * needs only the platform: not the runbook, not the record, not a metric, not a lock.
 */
export async function restoreProduction(
  inputs: RollbackInputs,
  ports: Ports,
  workflow: Workflow,
): Promise<{ verdict: Verdict; outputs: { version?: string } }> {
  const client = githubClient(
    { token: inputs.githubToken ?? "", repository: workflow.repository, apiUrl: workflow.apiUrl },
    ports,
  );
  const target = openTarget(await targetSpec(inputs, ports, workflow), ports);
  const scene: Scene = {
    inputs,
    ports,
    workflow,
    target,
    store: githubRefStore(client),
    onEntry: async (_entry, snapshot) => {
      const warning = await projectDeployment(client, snapshot, { runUrl: workflow.runUrl });
      if (warning !== undefined) ports.log.warn(warning);
    },
  };
  const verdict =
    inputs.release === undefined ? await asAsked(scene) : await asSecondLine(scene, Number(inputs.release));
  const serving = await target.observe().then(servingAll, () => undefined);
  return { verdict, outputs: serving === undefined ? {} : { version: serving } };
}

const servingAll = (production: Production) => production.serving.find((version) => version.weight === 100)?.version;

/** The target from the input, or from the runbook when the input is empty: of it, only this part has to be readable. */
async function targetSpec(inputs: RollbackInputs, ports: Ports, workflow: Workflow): Promise<TargetSpec> {
  const variables = variablesOf(inputs, ports);
  if (inputs.target !== undefined) {
    const written = accept(readBySchema(inputs.target, "input target", targetSchema), ports);
    return resolveParts(written, variables, ["local"], ports);
  }
  const text = await readInside(inputs.runbook, workflow.workspace);
  const written = accept(readBySchema(text, inputs.runbook, z.looseObject({ target: targetSchema })), ports);
  return resolveParts(written, variables, ["target"], ports).target;
}

/** For a release that failed or was cancelled: whatever is left to give back is given back. */
async function asSecondLine(scene: Scene, release: number): Promise<Verdict> {
  const { inputs, ports, workflow, store, target } = scene;
  const { record } = await store.read(inputs.environment);
  if (record.release?.id !== release)
    return pass("not-started", `Release ${release} never started here, so there is nothing to give back.`);
  const author = { run: workflow.runId, attempt: workflow.attempt, actor: workflow.actor };
  const abort = {
    reason: inputs.reason,
    message: inputs.reason === "cancelled" ? "The run was cancelled." : "A job of the release failed.",
  };
  const verdict = await advance({
    ports,
    store,
    target,
    author,
    environment: inputs.environment,
    asker: { release, attempt: Math.max(workflow.attempt, record.release.attempt) },
    steps: {},
    abort,
    onEntry: scene.onEntry,
  });
  const after = (await store.read(inputs.environment)).record.release?.ended;
  if (after === null || after === undefined) return verdict;
  const safe = ["failed", "rolled-back", "held", "done"].includes(after.as);
  return safe ? pass(after.as, `Release ${release} ended as ${after.as}: ${after.message}`) : verdict;
}

/** For a person: the platform first, the record after, and no record is no obstacle. */
async function asAsked(scene: Scene): Promise<Verdict> {
  const { inputs, ports, target, store } = scene;
  const snapshot = await store.read(inputs.environment).catch((problem: Error) => {
    ports.log.warn(`The record cannot be read (${problem.message}); going on with what the platform knows.`);
    return undefined;
  });
  const production = await target.observe();
  const choice = chooseRollback({ to: inputs.to, record: snapshot?.record, production });
  if (choice.choice === "refuse") return fail(choice.reason, choice.message);
  if (choice.choice === "nothing-to-do") return pass("nothing-to-do", choice.message);
  const health = await target.health(choice.to);
  if (!health.healthy)
    return fail(
      "target-unhealthy",
      `${choice.to} does not answer its health check (${health.message}), so traffic was not moved to it. Name another version with \`to\`.`,
    );

  const outcome = await target.restore({ to: choice.to });
  const after = outcome.outcome === "applied" ? outcome.production : await target.observe();
  const complete = servingAll(after) === choice.to;
  const shares = after.serving
    .filter((version) => version.weight > 0)
    .map((version) => `${version.version.slice(0, 12)} at ${version.weight}%`);
  const message = complete
    ? `All traffic is on ${choice.to}, read back at generation ${after.generation}; chosen because ${choice.why}.`
    : `Production is not all on ${choice.to}: it serves ${shares.join(" and ")}. Run the rollback again, or move traffic on the platform by hand.`;
  if (snapshot !== undefined)
    await journal(scene, snapshot, choice.to, choice.from, after.generation, complete, message);
  return complete ? pass("rolled-back", message) : fail("rollback-incomplete", message);
}

async function journal(
  scene: Scene,
  snapshot: RecordSnapshot,
  to: string,
  from: string | null,
  generation: string,
  complete: boolean,
  message: string,
): Promise<void> {
  const { inputs, ports, workflow, store } = scene;
  const entryFor = (record: EnvironmentRecord): Entry => ({
    kind: "rollback",
    at: ports.clock.now(),
    by: { run: workflow.runId, attempt: workflow.attempt, actor: workflow.actor },
    release: record.release?.id ?? 0,
    from,
    to,
    generation,
    as: complete ? "rolled-back" : "rollback-incomplete",
    reason: inputs.reason,
    message,
  });
  let onto = snapshot;
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const entry = entryFor(onto.record);
      const appended = await store.append(inputs.environment, onto, [entry]);
      if (appended.appended) return await scene.onEntry(entry, appended.snapshot);
      onto = await store.read(inputs.environment);
    } catch (problem) {
      ports.log.warn(
        `Traffic is where it should be, but the record could not be written: ${problem instanceof Error ? problem.message : String(problem)}`,
      );
      await ports.clock.sleep(100 * 2 ** attempt);
    }
  }
}
