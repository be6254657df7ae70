import type { Client } from "pg";
import { InputError, ProviderError } from "../failure.ts";
import type { Measurement, MetricProvider, Subject, Window } from "../metric-provider.ts";
import { type SeriesUnit, scaled, scaleOf } from "../metric-spec/series-unit.ts";
import { describeError, parseDatabaseUrl, withConnection } from "../migration/connection.ts";
import type { Ports } from "../ports.ts";
import { noData } from "./no-data.ts";
import { type RunningTotals, runningTotals } from "./running-totals.ts";

export interface SqlConfig {
  /** `postgresql://...` */
  readonly database: string;
  /** Set where it is reached through the target's session, at an address that every process has another one of. */
  readonly via?: "target" | undefined;
  /** Gives one row with one number. */
  readonly value?: string | undefined;
  /** Of the value; what it is scaled from. */
  readonly unit?: SeriesUnit | undefined;
  /** Gives one row with the columns `bad` and `total`, of `$from` to `$to`. */
  readonly counts?: string | undefined;
  /** Gives one row with the columns `bad` and `total`, which only ever grow. */
  readonly totals?: string | undefined;
  /** Milliseconds the query may take. Default 10 s. */
  readonly within?: number | undefined;
}

const LONGEST = 10_000;
/** What a question may ask about; sent as parameters, never pasted into the text. */
const PLACEHOLDER = /\$(version|from|to)\b/g;

/**
 * Numbers from a query on PostgreSQL, in a read-only transaction with a deadline. `$version`, `$from` and `$to` in the
 * text stand for the version and the window (text and timestamptz).
 *
 * Throws `InputError` for counts without their window: they would count the same events at every look.
 */
export function sqlProvider(config: SqlConfig, ports: Ports, saved?: unknown): MetricProvider {
  const address = parseDatabaseUrl(config.database, "Reading a metric");
  const text = config.value ?? config.counts ?? config.totals ?? "";
  const totals = runningTotals(JSON.stringify([config.via ?? address.name, text]), saved);
  if (config.counts !== undefined && !(/\$from\b/.test(text) && /\$to\b/.test(text)))
    throw new InputError(
      "A query for counts must be bounded by `$from` and `$to`, or every look would count the same events.",
    );
  const { within = LONGEST } = config;
  return {
    kind: "sql",
    totals: totals.save,
    async measure(window, subject) {
      const asked = ports.clock.now();
      try {
        const rows = await withConnection(address, "sluice metric", ports, (client) =>
          ask(client, parameterised(text, window, subject), within),
        );
        const stamp = { version: subject.version, source: `a query on ${address.name}` };
        return measurementOf(rows, config, { asked, window, stamp, totals });
      } catch (error) {
        return failureOf(error, address.name);
      }
    },
  };
}

interface Query {
  readonly text: string;
  readonly values: readonly string[];
}

function parameterised(text: string, window: Window, { version }: Subject): Query {
  const known = {
    version: [version, "text"],
    from: [new Date(window.from).toISOString(), "timestamptz"],
    to: [new Date(window.to).toISOString(), "timestamptz"],
  } as const;
  const values: string[] = [];
  const replaced = text.replace(PLACEHOLDER, (_, name: keyof typeof known) => {
    const [value, type] = known[name];
    values.push(value);
    return `$${values.length}::${type}`;
  });
  return { text: replaced, values };
}

async function ask(client: Client, { text, values }: Query, within: number): Promise<readonly unknown[]> {
  await client.query("begin transaction read only");
  await client.query("select set_config('statement_timeout', $1, true)", [String(within)]);
  // A name makes it a prepared statement, which is one statement only: a second could end the read-only transaction.
  const result = await client.query({ name: "metric", text, values: [...values] });
  // Nothing was written; rolled back it would count among the failed transactions that somebody may be watching.
  await client.query("commit");
  return result.rows;
}

interface Asked {
  readonly asked: number;
  readonly window: Window;
  readonly stamp: { readonly version: string; readonly source: string };
  readonly totals: RunningTotals;
}

function measurementOf(rows: readonly unknown[], config: SqlConfig, asking: Asked): Measurement {
  const { asked, window, stamp } = asking;
  const [row] = rows;
  if (rows.length !== 1 || typeof row !== "object" || row === null)
    return noData(rows.length === 0 ? "no-series" : "ambiguous", `${stamp.source} gave ${rows.length} rows, not one.`);
  const columns = Object.entries(row);
  if (config.value === undefined) {
    const [bad, total] = [numberIn(columns, "bad"), numberIn(columns, "total")];
    if (bad === undefined || total === undefined || bad > total)
      return noData("odd-number", `${stamp.source} gave no numbers \`bad\` and \`total\` that fit together.`);
    if (config.counts === undefined) return addedSince(bad, total, asking);
    return { kind: "counts", bad, total, window, observedAt: asked, ...stamp };
  }
  const [only] = columns;
  const value = columns.length === 1 && only !== undefined ? numberIn(columns, only[0]) : undefined;
  if (value === undefined) return noData("odd-number", `${stamp.source} gave something else than one number.`);
  const base = scaled(value, scaleOf("", config.unit) ?? 1);
  return { kind: "value", value: base, window: { from: asked, to: asked }, observedAt: asked, ...stamp };
}

/** What was added since the last look; statistics that were reset in between say nothing. */
function addedSince(bad: number, total: number, { asked, stamp, totals }: Asked): Measurement {
  const increase = totals.add(stamp.version, { at: asked, totals: { bad, total } });
  if (increase.from === undefined)
    return increase.reason === "first-look"
      ? noData("first-look", `${stamp.source} was asked for the first time; the next look compares.`)
      : noData(
          "counter-reset",
          `${stamp.source} counts from anew: the server restarted, or its statistics were reset.`,
        );
  const { bad: newBad = 0, total: newTotal = 0 } = increase.totals;
  const window = { from: increase.from, to: asked };
  return { kind: "counts", bad: newBad, total: newTotal, window, observedAt: asked, ...stamp };
}

/** Big integers and decimals come as text; null, NaN, negative and anything else is no number. */
function numberIn(columns: readonly (readonly [string, unknown])[], name: string): number | undefined {
  const value = columns.find(([column]) => column === name)?.[1];
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** A query that is wrong, or not allowed, is an error; a server that is away, busy or slow is no data. */
function failureOf(error: unknown, name: string): Measurement {
  if (error instanceof ProviderError) {
    if (!error.retryable) throw error;
    return noData("unreachable", error.message);
  }
  const { code, message } = describeError(error);
  if (code === "57014") return noData("late", `The query on ${name} took too long and was ended.`);
  // 22 data, 25 read-only transaction, 42 syntax and rights: https://www.postgresql.org/docs/current/errcodes-appendix.html
  if (/^(22|25|26|42|0A)/.test(code ?? ""))
    throw new ProviderError("postgres", `The query on ${name} was refused: ${message}. Mend the query.`, {
      ...(code !== undefined && { status: code }),
      cause: error,
    });
  return noData("unreachable", `The query on ${name} was not answered: ${message}.`);
}
