import { platformSecrets } from "../named-secrets.ts";
import { openRollback } from "../open-rollback.ts";
import { restoreProduction } from "../restore-production.ts";
import { defineAction } from "../runner/define-action.ts";
import { flag, secret, text, yaml } from "../runner/input.ts";

export default defineAction({
  name: "rollback",
  description:
    "Give production back to the version that served before, or to the one that is named, and prove it by reading back.",
  inputs: {
    environment: text("Environment to roll back.").prefault("production"),
    to: text("Version to return to; what served before the newest release when empty.").optional(),
    release: text("Only go back if this release is the one under way; empty when a person decides.").optional(),
    reason: text("Why, for the record.").prefault("requested"),
    force: flag("Go back over a migration that the version may not work with.").prefault("false"),
    target: yaml("Where versions run, as under `target` in the runbook; read from the runbook when empty.").optional(),
    runbook: text("Path of the runbook, read only when `target` is empty.").prefault(".github/runbook.yml"),
    "github-token": secret("Token that reads and appends to the record.").meta({ default: "${{ github.token }}" }),
    "runbook-vars": text("Variables the runbook refers to as `$NAME`, as dotenv lines.").optional(),
    "runbook-env": secret("Secrets the runbook refers to as `$NAME`, as dotenv lines.").optional(),
    "slack-webhook-url": secret("Incoming webhook of Slack: `$SLACK_WEBHOOK_URL`.").optional(),
    ...platformSecrets,
  },
  outputs: { version: "The version that serves all traffic now." },
  async run(inputs, ports, workflow) {
    const { verdict, version } = await restoreProduction(await openRollback(inputs, ports, workflow));
    return { verdict, outputs: version === undefined ? {} : { version } };
  },
});
