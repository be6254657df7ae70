import * as z from "zod";
import { goOn } from "../go-on.ts";
import { defineAction } from "../runner/define-action.ts";
import { secret, text } from "../runner/input.ts";
import { openRecord } from "../session.ts";
import { tickSourceSchema } from "../tick-source.ts";
import { pass } from "../verdict.ts";

const ticking = z.looseObject({ ticks: tickSourceSchema.optional() });

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
    "github-token": secret("Token that reads the record and starts workflows.").meta({
      default: "${{ github.token }}",
    }),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { client, store } = openRecord(inputs, ports, workflow);
    const { record } = await store.read(inputs.environment);
    const commit = record.release?.commit;
    // Whatever is wrong with the runbook, somebody has to look again.
    const written = commit === undefined ? null : await client.readFile(commit, inputs.runbook).catch(() => null);
    const { readBySchema } = await import("../runbook-file.ts");
    const read = written === null ? undefined : readBySchema(written, inputs.runbook, ticking);
    const source = read?.ok === true ? (read.value.ticks ?? "chain") : "chain";
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
