import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../src/duration.ts";
import { formatLimit, type Limit, parseLimit } from "../src/limit.ts";
import { nearName } from "../src/near-name.ts";
import { parsePercentage, parseQuantity } from "../src/quantity.ts";

const declared = ["memory", "cpu", "page-load", "new-issues"];

function limitOf(text: string): Limit {
  const { limit, problems } = parseLimit(text, declared);
  assert.deepEqual(problems, undefined);
  assert.ok(limit);
  return limit;
}

test("durations", () => {
  const table: readonly (readonly [string, number | undefined])[] = [
    ["30s", 30_000],
    ["15m", 900_000],
    ["2d", 172_800_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1s500ms", 1_500],
    ["0s", 0],
    ["", undefined],
    ["5", undefined],
    ["1.5h", undefined],
    ["30m1h", undefined],
    ["1h1h", undefined],
    ["-5m", undefined],
    ["5 m", undefined],
    ["5M", undefined],
    ["1w", undefined],
    ["5m\n", undefined],
    ["9999999d", undefined],
  ];
  for (const [text, expected] of table) assert.equal(parseDuration(text), expected, JSON.stringify(text));
});

test("every whole duration is read back as it was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 13 }), (milliseconds) => {
      assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
    }),
  );
  assert.equal(formatDuration(5_400_000), "1h30m");
});

test("quantities have one base unit per dimension, without the noise of binary fractions", () => {
  const table: readonly (readonly [string, string, number])[] = [
    ["2%", "share", 0.02],
    ["7%", "share", 0.07],
    ["0.1%", "share", 0.001],
    ["+0.5pp", "points", 0.005],
    ["1.5x", "factor", 1.5],
    ["500ms", "time", 500],
    ["2s", "time", 2_000],
    ["512MB", "size", 512_000_000],
    ["50/s", "per-second", 50],
    ["2%/h", "share-per-hour", 0.02],
    ["3", "number", 3],
  ];
  for (const [text, dimension, value] of table) {
    assert.deepEqual([parseQuantity(text)?.dimension, parseQuantity(text)?.value], [dimension, value], text);
  }
  for (const text of ["", "%", "1,5%", "1e3", "NaN", "-1%", "1 %", "1%%", "0x10", "5mb", ".5%", "1.%"]) {
    assert.equal(parseQuantity(text), undefined, text);
  }
  assert.deepEqual(["5%", "100%", "101%", "5", "+5%", "5pp"].map(parsePercentage), [
    5,
    100,
    ...Array(4).fill(undefined),
  ]);
});

test("limits as runbooks write them", () => {
  assert.deepEqual(limitOf("error-rate <= 1% for 5m"), {
    metric: "error-rate",
    demand: { op: "<=", quantity: { amount: 1, unit: "%", dimension: "share", value: 0.01 } },
    for: 300_000,
  });
  assert.deepEqual(limitOf("p95 <= 500ms"), {
    metric: "latency",
    aggregate: "p95",
    demand: { op: "<=", quantity: { amount: 500, unit: "ms", dimension: "time", value: 500 } },
  });
  assert.deepEqual(limitOf("error-rate vs stable <= +0.5pp"), {
    metric: "error-rate",
    versus: "stable",
    demand: { op: "<=", quantity: { amount: 0.5, unit: "pp", dimension: "points", value: 0.005 } },
  });
  assert.deepEqual(limitOf("latency p99 vs before not worse").demand, { op: "not-worse" });
  assert.deepEqual(limitOf("latency vs stable not worse"), {
    metric: "latency",
    versus: "stable",
    demand: { op: "not-worse" },
  });
  for (const text of [
    "latency mean < 100ms",
    "p99 < 1s",
    "error-rate vs before <= 2x",
    "memory growth < 2%/h",
    "memory < 90%",
    "cpu < 85% for 10m",
    "checks = 100%",
    "availability >= 99.9%",
    "throughput >= 50/s",
    "page-load p95 < 2s",
    "new-issues = 0",
    "error-rate vs stable not worse for 1h30m",
  ]) {
    assert.equal(formatLimit(limitOf(text)), text);
  }
  assert.equal(formatLimit(limitOf("  latency   p95<=500ms ")), "p95 <= 500ms");
});

