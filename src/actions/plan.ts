import { type Begun, begin, remaining } from "../begin.ts";
import { tickCostText } from "../billed-minutes.ts";
import { checkBeforehand } from "../check-beforehand.ts";
import { refuseDropped } from "../dropped-output.ts";
import { planOf } from "../plan.ts";
import type { Ports } from "../ports.ts";
import { defineAction, type Values } from "../runner/define-action.ts";
import { flag } from "../runner/input.ts";
import type { Workflow } from "../runner/workflow.ts";
import { openSession, sessionInputs, stageCommitsOf } from "../session.ts";
import { takeUp } from "../take-up.ts";
import { pass } from "../verdict.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "plan",
  description:
    "Begin a release or take it up again: read the runbook, pin its plan in the record, and say what is left to do.",
  inputs: {
    ...sessionInputs,
    "override-rejected": flag("Release a commit that was rolled back before.").prefault("false"),
  },
  outputs: {
    stages: "Stages that are left, as a JSON list of `{name, commit, steps}`.",
    release: "Number of the release.",
    commit: "Commit that is released.",
  },
  async run(inputs, ports, workflow) {
    const { verdict, record } =
      inputs.resume === undefined
        ? await start(inputs, ports, workflow)
        : await takeUp(inputs.resume, inputs, ports, workflow);
    if (verdict.reason === "queued") return { verdict: pass("queued", verdict.message) };
    const release = record?.release ?? null;
    if (verdict.verdict !== "pass" || release === null || release.ended !== null) return { verdict };
    const stages = JSON.stringify(remaining(release));
    refuseDropped(stages, inputs, ports);
    return {
      verdict,
      outputs: {
        stages,
        release: String(release.id),
        commit: release.commit,
      },
    };
  },
});

async function start(
  inputs: Values<typeof sessionInputs> & { readonly overrideRejected: boolean },
  ports: Ports,
  workflow: Workflow,
): Promise<Partial<Begun> & Pick<Begun, "verdict">> {
  const written = await loadRunbook(inputs.runbook, workflow.workspace);
  const session = openSession(written, inputs, ports, workflow);
  const { runbook, variables, repository } = session;
  // Before anything begins; stages with commits of their own are looked at once more when these are known.
  refuseDropped(JSON.stringify(planOf(runbook).stages.map(({ name, steps }) => ({ name, steps }))), inputs, ports);
  const target = await session.target();
  const beforehand = await checkBeforehand({
    ...{ written, variables, target, repository, ports },
    commit: workflow.sha,
    directory: workflow.workspace,
  });
  if (beforehand.verdict !== "pass") return { verdict: beforehand };
  for (const line of tickCostText(planOf(runbook), runbook.ticks ?? "chain")) ports.log.info(line);
  return begin({
    ...session.base,
    target,
    runbook,
    commit: workflow.sha,
    workflow: workflow.file,
    overrideRejected: inputs.overrideRejected,
    stageCommits: stageCommitsOf(inputs, runbook, ports, workflow),
    migrations: async (stages) =>
      (await import("../plan-migrations.ts")).planMigrations(
        session,
        { workflow, commit: workflow.sha, stages },
        ports,
      ),
  });
}
