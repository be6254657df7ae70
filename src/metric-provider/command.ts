import * as z from "zod";
import type { Measurement, MetricProvider, Subject, Window } from "../metric-provider.ts";
import { type SeriesUnit, scaled, scaleOf } from "../metric-spec/series-unit.ts";
import type { Ports } from "../ports.ts";
import { notJson } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";
import { type CommandSpec, runCommand } from "./run-command.ts";

export interface CommandConfig extends CommandSpec {
  readonly gives: "counts" | "histogram" | "value";
  /** Of a value; what it is scaled from. */
  readonly unit?: SeriesUnit | undefined;
}

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const amount = z.number().nonnegative();
const stamp = {
  /** Which version the numbers are about: proof that the command asked for the right one. */
  version: z.string(),
  /** When the source itself said so. */
  observedAt: time,
  from: time.optional(),
  to: time.optional(),
};
const printed = {
  counts: z.strictObject({ ...stamp, bad: amount, total: amount }),
  histogram: z.strictObject({
    ...stamp,
    /** Cumulative counts inside the window per upper bound in milliseconds; `null` is the bound of everything. */
    buckets: z.array(z.strictObject({ le: amount.nullable(), count: amount })).min(1),
    sum: amount,
  }),
  value: z.strictObject({ ...stamp, value: amount }),
};

/**
 * Numbers from a command that prints one JSON object: `{"version", "observedAt", "bad", "total"}`, `{..., "value"}` or
 * `{..., "buckets": [{"le": 250, "count": 9}, {"le": null, "count": 10}], "sum"}`, with `from` and `to` when the window
 * differs from the one asked for. A command that fails, is late or prints anything else gives no data.
 */
export function commandProvider(
  config: CommandConfig,
  ports: Pick<Ports, "exec" | "env" | "cancelled">,
): MetricProvider {
  return {
    kind: "command",
    async measure(window, subject) {
      const output = await runCommand(config, window, subject, ports);
      return isNoData(output) ? output : measurementIn(output.stdout, config, window, subject);
    },
  };
}

function measurementIn(text: string, { gives, unit }: CommandConfig, asked: Window, { version }: Subject): Measurement {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return noData("unparsable", `What the command printed ${notJson(text)}.`);
  }
  const found = printed[gives].safeParse(json);
  if (!found.success) {
    const [issue] = found.error.issues;
    const place = issue?.path.join(".") || "the object";
    return noData("unparsable", `The command's JSON is not as documented for ${gives}: ${place} is missing or odd.`);
  }
  const { from = asked.from, to = asked.to, observedAt, version: about, ...numbers } = found.data;
  if (about !== version) return noData("other-version", `The command's numbers are not about version ${version}.`);
  const stamp = { window: { from, to }, observedAt, version, source: "command" };
  if ("value" in numbers) return { kind: "value", value: scaled(numbers.value, scaleOf("", unit) ?? 1), ...stamp };
  if ("total" in numbers) return { kind: "counts", bad: numbers.bad, total: numbers.total, ...stamp };
  const buckets = numbers.buckets.map(({ le, count }) => ({ le: le ?? Number.POSITIVE_INFINITY, count }));
  return { kind: "histogram", buckets, sum: numbers.sum, ...stamp };
}
