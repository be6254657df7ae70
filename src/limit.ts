import { DURATION_EXAMPLES, formatDuration, parseDuration } from "./duration.ts";
import { nearName } from "./near-name.ts";
import { type Dimension, parseQuantity, type Quantity, UNIT_NAMES } from "./quantity.ts";

const COMPARISONS = ["<", "<=", ">", ">=", "="] as const;
const PERCENTILES = ["p50", "p75", "p90", "p95", "p99"] as const;
const AGGREGATES = ["mean", ...PERCENTILES, "max", "growth"] as const;
const RIVALS = ["stable", "before"] as const;

export type Comparison = (typeof COMPARISONS)[number];
export type Aggregate = (typeof AGGREGATES)[number];
/** Whom the candidate is compared with: the version beside it, or the same metric before the release. */
export type Rival = (typeof RIVALS)[number];

export type Demand = { readonly op: Comparison; readonly quantity: Quantity } | { readonly op: "not-worse" };

/** Whether a value keeps a bound. */
export const keeps: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
  "=": (value, bound) => value === bound,
};

/** What must hold, as a person wrote it in one line. Plain JSON. */
export interface Limit {
  readonly metric: string;
  readonly aggregate?: Aggregate;
  readonly versus?: Rival;
  readonly demand: Demand;
  /** Milliseconds of bad time in a row that break the limit; without it the sequential test decides. */
  readonly for?: number;
}

export interface LimitProblem {
  /** Offset in the text, from 0, and how many characters are meant; both 0-length at the end of the text. */
  readonly at: number;
  readonly length: number;
  readonly message: string;
  /** How to mend it. */
  readonly hint: string;
}

export type ParsedLimit =
  | { readonly limit: Limit; readonly problems?: undefined }
  | { readonly limit?: undefined; readonly problems: readonly LimitProblem[] };

interface BuiltIn {
  readonly dimension: Dimension;
  /** Which direction is good; a limit the other way round would demand what nobody wants. */
  readonly good: "low" | "high" | "either";
}

/** Metrics whose meaning is fixed; every other name must be declared under `metrics`. */
const BUILT_IN = new Map<string, BuiltIn>([
  ["error-rate", { dimension: "share", good: "low" }],
  ["availability", { dimension: "share", good: "high" }],
  ["checks", { dimension: "share", good: "high" }],
  ["health", { dimension: "share", good: "high" }],
  ["latency", { dimension: "time", good: "low" }],
  ["throughput", { dimension: "per-second", good: "either" }],
  ["restarts", { dimension: "number", good: "low" }],
]);

const EXAMPLE: Record<Dimension, string> = {
  share: "1%",
  points: "+0.5pp",
  factor: "1.5x",
  time: "500ms",
  size: "512MB",
  "per-second": "50/s",
  "share-per-hour": "2%/h",
  number: "3",
};

const GRAMMAR = "`<metric> [aggregate] [vs stable | vs before] <op> <value><unit> [for <duration>]`";
const LONGEST = 200;

interface Token {
  readonly text: string;
  readonly at: number;
}

const isOneOf = <T extends string>(list: readonly T[], text: string | undefined): text is T =>
  list.some((item) => item === text);
const quoted = (items: readonly string[]) => items.map((item) => `\`${item}\``).join(", ");
const didYouMean = (near: string | undefined, otherwise: string) =>
  near === undefined ? otherwise : `Did you mean \`${near}\`?`;

/** Walks the tokens of one limit and gathers everything wrong with it. */
interface Reader {
  readonly problems: readonly LimitProblem[];
  peek(): string | undefined;
  take(): Token | undefined;
  /** Takes the next token when it is exactly `text`. */
  skip(text: string): Token | undefined;
  /** Without a token the end of the text is meant. */
  problem(token: Token | undefined, message: string, hint: string): void;
}

function newReader(text: string): Reader {
  const tokens = [...text.matchAll(/[<>=!≤≥]+|[^\s<>=!≤≥]+/g)].map((m): Token => ({ text: m[0], at: m.index }));
  const end = text.trimEnd().length;
  const problems: LimitProblem[] = [];
  let next = 0;
  const peek = () => tokens[next]?.text;
  const take = () => tokens[next++];
  return {
    problems,
    peek,
    take,
    skip: (word) => (peek() === word ? take() : undefined),
    problem: (token, message, hint) =>
      problems.push({ at: token?.at ?? end, length: token?.text.length ?? 0, message, hint }),
  };
}

