import { answerComment } from "../answer-comment.ts";
import { githubClient } from "../github.ts";
import { defineAction } from "../runner/define-action.ts";
import { secret, text } from "../runner/input.ts";
import { openRecord } from "../session.ts";

export default defineAction({
  name: "command",
  description:
    "Do what a comment says: /approve, /sign-off, /hold, /continue, /rollback, /abort or /skip, if its author may say it.",
  inputs: {
    environment: text("Environment whose release is spoken to.").prefault("production"),
    "watch-workflow": text(
      "Your workflow that calls watch.yml, below `.github/workflows`; it acts on the word.",
    ).prefault("watch.yml"),
    "rollback-workflow": text(
      "Your workflow that calls rollback.yml, below `.github/workflows`; for /rollback when nothing is under way.",
    ).prefault("rollback.yml"),
    "github-token": secret("Token that appends to the record, answers, and starts workflows.").meta({
      default: "${{ github.token }}",
    }),
    "team-token": secret("Token that may read the members of teams named in the runbook; logins need none.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { client, store } = openRecord(inputs, ports, workflow);
    const { repository, apiUrl } = workflow;
    const teams = githubClient({ token: inputs.teamToken ?? inputs.githubToken ?? "", repository, apiUrl }, ports);
    return {
      verdict: await answerComment({
        event: workflow.event,
        environment: inputs.environment,
        run: { id: workflow.runId, attempt: workflow.attempt },
        client,
        isInTeam: teams.isInTeam,
        store,
        branch: workflow.branch ?? "main",
        workflows: { watch: inputs.watchWorkflow, rollback: inputs.rollbackWorkflow },
        ports,
      }),
    };
  },
});
