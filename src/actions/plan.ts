import { begin, remaining } from "../begin.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag } from "../runner/input.ts";
import { checkContract, openSession, sessionInputs } from "../session.ts";
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
    stages: "Stages that are left, as a JSON list of `{name, steps}`.",
    release: "Number of the release.",
    commit: "Commit that is released.",
  },
  async run(inputs, ports, workflow) {
    const written = await loadRunbook(inputs.runbook, workflow.workspace);
    const session = openSession(written, inputs, ports, workflow);
    const contract = await checkContract(session);
    if (contract.verdict !== "pass") return { verdict: contract };
    const { verdict, record } = await begin({
      ...session.base,
      target: await session.target(),
      runbook: session.runbook,
      commit: workflow.sha,
      overrideRejected: inputs.overrideRejected,
    });
    if (verdict.verdict !== "pass" || record.release === null) return { verdict };
    return {
      verdict,
      outputs: {
        stages: JSON.stringify(remaining(record.release)),
        release: String(record.release.id),
        commit: record.release.commit,
      },
    };
  },
});