/** What is wrong, where (as the text marked), and how to mend it. */
const wrong: readonly (readonly [text: string, marked: string, hint: RegExp])[] = [
  ["error-rate < 1", "1", /means 100 %: did you mean `1%`/],
  ["error-rate < 0.01", "0.01", /`1%` or `0.01%`/],
  ["error-rat < 1%", "error-rat", /Did you mean `error-rate`/],
  ["p96 < 1s", "p96", /Did you mean `p9[05]`/],
  ["mean < 100ms", "mean", /Did you mean `latency mean`/],
  ["latency < 100ms", "latency", /`p95`/],
  ["latency vs before not worse", "latency", /`p95`/],
  ["latency p96 < 100ms", "p96", /Did you mean/],
  ["error-rate p95 < 1%", "error-rate", /alone/],
  ["error-rate > 1%", ">", /Did you mean `<`/],
  ["availability < 99%", "<", /Did you mean `>`/],
  ["error-rate < 101%", "101%", /at most `100%`/],
  ["error-rate <", "", /Units are/],
  ["error-rate", "", /Comparisons are/],
  ["", "", /<metric>/],
  ["error-rate == 1%", "==", /Did you mean `=`/],
  ["error-rate ≤ 1%", "≤", /Did you mean `<=`/],
  ["error-rate < -1%", "-1%", /./],
  ["error-rate < 0,5%", "0,5%", /`0.5%`/],
  ["error-rate < five", "five", /Units are/],
  ["p95 < 500Ms", "500Ms", /Did you mean `500ms`/],
  ["p95 < 500ms 5m", "5m", /Only `for <duration>`/],
  ["p95 < 500ms for", "", /`15m`/],
  ["p95 < 500ms for ever", "ever", /`15m`/],
  ["p95 < 500ms for 0s", "0s", /`15m`/],
  ["p95 < 500ms for 5m now", "now", /A limit is/],
  ["p95 < 1%", "1%", /`500ms`/],
  ["error-rate vs stabel <= +1pp", "stabel", /Did you mean `vs stable`/],
  ["error-rate vs <= +1pp", "<=", /`vs stable` or `vs before`/],
  ["error-rate vs stable <= 5%", "5%", /`\+5pp` for a difference or `1.05x`/],
  ["error-rate vs stable = 1x", "=", /not worse/],
  ["error-rate vs stable <= 0x", "0x", /above zero/],
  ["p95 vs stable <= +1pp", "+1pp", /factor/],
  ["availability vs stable >= 0.9x", "0.9x", /not worse/],
  ["error-rate <= 1.5x", "1.5x", /vs stable/],
  ["error-rate <= +1%", "+1%", /vs stable/],
  ["error-rate not worse", "not", /vs stable not worse/],
  ["memory growth < 2%", "2%", /`2%\/h`/],
  ["memory < 2%/h", "2%/h", /memory growth/],
];

for (const [text, marked, hint] of wrong) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const { problems = [] } = parseLimit(text, declared);
    const found = problems.map(({ at, length, hint: mend }) => [text.slice(at, at + length), hint.test(mend)]);
    assert.ok(
      found.some(([place, mends]) => place === marked && mends === true),
      JSON.stringify(problems),
    );
    for (const { message } of problems) assert.match(message, /^[A-Z`].*\.$/);
  });
}

test("all problems of a line are said at once, each in its place", () => {
  const text = "error-rat vs stabel <= 5";
  const { problems = [] } = parseLimit(text, declared);
  assert.deepEqual(
    problems.map(({ at, length }) => text.slice(at, at + length)),
    ["error-rat", "stabel"],
  );
});

test("a text of any kind is a limit or has problems inside it, and never throws", () => {
  const word = fc.constantFrom(
    "error-rate",
    "p95",
    "latency",
    "vs",
    "stable",
    "not",
    "worse",
    "<",
    "<=",
    "1%",
    "for",
    "5m",
    "memory",
    "growth",
    "$(rm)",
    "\n",
    "%",
  );
  const anyText = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 9 }).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const { limit, problems } = parseLimit(text, declared);
      if (limit) return assert.deepEqual(limitOf(formatLimit(limit)), limit);
      assert.ok(problems.length > 0);
      for (const { at, length } of problems) assert.ok(at >= 0 && at + length <= text.length, text);
    }),
    { numRuns: 2_000 },
  );
});

test("a limit is one short line", () => {
  const { problems } = parseLimit(`error-rate ${" ".repeat(300)} < 1%`, []);
  assert.equal(problems?.length, 1);
});

test("near names", () => {
  assert.equal(nearName("eror-rate", ["error-rate", "latency"]), "error-rate");
  assert.equal(nearName("ERROR_RATE", ["error-rate"]), "error-rate");
  assert.equal(nearName("latnecy", ["latency"]), "latency");
  assert.equal(nearName("banana", ["latency", "error-rate"]), undefined);
});
