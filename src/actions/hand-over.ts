import { afterDeath, throughOutage } from "../dead-tick.ts";
import { goOn } from "../go-on.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, secret, text } from "../runner/input.ts";
import { openRecord } from "../session.ts";
import { ticksOf } from "../ticks-of.ts";
import { pass } from "../verdict.ts";

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
    const { environment, afterFailedTick: dead } = inputs;
    const patience = throughOutage(ports.clock.monotonic());
    const { client, store } = openRecord(inputs, ports, workflow, dead ? patience : undefined);
    let { record } = await store.read(environment);
    const commit = record.release?.commit ?? record.queued?.commit;
    const source = commit === undefined ? "chain" : await ticksOf(client, commit, inputs.runbook);
    const run = workflow.runId;
    if (dead) {
      const { endsAt } = patience;
      const verdict = await afterDeath({ client, source, run, workflow: inputs.watchWorkflow, endsAt, ports });
      if (verdict !== undefined) return { verdict };
      // The release may have gone on, or ended, while this job waited.
      ({ record } = await store.read(environment));
    }
    const next = await goOn({
      client,
      store,
      record,
      environment,
      source,
      dead,
      run,
      branch: workflow.branch ?? "main",
      workflows: { release: inputs.releaseWorkflow, watch: inputs.watchWorkflow },
      ports,
    });
    return { verdict: pass(`next-${next.next}`, next.why) };
  },
});