interface Named {
  readonly token: Token;
  readonly metric: string;
  readonly aggregate?: Aggregate;
}

/** `error-rate`, `latency p95`, or `p95` alone, which means latency. */
function readMetric(reader: Reader, declared: ReadonlySet<string>): Named | undefined {
  const token = reader.take();
  if (token === undefined) {
    reader.problem(token, "The limit is empty.", `Write ${GRAMMAR}, such as \`error-rate < 1%\`.`);
    return undefined;
  }
  const name = token.text;
  if (isOneOf(PERCENTILES, name)) return { token, metric: "latency", aggregate: name };
  const known = [...BUILT_IN.keys(), ...declared];
  if (!known.includes(name)) {
    const near = isOneOf(AGGREGATES, name) ? `latency ${name}` : nearName(name, [...known, ...PERCENTILES]);
    const otherwise = `Declare it under \`metrics\`, or use one of ${quoted(known)}.`;
    reader.problem(token, `The metric \`${name}\` is not known.`, didYouMean(near, otherwise));
  }
  const aggregate = readAggregate(reader);
  return aggregate === undefined ? { token, metric: name } : { token, metric: name, aggregate };
}

function readAggregate(reader: Reader): Aggregate | undefined {
  const text = reader.peek();
  if (text === undefined || /^[<>=!≤≥]/.test(text) || text === "vs" || text === "not") return undefined;
  const token = reader.take();
  if (isOneOf(AGGREGATES, text)) return text;
  const hint = didYouMean(nearName(text, [...AGGREGATES, "vs"]), `Aggregates are ${quoted(AGGREGATES)}.`);
  reader.problem(token, `\`${text}\` is neither an aggregate, \`vs\` nor a comparison.`, hint);
  return undefined;
}

function readRival(reader: Reader): Rival | undefined {
  if (reader.skip("vs") === undefined) return undefined;
  const token = reader.take();
  if (isOneOf(RIVALS, token?.text)) return token?.text;
  const found = token === undefined ? "nothing" : `\`${token.text}\``;
  const near = nearName(token?.text ?? "", RIVALS);
  const hint = didYouMean(near && `vs ${near}`, "Write `vs stable` or `vs before`.");
  reader.problem(token, `After \`vs\` stands ${found}, not \`stable\` or \`before\`.`, hint);
  return undefined;
}

const OTHER_SPELLINGS = new Map<string, Comparison>([
  ["==", "="],
  ["=<", "<="],
  ["=>", ">="],
  ["≤", "<="],
  ["≥", ">="],
]);

interface Demanded {
  readonly op: Token;
  readonly value?: Token;
  readonly demand?: Demand;
}

/** `< 2%` or `not worse`. */
function readDemand(reader: Reader): Demanded | undefined {
  const op = reader.take();
  if (op?.text === "not" && reader.skip("worse")) return { op, demand: { op: "not-worse" } };
  if (!isOneOf(COMPARISONS, op?.text) || op === undefined) {
    const found = op === undefined ? "The limit ends before its comparison." : `\`${op.text}\` is not a comparison.`;
    const hint = didYouMean(OTHER_SPELLINGS.get(op?.text ?? ""), `Comparisons are ${quoted(COMPARISONS)}.`);
    reader.problem(op, found, hint);
    return undefined;
  }
  const value = reader.take();
  const quantity = parseQuantity(value?.text ?? "");
  if (quantity !== undefined && value !== undefined) {
    return { op, value, demand: { op: op.text as Comparison, quantity } };
  }
  reader.problem(value, valueMessage(value), valueHint(value, reader));
  return value === undefined ? undefined : { op, value };
}

function valueMessage(token: Token | undefined): string {
  if (token === undefined) return "The limit ends before its value.";
  if (token.text.startsWith("-")) return `\`${token.text}\` is negative; a limit is zero or more.`;
  return `\`${token.text}\` is not a number with a unit.`;
}

