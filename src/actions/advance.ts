import { advance } from "../advance.ts";
import { begin } from "../begin.ts";
import { checkBeforehand } from "../check-beforehand.ts";
import { everyStep } from "../every-step.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, oneOf, text } from "../runner/input.ts";
import { openSession, sessionInputs, stageCommitsOf } from "../session.ts";
import { tick } from "../tick.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "advance",
  description:
    "Release a commit the way the runbook says, in one job: run whatever is due, and give traffic back when the evidence says so.",
  inputs: {
    ...sessionInputs,
    steps: oneOf(
      ["all", "canary"],
      "`all` begins a release and runs every step that is due; `canary` only judges, shifts and rolls back the one under way (a tick).",
    ).prefault("all"),
    "release-workflow": text(
      "Your workflow that a tick starts when a next step is due; nothing is started when empty.",
    ).optional(),
    "watch-workflow": text(
      "Your workflow that a tick starts for the next tick; nothing is started when empty.",
    ).optional(),
    "override-rejected": flag("Release a commit that was rolled back before.").prefault("false"),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    if (inputs.steps === "canary") {
      const { releaseWorkflow: release, watchWorkflow: watch } = inputs;
      const successors = release === undefined || watch === undefined ? undefined : { release, watch };
      return { verdict: await tick(inputs, ports, workflow, successors) };
    }
    const written = await loadRunbook(inputs.runbook, workflow.workspace);
    const session = openSession(written, inputs, ports, workflow);
    const target = await session.target();
    const { canaryJudge } = await import("../canary-judge.ts");
    const judge = canaryJudge({ ports, target, runbook: session.judged() });
    const { watchJudge } = await import("../watch-judge.ts");
    const watch = watchJudge({ ports, target, runbook: session.judged() });

    const { variables, repository } = session;
    const beforehand = await checkBeforehand({
      ...{ written, variables, target, repository, ports },
      commit: workflow.sha,
      directory: workflow.workspace,
    });
    if (beforehand.verdict !== "pass") return { verdict: beforehand };
    const { overrideRejected } = inputs;
    const begun = await begin({
      ...session.base,
      target,
      runbook: session.runbook,
      commit: workflow.sha,
      workflow: workflow.file,
      overrideRejected,
      stageCommits: stageCommitsOf(inputs, session.runbook, ports, workflow),
      migrations: async (stages) => {
        const { planMigrations } = await import("../plan-migrations.ts");
        return planMigrations(session, { workflow, commit: workflow.sha, stages }, ports);
      },
    });
    if (begun.verdict.verdict !== "pass") return { verdict: begun.verdict };
    return {
      verdict: await advance({
        ...session.base,
        target,
        judge,
        steps: everyStep(session, ports, workflow, target),
        watch,
      }),
    };
  },
});
