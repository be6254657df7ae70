import * as z from "zod";
import { formatDuration, parseDuration } from "./duration.ts";
import { expecting, refusing } from "./expectation.ts";
import { duration, listOf, percentage } from "./field.ts";
import { limitLevels } from "./limit-levels.ts";

/** Looks at one pace until a moment of the watch, both in milliseconds. */
export const pace = z.strictObject({
  everyMs: z.number().positive(),
  /** Counted from the beginning of the watch. */
  untilMs: z.number().positive(),
});
export type Pace = z.infer<typeof pace>;

const longestWatchMs = 90 * 86_400_000;

/** `every 1m for 1h` lasts an hour from where the line before it ended; `every 5m until 8h` counts from the beginning. */
function readPace(line: string, from: number): Pace | undefined {
  const [, every = "", word = "", time = ""] = /^every\s+(\S+)\s+(for|until)\s+(\S+)$/.exec(line.trim()) ?? [];
  const everyMs = parseDuration(every);
  const lasting = parseDuration(time);
  if (everyMs === undefined || lasting === undefined) return undefined;
  const untilMs = word === "for" ? from + lasting : lasting;
  return everyMs > 0 && untilMs > from && everyMs <= untilMs - from && untilMs <= longestWatchMs
    ? { everyMs, untilMs }
    : undefined;
}

const schedule = listOf(z.string({ error: expecting("watch-pace") }))
  .transform((lines, context): Pace[] => {
    const paces: Pace[] = [];
    for (const [i, line] of lines.entries()) {
      const read = readPace(line, paces.at(-1)?.untilMs ?? 0);
      if (read === undefined) context.addIssue({ code: "custom", message: "watch-pace", path: [i] });
      else paces.push(read);
    }
    return paces;
  })
  .meta({ examples: [["every 1m for 1h", "every 5m until 8h", "every 15m until 24h"]] });

/** Looks at what serves production, after a stage or after the whole release. */
export const watch = z
  .strictObject({
    for: duration.optional().meta({ description: "How long what serves production is watched." }),
    every: duration.optional().meta({ description: "Time between two looks." }),
    schedule: schedule.optional().meta({
      description: "Instead of `for` and `every`: looks that become rarer, `every 1m for 1h`, `every 5m until 8h`.",
    }),
    ...limitLevels,
    coverage: percentage
      .default(90)
      .meta({ description: "Share of the time that must have been seen; a watch that saw less lasts longer. 90%." }),
    "on-fail": z
      .enum(["rollback", "ask"])
      .default("rollback")
      .meta({ description: "What a broken limit does: give traffic back, or ask a person (silence gives it back)." }),
    "on-short-evidence": z.enum(["hold", "fail"]).default("hold").meta({
      description:
        "What happens when after twice the time the limits are still unproven: `hold` asks a person, `fail` gives traffic back.",
    }),
    "decide-within": duration
      .optional()
      .meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." }),
  })
  .superRefine((watch, context) => {
    const { for: time, every, schedule, limits } = watch;
    const whole =
      schedule === undefined ? time !== undefined && every !== undefined : time === undefined && every === undefined;
    if (!whole)
      context.addIssue(
        refusing({
          code: "RB114",
          message:
            schedule === undefined ? "a watch without `for` and `every`" : "both `schedule` and `for` or `every`",
          why: "A watch says how long it lasts and how often it looks, once.",
          fix: "Write `for: 15m` and `every: 1m`, or `schedule: [every 1m for 1h, every 5m until 8h]`.",
        }),
      );
    if (time !== undefined && every !== undefined && every > time)
      context.addIssue(
        refusing(
          {
            code: "RB040",
            message: `a look every ${formatDuration(every)} does not fit into a watch of ${formatDuration(time)}`,
            why: "The watch would end before the first look, so it could never pass.",
            fix: `Look at least every ${formatDuration(time)}, or watch longer.`,
          },
          ["every"],
        ),
      );
    if (limits === undefined)
      context.addIssue(
        refusing({
          code: "RB043",
          message: "production is watched for nothing: `limits` is missing",
          why: "A watch without a limit would always pass.",
          fix: "Add limits, such as `limits: [error-rate < 1%]`.",
        }),
      );
  })
  .meta({ description: "Looks at what serves production for a while; it goes back when a limit is broken." });
export type Watch = z.infer<typeof watch>;

/** The paces of a watch, however they were written. */
export const pacesOf = ({ for: time, every, schedule }: Watch): Pace[] =>
  schedule ?? (time === undefined || every === undefined ? [] : [{ everyMs: every, untilMs: time }]);
