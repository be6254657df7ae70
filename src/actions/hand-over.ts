import { goOn, retryTickAfter } from "../go-on.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, secret, text } from "../runner/input.ts";
import { openRecord } from "../session.ts";
import { ticksOf } from "../ticks-of.ts";
import { fail, pass } from "../verdict.ts";

export default defineAction({
  name: "hand-over",
  description:
    "Start what goes on after this run: a tick while a release waits, or while a rollback has to be looked at again.",
  inputs: {
    environment: text("Environment whose record is read.").prefault("production"),
    runbook: text("Path of the runbook, read at the release's commit for its `ticks`.").prefault(".github/runbook.yml"),
    "release-workflow": text("Your workflow that calls release.yml, below `.github/workflows`.").prefault(
      "release.yml",
    ),
    "watch-workflow": text("Your workflow that calls watch.yml, below `.github/workflows`.").prefault("watch.yml"),
    "after-failed-tick": flag(
      "The tick of this run died or could not look. After several in a row nothing is started.",
    ).prefault("false"),
    "github-token": secret("Token that reads the record and starts workflows.").meta({
      default: "${{ github.token }}",
    }),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { client, store } = openRecord(inputs, ports, workflow);
    const { record } = await store.read(inputs.environment);
    const commit = record.release?.commit ?? record.queued?.commit;
    const source = commit === undefined ? "chain" : await ticksOf(client, commit, inputs.runbook);
    if (inputs.afterFailedTick) {
      const failed = await client.failuresInARow(inputs.watchWorkflow);
      const waitMs = retryTickAfter(failed);
      if (waitMs === undefined)
        return {
          verdict: fail(
            "ticks-fail",
            `This tick died as did ${failed} before it, so no other one is started. Look at their logs, and run ${inputs.watchWorkflow} when what they lack is there.`,
          ),
        };
      ports.log.warn(
        `This tick died, as did ${failed} before it; the next one is started in ${waitMs / 60_000} minutes.`,
      );
      await ports.clock.sleep(waitMs, ports.cancelled).catch(() => undefined);
      // Whoever cancels a tick wants no other one either.
      if (ports.cancelled.aborted) return { verdict: fail("cancelled", "The job was cancelled; nothing is started.") };
    }
    const next = await goOn({
      client,
      store,
      record,
      environment: inputs.environment,
      source,
      run: workflow.runId,
      branch: workflow.branch ?? "main",
      workflows: { release: inputs.releaseWorkflow, watch: inputs.watchWorkflow },
      ports,
    });
    return { verdict: pass(`next-${next.next}`, next.why) };
  },
});
