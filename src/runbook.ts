import * as z from "zod";
import { people, signOff } from "./agreement.ts";
import { noticeEvents } from "./channel.ts";
import { envContract } from "./check-spec.ts";
import { expecting } from "./expectation.ts";
import { duration, listOf, name, secretReference, site, textLike } from "./field.ts";
import { flagCommands } from "./flag.ts";
import { freeze } from "./freeze.ts";
import { maintenance } from "./maintenance.ts";
import { metric } from "./metric-spec.ts";
import { newCommitPolicies } from "./release/admit.ts";
import { stage } from "./step.ts";
import { targetSchema } from "./target-spec.ts";
import { tickSourceSchema } from "./tick-source.ts";
import { watch } from "./watch-spec.ts";

const on = listOf(z.enum(noticeEvents, { error: expecting("notice-event") }))
  .optional()
  .meta({ description: "What people are told about; everything when left away." });

/** Who is told, keyed by the channel's name. Addresses are secrets: whoever knows one can write there. */
export const notifySchema = z
  .strictObject({
    slack: z
      .strictObject({ webhook: secretReference.meta({ description: "The secret with the incoming webhook." }), on })
      .optional(),
    webhook: z
      .strictObject({
        url: secretReference.meta({ description: "The secret with the address that takes JSON." }),
        secret: secretReference.optional().meta({ description: "The secret that signs the body (HMAC-SHA256)." }),
        on,
      })
      .optional(),
  })
  .refine((channels) => Object.keys(channels).length > 0, { error: "at-least-one" });
export type NotifySpec = z.infer<typeof notifySchema>;

/** Another environment that releases the same commit first. */
const afterOther = z
  .strictObject({
    environment: name.meta({ description: "The environment that goes first, such as staging." }),
    watched: duration
      .optional()
      .meta({ description: "How long the commit must have served there; the end of its release there when absent." }),
    within: duration
      .optional()
      .meta({ description: "After this time its release there says nothing any more; it never ages when absent." }),
  })
  .meta({
    description:
      "A commit begins here only after another environment released it, watched it and is done; it waits in line until then.",
  });

/** The user's `.github/runbook.yml`. Durations are milliseconds, percentages 0 to 100; `$NAME` is not resolved yet. */
export const runbookSchema = z
  .strictObject({
    runbook: z.literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
    service: name.meta({ description: "What is released." }),
    environment: name.meta({ description: "Where it is released to, such as production." }),
    url: site.meta({ description: "Where people reach it." }),
    people: people.optional(),
    ticks: tickSourceSchema.optional().meta({
      description:
        "Who looks again while a release waits longer than a job may: `chain` (a tick starts the next one; the default), " +
        "`wait-timer` (the same, waiting in the environment `<environment>-tick`), `cron` or `external`. A tick by hand always works.",
    }),
    after: afterOther.optional(),
    "on-new-commit": z
      .enum(newCommitPolicies, { error: expecting("new-commit") })
      .optional()
      .meta({
        description:
          "What a push does while a release is under way and waits: `wait-latest` (the newest commit begins when it has ended), " +
          "`replace` (it ends, and traffic goes back first) or `refuse` (the default).",
      }),
    target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
    env: envContract
      .optional()
      .meta({ description: "What must be true of the variables, checked before anything moves." }),
    metrics: z
      .record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric)
      .optional()
      .meta({ description: "Where numbers come from; limits use these names." }),
    flags: flagCommands.optional(),
    stages: listOf(stage).meta({ description: "What a release does, in order." }),
    watch: watch.optional(),
    "sign-off": signOff.optional(),
    freeze: freeze.optional(),
    maintenance: maintenance.optional(),
    notify: notifySchema.optional().meta({ description: "Who is told what happens; never part of a verdict." }),
  })
  .meta({ title: "Sluice runbook", description: "How a commit gets to production, and back." });
export type Runbook = z.infer<typeof runbookSchema>;
