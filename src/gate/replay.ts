import { z } from "zod";
import { InputError } from "../failure.ts";
import { assess, type GateState, type MetricBatch, resumeGate } from "../gate.ts";
import type { Measurement } from "../metric-provider.ts";
import type { Verdict } from "../verdict.ts";

/*
 * A verdict in the record carries what it was computed from, so that anybody can compute it again: the gate as it was
 * before the first look that is kept, and what each look since measured. Counts only; where they were read stays out.
 */

/** A number that JSON would turn into null is kept as its name, because it decided something too. */
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
type Plain = z.input<typeof number>;
function plain(value: number): Plain {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

/** Window from and to, and when it was observed. */
const times = [number, number, number] as const;
/** Only where it is not the version that was asked for. */
const version = z.string().optional();

const savedMeasurement = z.union([
  z.tuple([z.literal("counts"), ...times, number, number, version]),
  z.tuple([z.literal("histogram"), ...times, number, z.array(z.tuple([number, number])), version]),
  z.tuple([z.literal("value"), ...times, number, version]),
  z.tuple([z.literal("no-data"), z.string(), z.string()]),
]);
type SavedMeasurement = z.input<typeof savedMeasurement>;

const savedLook = z.object({
  at: z.number(),
  batch: z.record(
    z.string(),
    z.object({ candidate: savedMeasurement.exactOptional(), stable: savedMeasurement.exactOptional() }),
  ),
});
type SavedLook = z.input<typeof savedLook>;

const savedReplay = z.object({
  version: z.literal(1),
  gate: z.looseObject({
    config: z.custom<GateState["config"]>((value) => typeof value === "object" && value !== null && "limits" in value),
  }),
  looks: z.array(savedLook),
});

/** What a verdict was computed from; plain JSON. */
export interface Replay {
  readonly version: 1;
  /** The gate before the first of the looks. */
  readonly gate: GateState;
  readonly looks: readonly SavedLook[];
}

/** The evidence of a record's entry may be 32 KiB; the verdict's own part needs room beside this. */
export const longestReplay = 20 * 1024;

export const newReplay = (gate: GateState): Replay => ({ version: 1, gate, looks: [] });

/** One look more. What no longer fits is folded into the gate the replay begins with, oldest first. */
export function withLook({ gate, looks }: Replay, batch: MetricBatch, at: number): Replay {
  let begin = gate;
  let kept = [...looks, saveLook(batch, at, gate)];
  while (kept.length > 1 && sizeOf({ version: 1, gate: begin, looks: kept }) > longestReplay) {
    // Half at a time, or a long hold would be measured anew at every look.
    const folded = kept.slice(0, Math.ceil(kept.length / 2));
    for (const look of folded) begin = assess(begin, restoreBatch(savedLook.parse(look), begin), look.at).state;
    kept = kept.slice(folded.length);
  }
  return { version: 1, gate: begin, looks: kept };
}

const sizeOf = (replay: Replay): number => JSON.stringify(replay).length;

/** What the record keeps: the replay, or why there is none. */
export const keptReplay = (replay: Replay): Replay | { readonly omitted: string } =>
  sizeOf(replay) <= longestReplay ? replay : { omitted: "one look of this gate is larger than the record allows" };

/** A verdict computed again, with the time of its look. */
export interface Replayed {
  readonly at: number;
  readonly verdict: Verdict;
}

/** Every look of a recorded replay, judged again. Throws `InputError` for what is none. */
export function replay(saved: unknown): readonly Replayed[] {
  const parsed = savedReplay.safeParse(saved);
  if (!parsed.success || parsed.data.looks.length === 0)
    throw new InputError("The record keeps nothing this verdict could be computed from.");
  const { gate, looks } = parsed.data;
  let state = resumeGate(gate.config, gate);
  return looks.map((look) => {
    const assessed = assess(state, restoreBatch(look, state), look.at);
    state = assessed.state;
    return { at: look.at, verdict: assessed.decision.explain() };
  });
}

const versionOf = ({ config }: GateState, of: "candidate" | "stable"): string =>
  of === "candidate" ? config.candidate : (config.stable ?? "");

function saveLook(batch: MetricBatch, at: number, gate: GateState): SavedLook {
  const saved: Record<string, SavedLook["batch"][string]> = {};
  for (const [metric, { candidate, stable }] of Object.entries(batch))
    saved[metric] = {
      ...(candidate && { candidate: save(candidate, versionOf(gate, "candidate")) }),
      ...(stable && { stable: save(stable, versionOf(gate, "stable")) }),
    };
  return { at, batch: saved };
}

function save(measured: Measurement, expected: string): SavedMeasurement {
  if (measured.kind === "no-data") return ["no-data", measured.reason, measured.message];
  const { window, observedAt, version } = measured;
  const when = [plain(window.from), plain(window.to), plain(observedAt)] as const;
  const other: [string] | [] = version === expected ? [] : [version];
  switch (measured.kind) {
    case "counts":
      return ["counts", ...when, plain(measured.bad), plain(measured.total), ...other];
    case "value":
      return ["value", ...when, plain(measured.value), ...other];
    case "histogram": {
      const buckets = measured.buckets.map(({ le, count }): [Plain, Plain] => [plain(le), plain(count)]);
      return ["histogram", ...when, plain(measured.sum), buckets, ...other];
    }
  }
}

type RestoredLook = z.output<typeof savedLook>;

function restoreBatch({ batch }: RestoredLook, gate: GateState): MetricBatch {
  const restored: Record<string, MetricBatch[string]> = {};
  for (const [metric, { candidate, stable }] of Object.entries(batch))
    restored[metric] = {
      ...(candidate && { candidate: restore(candidate, versionOf(gate, "candidate")) }),
      ...(stable && { stable: restore(stable, versionOf(gate, "stable")) }),
    };
  return restored;
}

function restore(saved: z.output<typeof savedMeasurement>, expected: string): Measurement {
  if (saved[0] === "no-data") return { kind: "no-data", reason: saved[1], message: saved[2] };
  const [, from, to, observedAt] = saved;
  const stamp = { window: { from, to }, observedAt, source: "record" };
  switch (saved[0]) {
    case "counts":
      return { kind: "counts", bad: saved[4], total: saved[5], version: saved[6] ?? expected, ...stamp };
    case "value":
      return { kind: "value", value: saved[4], version: saved[5] ?? expected, ...stamp };
    case "histogram": {
      const buckets = saved[5].map(([le, count]) => ({ le, count }));
      return { kind: "histogram", sum: saved[4], buckets, version: saved[6] ?? expected, ...stamp };
    }
  }
}
