import * as z from "zod";
import { formatDuration } from "./duration.ts";
import { refusing } from "./expectation.ts";
import { duration, listOf, percentage } from "./field.ts";
import { limitLevels } from "./limit-levels.ts";

/* What a runbook says of a canary: its shares of traffic, and what each is judged by. */

const shift = z
  .strictObject({
    traffic: percentage.optional().meta({ description: "Share of production traffic the candidate gets." }),
    hosts: percentage
      .optional()
      .meta({ description: "Instead of `traffic`: the candidate gets so many of the target's hosts, rounded up." }),
    hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
    every: duration.optional().meta({ description: "Time between two looks at the limits." }),
    ...limitLevels,
  })
  .superRefine((shift, context) => {
    const { hold, every, limits, traffic, hosts } = shift;
    const share = traffic ?? hosts;
    if (share === undefined || (traffic !== undefined && hosts !== undefined)) {
      context.addIssue(
        refusing({
          code: "RB027",
          message: share === undefined ? "missing key `traffic`" : "both `traffic` and `hosts`",
          why: "A candidate gets its share either of each host's requests or as whole hosts.",
          fix: "Write `traffic: 5%`, or `hosts: 5%` where the target has several hosts.",
        }),
      );
      return;
    }
    if (limits === undefined && (hold !== undefined || share < 100)) {
      context.addIssue(
        refusing({
          code: "RB043",
          message: `${share}% of ${traffic === undefined ? "hosts" : "traffic"} is judged by nothing: \`limits\` is missing`,
          why: "A gate without a limit would always pass.",
          fix: "Add limits, such as `limits: [error-rate < 1%]`.",
        }),
      );
    }
    for (const key of ["hold", "every"] as const) {
      if (shift[key] !== undefined || limits === undefined) continue;
      context.addIssue(
        refusing({
          code: "RB027",
          message: `missing key \`${key}\``,
          why: "Limits are judged again and again while the candidate holds its share.",
          fix: key === "hold" ? "Say how long, such as `hold: 10m`." : "Say how often to look, such as `every: 1m`.",
        }),
      );
    }
    if (hold !== undefined && every !== undefined && every > hold) {
      context.addIssue(
        refusing(
          {
            code: "RB040",
            message: `a look every ${formatDuration(every)} does not fit into a hold of ${formatDuration(hold)}`,
            why: "The hold would end before the first look, so it could never pass.",
            fix: `Look at least every ${formatDuration(hold)}, or hold longer.`,
          },
          ["every"],
        ),
      );
    }
  })
  // `traffic` is the share that was asked for, whichever key it came from.
  .transform(({ traffic, hosts, ...rest }) => ({
    ...rest,
    traffic: traffic ?? hosts ?? 0,
    ...(hosts !== undefined && { hosts }),
  }));

const shifts = listOf(shift).superRefine((shifts, context) => {
  for (const [i, { traffic, hosts }] of shifts.entries()) {
    const before = shifts[i - 1]?.traffic;
    if (before === undefined || traffic > before) continue;
    context.addIssue(
      refusing(
        {
          code: "RB037",
          message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
          why: "Going down again would release to fewer people what was already proven on more.",
          fix: "Sort the shifts from the smallest share to 100%.",
        },
        [i, hosts === undefined ? "traffic" : "hosts"],
      ),
    );
  }
  const last = shifts.at(-1);
  if (last === undefined || last.traffic === 100) return;
  context.addIssue(
    refusing(
      {
        code: "RB039",
        message: `the last shift ends at ${last.traffic}%, not at 100%`,
        why: "The release would stop half-way with two versions in production.",
        fix: "Add a last shift: `- { traffic: 100% }`.",
      },
      [shifts.length - 1, last.hosts === undefined ? "traffic" : "hosts"],
    ),
  );
});

export const canary = z
  .strictObject({
    shifts: shifts.meta({ description: "Shares of traffic in rising order; the last is 100%." }),
    "on-fail": z
      .enum(["rollback", "step-back", "ask"])
      .default("rollback")
      .meta({
        description:
          "What a broken limit does: `rollback` gives all traffic back; `step-back` goes one share down, and a person " +
          "says whether it may try again; `ask` asks a person, and silence gives all traffic back.",
      }),
    "on-short-evidence": z
      .enum(["hold", "synthetic", "approve", "fail"])
      .default("hold")
      .meta({
        description:
          "What too little traffic does at `max-hold`: `hold` gives traffic back, and the commit may be released again; " +
          "`synthetic` first lets requests of our own decide, and says so; `approve` asks a person, and silence is " +
          "`hold`; `fail` counts as rolled back.",
      }),
    "decide-within": duration
      .optional()
      .meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." }),
    "max-hold": duration
      .optional()
      .meta({ description: "Longest stay at one share without a verdict; twice the longest hold if not given." }),
  })
  .superRefine((canary, context) => {
    const longest = Math.max(0, ...canary.shifts.map((shift) => shift.hold ?? 0));
    const max = canary["max-hold"];
    if (max === undefined || max >= longest) return;
    context.addIssue(
      refusing(
        {
          code: "RB104",
          message: `${formatDuration(max)} is shorter than the longest hold, ${formatDuration(longest)}`,
          why: "The candidate would be taken off before its hold could end.",
          fix: `Write at least ${formatDuration(longest)}, or leave the key away (twice the longest hold).`,
        },
        ["max-hold"],
      ),
    );
  })
  .meta({ description: "Gives the new version its traffic in shares, each judged by limits." });
export type Canary = z.infer<typeof canary>;
export type Shift = Canary["shifts"][number];
