import * as z from "zod";
import { approve, pause } from "./agreement.ts";
import { canary } from "./canary-spec.ts";
import { preflight, smokeTest } from "./check-spec.ts";
import { configure } from "./configure.ts";
import { backup, migrate } from "./database-spec.ts";
import { gitRef, name } from "./field.ts";
import { flagValues } from "./flag.ts";
import { loadTest } from "./load-test-spec.ts";
import { watch } from "./watch-spec.ts";

/*
 * One schema per step, written once: the runbook's keys under the step, the inputs of its action, the generated
 * tables and the editors' JSON Schema all come from here. Durations are read as milliseconds, percentages as 0 to 100.
 */

export const deploy = z
  .strictObject({
    tag: name.optional().meta({
      description: "Tags the commit that serves before anything is deployed, as `<tag>-20260113-101500`.",
    }),
  })
  .meta({ description: "Starts the new version beside the old one, without traffic." });

/** The value a bare key has, such as `deploy:` with nothing behind it. */
const orBare = <T extends z.ZodType>(step: T) => z.union([step, z.null().transform(() => ({}))]);

/** The steps of a stage by name, in the order in which they run. */
export const steps = {
  preflight,
  approve,
  backup,
  migrate,
  configure,
  pause,
  deploy,
  "smoke-test": smokeTest,
  "load-test": loadTest,
  canary,
  watch,
};

export const stage = z.strictObject({
  name: name.meta({ description: "What people call this stage." }),
  ref: gitRef.optional().meta({
    description:
      "Tag, branch or commit that this stage releases; the release's own commit if not given. Each contains the one before it.",
  }),
  flags: flagValues.optional(),
  preflight: preflight.optional(),
  approve: approve.optional(),
  backup: backup.optional(),
  migrate: migrate.optional(),
  configure: configure.optional(),
  pause: pause.optional(),
  deploy: orBare(deploy).optional(),
  "smoke-test": smokeTest.optional(),
  "load-test": loadTest.optional(),
  canary: canary.optional(),
  watch: watch.optional(),
});
export type Stage = z.infer<typeof stage>;
