import * as z from "zod";
import { expecting } from "./expectation.ts";
import { command, listOf } from "./field.ts";

const around = z.enum(["backup", "migrate", "configure", "deploy", "pause"], { error: expecting("around") });

/** What people see and what must stand still while a step runs; every command may be run twice. */
export const maintenance = z
  .strictObject({
    via: z.literal("target").optional().meta({
      description: "Run the commands on every host of `target.compose`, over its session, instead of in the job.",
    }),
    page: z
      .strictObject({
        on: command.meta({ description: "A command that puts the maintenance page up." }),
        off: command.meta({ description: "A command that takes it down." }),
      })
      .optional(),
    jobs: z
      .strictObject({
        stop: command.meta({ description: "A command that stops the workers." }),
        start: command.meta({ description: "A command that starts them again." }),
      })
      .optional(),
    around: z
      .union([listOf(around), around.transform((step) => [step])])
      .meta({ description: "The steps during which they are up and stopped: `migrate`." }),
  })
  .refine(({ page, jobs }) => page !== undefined || jobs !== undefined, { error: "at-least-one" })
  .meta({
    description:
      "A maintenance page, workers that stand still: turned on before a step, off after it, and off again whenever a release does not get to its end.",
  });
export type Maintenance = z.infer<typeof maintenance>;
