import * as z from "zod";
import { expecting } from "./expectation.ts";
import { duration, listOf, name, textLike, variableName } from "./field.ts";

/*
 * Where a runbook asks people: who they are, who agrees before a stage goes on, whose task a release waits for, and who
 * puts a name under the whole of it.
 */

const person = textLike(
  "person",
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})|@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100})$/,
);

/** A role, as `people` declares it; whether it does is judged where the declarations are known. */
const role = name;
const roles = listOf(role).meta({ description: "Roles of `people`." });

export const people = z
  .record(role, listOf(person))
  .meta({ description: "Who has which role: GitHub logins, or teams as `@organisation/team`." });

export const approve = z
  .strictObject({
    by: roles.meta({ description: "Roles of `people`, any of which may agree." }),
    minimum: z.number().int().min(1).max(20).default(1).meta({ description: "How many different people must agree." }),
  })
  .meta({ description: "The stage goes on when enough people agreed to exactly this commit and this evidence." });

export const pause = z
  .strictObject({
    task: z.string().regex(/\S/).max(500).meta({ description: "What a person has to do before the stage goes on." }),
    by: roles.meta({ description: "Roles of `people`, one of which says that it is done." }),
    changed: listOf(variableName).optional().meta({
      description:
        "Variables of the service that the task sets anew on the platform; the stage waits until they are, whatever anybody says.",
    }),
  })
  .meta({ description: "A task for a person, who says `/continue` when it is done." });

const signature = z.strictObject({
  by: roles.meta({ description: "Roles of `people`, any of which may sign." }),
  after: z
    .union([z.literal("deploy"), duration], { error: expecting("signature-after") })
    .optional()
    .meta({ description: "`deploy`, or how long after the last stage ended: `24h`." }),
  not: z.literal("author").optional().meta({ description: "`author`: whoever began the release may not sign." }),
});

export const signOff = z
  .object({ order: listOf(name).meta({ description: "Names of the signatures below, first to last." }) })
  .catchall(signature)
  .transform(({ order, ...signatures }) => ({ order, roles: signatures as Record<string, z.infer<typeof signature>> }))
  .meta({ description: "Whose names stand under a finished release, in which order." });