function valueHint(token: Token | undefined, reader: Reader): string {
  const unit = /^\+?[\d.]+(\D+)$/.exec(token?.text ?? "")?.[1];
  const near = unit && UNIT_NAMES.find((known) => known.toLowerCase() === unit.toLowerCase());
  if (near) return `Did you mean \`${token?.text.slice(0, -near.length)}${near}\`?`;
  if (token?.text.includes(",")) return `Write decimals with a point: \`${token.text.replace(",", ".")}\`.`;
  return reader.peek() === undefined ? `Units are ${quoted(UNIT_NAMES)}.` : "Write number and unit without a space.";
}

function readFor(reader: Reader): number | undefined {
  if (reader.peek() === undefined) return undefined;
  const word = reader.take();
  if (word?.text !== "for") {
    const unit = UNIT_NAMES.find((known) => known === word?.text);
    const hint = unit ? `Write number and unit without a space: \`500${unit}\`.` : "Only `for <duration>` may follow.";
    reader.problem(word, `\`${word?.text}\` stands after the value.`, hint);
    return undefined;
  }
  const token = reader.take();
  const duration = parseDuration(token?.text ?? "");
  if (duration === undefined || duration === 0) {
    const found =
      token === undefined ? "The limit ends after `for`." : `\`${token.text}\` is not a duration above zero.`;
    reader.problem(token, found, `Write one such as ${DURATION_EXAMPLES}.`);
  }
  const extra = reader.take();
  if (extra) reader.problem(extra, `\`${extra.text}\` stands after the end of the limit.`, `A limit is ${GRAMMAR}.`);
  return duration;
}

/** What the value's unit must be, given metric, aggregate and comparison. */
function checkMeaning(reader: Reader, named: Named, versus: Rival | undefined, demanded: Demanded): void {
  const { demand, op, value } = demanded;
  const builtIn = BUILT_IN.get(named.metric);
  checkAggregate(reader, named, builtIn, versus);
  if (demand === undefined) return;
  if (demand.op === "not-worse") {
    if (versus === undefined)
      reader.problem(op, "`not worse` needs somebody to compare with.", "Write `vs stable not worse`.");
    return;
  }
  checkDirection(reader, op, named, builtIn, demand.op);
  if (versus !== undefined) checkRelative(reader, op, value, builtIn, demand);
  else checkAbsolute(reader, named, value, builtIn, demand.quantity);
}

/** Only two versions can be compared by all of their latency; a limit in time needs to say which part of it is meant. */
function checkAggregate(
  reader: Reader,
  { token, metric, aggregate }: Named,
  builtIn: BuiltIn | undefined,
  versus: Rival | undefined,
): void {
  if (metric === "latency" && aggregate === undefined && versus !== "stable") {
    reader.problem(
      token,
      "`latency` alone does not say which one.",
      "Write `p95`, `latency mean` or another aggregate.",
    );
  }
  if (builtIn && metric !== "latency" && aggregate !== undefined && aggregate !== "growth") {
    reader.problem(token, `\`${metric}\` has no \`${aggregate}\`.`, `Write \`${metric}\` alone.`);
  }
}

function checkDirection(reader: Reader, op: Token, named: Named, builtIn: BuiltIn | undefined, sign: Comparison): void {
  const wrong = (builtIn?.good === "low" && sign.startsWith(">")) || (builtIn?.good === "high" && sign.startsWith("<"));
  if (!wrong) return;
  const turned = sign.startsWith(">") ? sign.replace(">", "<") : sign.replace("<", ">");
  reader.problem(
    op,
    `A limit states what must hold, and this one demands a bad ${named.metric}.`,
    `Did you mean \`${turned}\`?`,
  );
}

type Valued = Extract<Demand, { readonly quantity: Quantity }>;

