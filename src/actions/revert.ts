import { prepareRevert } from "../prepare-revert.ts";
import { defineAction } from "../runner/define-action.ts";
import { secret, text } from "../runner/input.ts";
import { openRecord } from "../session.ts";

export default defineAction({
  name: "revert",
  description:
    "Prepare the pull request that takes a rolled-back commit out of the branch, or say how to do it by hand.",
  inputs: {
    environment: text("Environment whose newest release was rolled back.").prefault("production"),
    "github-token": secret("Token that makes the branch and opens the pull request.").meta({
      default: "${{ github.token }}",
    }),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { client, store } = openRecord(inputs, ports, workflow);
    const { record } = await store.read(inputs.environment);
    const author = { name: "github-actions[bot]", email: "41898282+github-actions[bot]@users.noreply.github.com" };
    return { verdict: await prepareRevert({ client, record, branch: workflow.branch ?? "main", author }) };
  },
});
