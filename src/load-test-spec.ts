import * as z from "zod";
import { expecting, refusing } from "./expectation.ts";
import { directory, duration, limit, listOf, rate, referencePattern, status, urlPath } from "./field.ts";
import { formatLimit, type Limit } from "./limit.ts";
import { arrivalsOf, type Schedule } from "./load-driver/arrivals.ts";
import { leastSample, type Unfit, unfitForLoad } from "./load-limit.ts";

/* What a runbook says of a load test: what is sent how often, and what must hold of the finished run. */

/** A request is written out, or it is nothing but a variable: `Bearer $TOKEN` would be sent as it stands. */
const sent = z
  .string()
  .max(10_000)
  .refine((text) => referencePattern.test(text) || !/\$[A-Z][A-Z0-9_]*/.test(text), { error: "header" });

const loadRequest = z.strictObject({
  path: urlPath.meta({ description: "A path on the release under test." }),
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], { error: expecting("method") })
    .default("GET")
    .meta({ description: "How it is asked." }),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), sent.regex(/^[^\r\n\0]*$/, { error: "header" }))
    .optional()
    .meta({ description: "Headers to send; a value may be a variable such as $API_KEY." }),
  body: sent.optional().meta({ description: "Body to send, or the variable that holds it." }),
  weight: z.number().positive().max(1_000_000).default(1).meta({ description: "How often, compared with the others." }),
  status: status.optional().meta({ description: "The only status expected; 200 to 399 if not given." }),
});

const loadRamp = z.strictObject({
  rate: rate.meta({ description: "Requests a second at the end of this ramp; reached in a straight line." }),
  for: duration.meta({ description: "How long this ramp takes." }),
});

const loadKeys = {
  requests: listOf(loadRequest).optional().meta({ description: "What is sent: one or several requests by weight." }),
  rate: rate.optional().meta({ description: "Requests that arrive each second, whether or not others were answered." }),
  for: duration.optional().meta({ description: "How long they arrive." }),
  ramps: listOf(loadRamp)
    .optional()
    .meta({ description: "Instead of `rate` and `for`: changes of the rate, beginning at zero." }),
  within: duration.optional().meta({ description: "Longest time an answer may take before it counts as none; 10s." }),
  "in-flight": z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: "Most requests without an answer at a time; further ones are dropped and counted; 500." }),
  "version-header": z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/)
    .optional()
    .meta({ description: "Header of an answer that names the version; x-version." }),
  k6: directory.optional().meta({ description: "Instead of `requests`: a k6 script, run by the k6 on PATH." }),
};

type LoadKeys = z.infer<z.ZodObject<typeof loadKeys>> & { readonly limits: readonly Limit[] };

/** The own driver's part, or nothing when a script brings its own. */
function scheduleOf({ rate, for: time, ramps }: LoadKeys): Schedule | undefined {
  if (ramps !== undefined) return { ramps };
  return rate !== undefined && time !== undefined ? { rate, for: time } : undefined;
}

function loadForm(step: LoadKeys): string | undefined {
  const own = Object.keys(loadKeys).filter((key) => key !== "k6" && step[key as keyof LoadKeys] !== undefined);
  if (step.k6 !== undefined)
    return own.length === 0 ? undefined : `\`${own[0]}\` says nothing beside \`k6\`: the script has its own`;
  if (step.requests === undefined) return "neither `requests` nor a `k6` script";
  if (step.ramps === undefined)
    return scheduleOf(step) === undefined ? "requests without `rate` and `for`, or `ramps`" : undefined;
  if (step.rate !== undefined || step.for !== undefined) return "both `ramps` and a constant `rate` or `for`";
  return step.ramps.every((ramp, i) => ramp.rate === (step.ramps?.[i - 1]?.rate ?? 0))
    ? "a load of nothing"
    : undefined;
}

/** Why a run of this schedule could never answer a limit; a script has no schedule that could be known before. */
function loadLimitProblem(limit: Limit, schedule: Schedule | undefined): Unfit | undefined {
  const unfit = unfitForLoad(limit);
  if (unfit !== undefined || schedule === undefined) return unfit;
  const { demand } = limit;
  const offered = "ramps" in schedule ? Math.max(...schedule.ramps.map(({ rate }) => rate)) : schedule.rate;
  if (
    limit.metric === "throughput" &&
    demand.op !== "not-worse" &&
    demand.op.startsWith(">") &&
    demand.quantity.value > offered
  )
    return {
      message: `a load of ${offered}/s cannot show \`${formatLimit(limit)}\``,
      fix: "Offer more than the throughput that must be reached.",
    };
  const due = arrivalsOf(schedule);
  const needed = leastSample(limit);
  if (due >= needed) return undefined;
  return {
    message: `${due} requests cannot answer \`${formatLimit(limit)}\`, which needs ${needed}`,
    fix: "Test longer or at a higher rate, or write a limit that fewer requests can answer.",
  };
}

export const loadTest = z
  .strictObject({
    ...loadKeys,
    limits: listOf(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." }),
  })
  .superRefine((step, context) => {
    const form = loadForm(step);
    if (form !== undefined)
      context.addIssue(
        refusing({
          code: "RB048",
          message: form,
          why: "A load test is either described here, or it is a k6 script.",
          fix: "Write `requests: [{ path: / }]`, `rate: 50/s` and `for: 30s`, or only `k6: load-test.js`.",
        }),
      );
    const schedule = step.k6 === undefined ? scheduleOf(step) : undefined;
    for (const [i, limit] of step.limits.entries()) {
      const problem = loadLimitProblem(limit, schedule);
      if (problem === undefined) continue;
      const why = "A limit that can never be decided would hold every release.";
      context.addIssue(refusing({ code: "RB108", ...problem, why }, ["limits", i]));
    }
  })
  .meta({ description: "Load on the new version at its own address, before it takes traffic." });
export type LoadTest = z.infer<typeof loadTest>;