function checkRelative(
  reader: Reader,
  op: Token,
  value: Token | undefined,
  builtIn: BuiltIn | undefined,
  demand: Valued,
): void {
  const { amount, dimension } = demand.quantity;
  if (demand.op === "=")
    reader.problem(op, "Two versions are never exactly equal.", "Write `<=`, `>=` or `not worse`.");
  if (builtIn?.dimension === "share" && builtIn.good === "high") {
    reader.problem(
      value,
      "A success share is compared by `not worse`.",
      "Write `vs stable not worse`, or limit `error-rate`.",
    );
  } else if (dimension === "points" && builtIn && builtIn.dimension !== "share") {
    reader.problem(value, "Percentage points compare shares only.", "Compare by a factor, such as `1.5x`.");
  } else if (dimension === "factor" && amount === 0) {
    reader.problem(value, "No version can be `0x` of another.", "Write a factor above zero, such as `1.5x`.");
  } else if (dimension !== "points" && dimension !== "factor") {
    const hint = `Write \`+${amount}pp\` for a difference or \`${1 + amount / 100}x\` for a ratio.`;
    reader.problem(value, "A comparison needs percentage points or a factor.", hint);
  }
}

function checkAbsolute(
  reader: Reader,
  named: Named,
  value: Token | undefined,
  builtIn: BuiltIn | undefined,
  found: Quantity,
): void {
  const wanted = named.aggregate === "growth" ? "share-per-hour" : builtIn?.dimension;
  if (found.dimension === "points" || found.dimension === "factor") {
    reader.problem(
      value,
      `\`${found.unit}\` compares two versions.`,
      "Put `vs stable` or `vs before` before the comparison.",
    );
  } else if (value?.text.startsWith("+")) {
    reader.problem(value, "`+` belongs to a difference.", "Remove it, or compare with `vs stable <= +0.5pp`.");
  } else if (wanted === "share" && found.dimension === "number") {
    reader.problem(value, `\`${value?.text}\` has no unit.`, rateHint(found.amount));
  } else if (wanted !== undefined && wanted !== found.dimension) {
    const name = named.aggregate === "growth" ? "growth" : named.metric;
    reader.problem(value, `\`${value?.text}\` does not fit ${name}.`, `Write a value such as \`${EXAMPLE[wanted]}\`.`);
  } else if (found.dimension === "share-per-hour" && named.aggregate !== "growth") {
    reader.problem(value, "`%/h` is a slope.", `Write \`${named.metric} growth\`.`);
  } else if (wanted === "share" && found.value > 1) {
    reader.problem(value, `\`${value?.text}\` is more than everything.`, "A share is at most `100%`.");
  }
}

function rateHint(amount: number): string {
  const percent = Number((amount * 100).toPrecision(12));
  if (amount >= 1) return `\`${amount}\` means ${percent} %: did you mean \`${amount}%\`?`;
  return `\`${amount}\` could mean \`${percent}%\` or \`${amount}%\`: write the one you mean.`;
}

/**
 * Reads one limit. `knownMetrics` are the names declared under `metrics`; the built-in ones are known anyway.
 * All problems are reported at once, each with its place in the text.
 */
export function parseLimit(text: string, knownMetrics: Iterable<string>): ParsedLimit {
  if (text.length > LONGEST) {
    return {
      problems: [{ at: LONGEST, length: text.length - LONGEST, message: "A limit is one short line.", hint: GRAMMAR }],
    };
  }
  const reader = newReader(text);
  const named = readMetric(reader, new Set(knownMetrics));
  const versus = named && readRival(reader);
  const demanded = named && readDemand(reader);
  const duration = demanded && readFor(reader);
  if (named && demanded) checkMeaning(reader, named, versus, demanded);
  if (reader.problems.length > 0 || !named || !demanded?.demand) return { problems: reader.problems };
  const { metric, aggregate } = named;
  return {
    limit: {
      metric,
      ...(aggregate && { aggregate }),
      ...(versus && { versus }),
      demand: demanded.demand,
      ...(duration && { for: duration }),
    },
  };
}

/** The limit in one spelling; `parseLimit` reads it back as the same limit. */
export function formatLimit(limit: Limit): string {
  const { metric, aggregate, versus, demand } = limit;
  const alone = metric === "latency" && isOneOf(PERCENTILES, aggregate);
  const words: (string | undefined)[] = alone ? [aggregate] : [metric, aggregate];
  if (versus) words.push("vs", versus);
  if (demand.op === "not-worse") words.push("not worse");
  else
    words.push(
      demand.op,
      `${demand.quantity.unit === "pp" ? "+" : ""}${demand.quantity.amount}${demand.quantity.unit}`,
    );
  if (limit.for !== undefined) words.push("for", formatDuration(limit.for));
  return words.filter((word) => word !== undefined).join(" ");
}
