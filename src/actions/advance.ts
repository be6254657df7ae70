import { type Advance, advance, type StepRequest } from "../advance.ts";
import { backupDatabase } from "../backup-database.ts";
import { begin } from "../begin.ts";
import { canaryJudge } from "../canary-judge.ts";
import { migrateDatabase } from "../migrate-database.ts";
import type { Ports } from "../ports.ts";
import { runChecks } from "../run-checks.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, oneOf } from "../runner/input.ts";
import type { Workflow } from "../runner/workflow.ts";
import { checkContract, loadRunbook, openSession, pinned, type Session, sessionInputs } from "../session.ts";
import { stageCandidate } from "../stage-candidate.ts";
import { resolved } from "../variables.ts";
import { pass } from "../verdict.ts";

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
    "override-rejected": flag("Release a commit that was rolled back before.").prefault("false"),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const runbook = await loadRunbook(inputs.runbook, workflow.workspace, ports);
    const session = openSession(runbook, inputs, ports, workflow);
    const target = session.target();
    const judge = canaryJudge({ ports, target, runbook });
    if (inputs.steps === "canary") return { verdict: await tick(session, { target, judge, steps: {} }) };

    const contract = await checkContract(session);
    if (contract.verdict !== "pass") return { verdict: contract };
    const { overrideRejected } = inputs;
    const begun = await begin({
      ...session.base,
      target,
      runbook,
      commit: workflow.sha,
      overrideRejected,
      onEntry: session.project,
    });
    if (begun.verdict.verdict !== "pass") return { verdict: begun.verdict };
    return {
      verdict: await advance({ ...session.base, target, judge, steps: everyStep(session, ports, workflow, target) }),
    };
  },
});

/** A tick acts for whatever release is under way, whoever started it. */
async function tick(session: Session, offer: Pick<Advance, "target" | "judge" | "steps">) {
  const { base, runbook } = session;
  const { release } = (await base.store.read(base.environment)).record;
  if (release === null || release.ended !== null)
    return pass("nothing-under-way", "No release is under way, so there is nothing to look at.");
  return advance({ ...base, ...pinned(offer, runbook), asker: { release: release.id, attempt: release.attempt } });
}

function everyStep(
  session: Session,
  ports: Ports,
  workflow: Workflow,
  target: NonNullable<Advance["target"]>,
): Advance["steps"] {
  const { runbook, variables } = session;
  const workspace = workflow.workspace;
  const site = resolved(runbook.url, variables);
  const stage = ({ stage: { name } }: StepRequest) => runbook.stages.find((candidate) => candidate.name === name);
  const context = (url: string | undefined) => ({
    directory: workspace,
    url,
    commit: workflow.sha,
    branch: workflow.branch,
  });
  return {
    preflight: (request) => runChecks(stage(request)?.preflight ?? [], context(site), { ports, variables, site }),
    backup: async (request) => (await backupDatabase({ step: stage(request)?.backup, variables, ports })).verdict,
    migrate: (request) => migrateDatabase({ step: stage(request)?.migrate, workspace, variables, ports }),
    deploy: ({ release }) => stageCandidate({ target, commit: release.commit, workspace, variables, ports }),
    "smoke-test": (request) =>
      runChecks(stage(request)?.["smoke-test"] ?? [], context(request.release.candidate?.url), {
        ports,
        variables,
        site,
      }),
  };
}
