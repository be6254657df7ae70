import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData, Subject } from "../metric-provider.ts";
import { type SeriesUnit, scaled, scaleOf } from "../metric-spec/series-unit.ts";
import type { Ports } from "../ports.ts";
import { isRemembered } from "../remembered.ts";
import { quote } from "../source-text.ts";
import { askJson, below } from "./ask-json.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf } from "./read-page.ts";
import { type RunningTotals, runningTotals } from "./running-totals.ts";

interface Page {
  /** Path below the version's own address. */
  readonly path: string;
  /** Where the answer says which version it is about; without it the address alone says so. */
  readonly version?: string | undefined;
  /** Where the answer says which process counted, when several answer at one address. */
  readonly instance?: string | undefined;
  /** How many processes there are; 1 if not given. */
  readonly instances?: number | undefined;
}

export type JsonConfig = Page &
  (
    | { readonly bad: string; readonly total: string }
    | { readonly value: string; readonly unit?: SeriesUnit | undefined }
  );

/** Reads per instance that are tried to meet every one of them. */
const PATIENCE = 8;

interface Answer {
  readonly json: unknown;
  readonly instance: string;
}

interface Reading {
  /** One answer of every instance. */
  readonly answers: readonly Answer[];
  /** Before the first request: what happens while it is answered may be counted next time, but never twice. */
  readonly at: number;
  readonly source: string;
}

/**
 * Reads numbers from a version's own JSON page, by path: `http.errors`. Totals become increments between two reads of
 * the same processes, so the first look gives no data.
 */
export function jsonProvider(
  config: JsonConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  saved?: unknown,
): MetricProvider {
  if ((config.instances ?? 1) > 1 && config.instance === undefined)
    throw new InputError("Several instances can only be told apart by `instance`, the path of their id in the answer.");
  const totals = runningTotals(JSON.stringify(config), saved);
  return {
    kind: "json",
    totals: totals.save,
    async measure(_window, subject) {
      const reading = await read(config, subject, ports);
      if (isNoData(reading)) return reading;
      return "bad" in config
        ? takeCounts(config, reading, subject, totals)
        : takeValue(config.value, config.unit, reading, subject);
    },
  };
}

async function read(
  config: Page,
  { address, version }: Subject,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
): Promise<Reading | NoData> {
  if (address === undefined) return noData("no-address", `Version ${version} has no address of its own to read from.`);
  const { instances = 1 } = config;
  const url = below(new URL(address), config.path);
  const source = placeOf(url);
  const at = ports.clock.now();
  const answers = new Map<string, Answer>();
  for (let reads = 0; answers.size < instances && reads < PATIENCE * instances; reads++) {
    // A connection kept open would lead to the same process again.
    const headers = { "cache-control": "no-cache", connection: "close" };
    const page = await askJson(
      ports,
      { provider: "json", url, headers },
      noData("unreachable", `${source} answered 404.`),
    );
    if (isNoData(page)) return page;
    if (isRemembered(page.headers)) return noData("stale", `${source} was answered by a cache, not by the version.`);
    const answer = answerOf(page.json, config, version, source);
    if (isNoData(answer)) return answer;
    answers.set(answer.instance, answer);
  }
  if (answers.size < instances)
    return noData("instances-missing", `${source} was answered by ${answers.size} of ${instances} instances.`);
  return { answers: [...answers.values()], at, source };
}

function answerOf(json: unknown, config: Page, version: string, source: string): Answer | NoData {
  if (config.version !== undefined) {
    const found = lookUp(json, config.version);
    if (found !== version) return noData("other-version", `${source} is about version ${told(found)}, not ${version}.`);
  }
  if (config.instance === undefined) return { json, instance: "" };
  const instance = lookUp(json, config.instance);
  if (typeof instance === "string" || typeof instance === "number") return { json, instance: String(instance) };
  return noData("no-instance", `${source} has ${told(instance)} at \`${config.instance}\`, which names no instance.`);
}

function told(value: unknown): string {
  if (value === undefined) return "nothing";
  return quote(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}

/** Own properties only, so that no name reaches what every object inherits. */
export function lookUp(document: unknown, path: string): unknown {
  let value = document;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** A number, or why what stands there is none: no text with a unit, no empty list counts as a number. */
function numberAt(json: unknown, path: string, source: string): number | NoData {
  const value = lookUp(json, path);
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  if (value === undefined)
    return noData("no-series", `${source} has nothing at \`${path}\`; expose it from the start, at 0.`);
  return noData("odd-number", `${source} says ${told(value)} at \`${path}\`, which counts for nothing.`);
}

function takeCounts(
  { bad, total }: { readonly bad: string; readonly total: string },
  { answers, at, source }: Reading,
  { version, address, place }: Subject,
  running: RunningTotals,
): Measurement {
  const totals: Record<string, number> = {};
  for (const { json, instance } of answers)
    for (const [what, path] of Object.entries({ bad, total })) {
      const found = numberAt(json, path, source);
      if (typeof found !== "number") return found;
      totals[`${what} ${instance}`] = found;
    }
  const increase = running.add(JSON.stringify([version, place ?? address]), { at, totals });
  if (increase.from === undefined)
    return increase.reason === "first-look"
      ? noData("first-look", `${source} was read for the first time; the next look compares.`)
      : noData("counter-reset", `${source} counts from anew, so a process restarted; nothing of this look counts.`);
  const sum = (what: string) =>
    Object.entries(increase.totals).reduce(
      (all, [name, added]) => (name.startsWith(`${what} `) ? all + added : all),
      0,
    );
  const stamp = { window: { from: increase.from, to: at }, observedAt: at, version, source };
  return { kind: "counts", bad: sum("bad"), total: sum("total"), ...stamp };
}

/** Of several instances the worst counts. */
function takeValue(
  path: string,
  unit: SeriesUnit | undefined,
  { answers, at, source }: Reading,
  { version }: Subject,
): Measurement {
  const values: number[] = [];
  for (const { json } of answers) {
    const found = numberAt(json, path, source);
    if (typeof found !== "number") return found;
    values.push(found);
  }
  const value = scaled(Math.max(...values), scaleOf(path, unit) ?? 1);
  return { kind: "value", value, window: { from: at, to: at }, observedAt: at, version, source };
}
