import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { advance } from "../../src/advance.ts";
import { begin } from "../../src/begin.ts";
import { canaryJudge } from "../../src/canary-judge.ts";
import { judgeSeries } from "../../src/cli/judge/looks.ts";
import { recompute } from "../../src/cli/judge/recorded.ts";
import { readSeries } from "../../src/cli/judge/series.ts";
import { looksTable } from "../../src/cli/judge/table.ts";
import { localTarget } from "../../src/deploy-target/local.ts";
import { parseLimit } from "../../src/limit.ts";
import type { Entry } from "../../src/record.ts";
import { journalHistory } from "../../src/record-store/journal-history.ts";
import { localGitStore } from "../../src/record-store/local-git.ts";
import { startLocalHost } from "../../src/rehearsal/local-host.ts";
import { readRunbook } from "../../src/runbook-file.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { pass } from "../../src/verdict.ts";
import { swiftPorts } from "../swift-ports.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-judge-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

async function judge(args: readonly string[], input = "") {
  const child = spawn(process.execPath, [main, "judge", ...args], { env: { PATH: process.env["PATH"] ?? "" } });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
}

function file(name: string, content: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
}

const start = Date.UTC(2026, 2, 1, 12);
const minute = 60_000;

interface Row {
  readonly at: number;
  readonly candidate: { readonly total: number; readonly bad: number };
  readonly stable: { readonly total: number; readonly bad: number };
}

/** Ten minutes of 300 requests a minute on the candidate, so many of them bad. */
const rows = (bad: number): readonly Row[] =>
  Array.from({ length: 10 }, (_, i) => ({
    at: start + (i + 1) * minute,
    candidate: { total: 300, bad },
    stable: { total: 5_700, bad: 4 },
  }));

const jsonOf = (series: readonly Row[]) => JSON.stringify(series, null, 1);
const csvOf = (series: readonly Row[]) =>
  [
    "at,candidate_total,candidate_bad,stable_total,stable_bad",
    ...series.map(({ at, candidate, stable }) =>
      [new Date(at).toISOString(), candidate.total, candidate.bad, stable.total, stable.bad].join(","),
    ),
  ].join("\n");
const prometheusOf = (series: readonly Row[]) => {
  const line = (version: "candidate" | "stable", sluice: "total" | "bad") => ({
    metric: { version, sluice },
    values: series.map((row) => [row.at / 1000, String(row[version][sluice])]),
  });
  const result = [line("candidate", "total"), line("candidate", "bad"), line("stable", "total"), line("stable", "bad")];
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
};

const options = { metric: "error-rate", by: "version", candidate: "candidate", stable: "stable" };
const read = (content: string, metric = "error-rate") => readSeries(content, "series", { ...options, metric });

function limitOf(limit: string) {
  const parsed = parseLimit(limit, ["memory"]);
  assert.ok(parsed.limit, JSON.stringify(parsed.problems));
  return parsed.limit;
}

const looksAt = (content: string, limit = "error-rate < 2%", more = {}) =>
  judgeSeries(read(content, limitOf(limit).metric), {
    limits: [limitOf(limit)],
    candidate: "candidate",
    stable: "stable",
    ...more,
  });

test("every way to write a series gives the same verdict at every look", () => {
  const series = rows(1);
  const array = looksAt(jsonOf(series));
  assert.equal(array.length, 10);
  assert.equal(array.at(-1)?.verdict.verdict, "pass");
  assert.deepEqual(looksAt(series.map((row) => JSON.stringify(row)).join("\n")), array, "JSON lines");
  assert.deepEqual(looksAt(csvOf(series)), array, "CSV");
  assert.deepEqual(looksAt(prometheusOf(series)), array, "Prometheus");
  const named = series.map(({ at, candidate, stable }) => ({
    at: new Date(at).toISOString(),
    candidate: { "error-rate": candidate },
    stable: { "error-rate": stable },
  }));
  assert.deepEqual(looksAt(JSON.stringify(named)), array, "metrics by name");
});

test("a broken limit ends the looks where the canary would have ended", () => {
  const looks = looksAt(jsonOf(rows(24)));
  assert.ok(looks.length < 5, `${looks.length} looks`);
  assert.deepEqual([looks.at(-1)?.verdict.verdict, looks.at(-1)?.verdict.reason], ["fail", "limit-broken"]);
});

test("batches between two looks are added up", () => {
  const every = looksAt(jsonOf(rows(1)), "error-rate < 2%", { every: 5 * minute });
  assert.deepEqual(
    every.map(({ after }) => after / minute),
    [5, 10],
  );
  assert.match(JSON.stringify(every[0]?.verdict.evidence), /"candidate":\{"total":1500,"bad":5\}/);
});

test("histograms and values are judged too", () => {
  const buckets = (slow: number) => ({
    buckets: [
      [100, 200 - slow],
      [250, 200],
      ["+Inf", 200],
    ],
    sum: 20_000,
  });
  const slow = (count: number) =>
    JSON.stringify(rows(0).map(({ at }) => ({ at, candidate: buckets(count), stable: null })));
  assert.equal(looksAt(slow(2), "p95 < 100ms").at(-1)?.verdict.verdict, "pass");
  assert.equal(looksAt(slow(60), "p95 < 100ms").at(-1)?.verdict.verdict, "fail");
  const csv = ["at,candidate_le_100,candidate_le_250,candidate_le_inf,candidate_sum"];
  for (const { at } of rows(0)) csv.push(`${at},140,200,200,20000`);
  assert.equal(looksAt(csv.join("\n"), "p95 < 100ms").at(-1)?.verdict.verdict, "fail");

  const memory = (value: number) => ["at,candidate_value", ...rows(0).map(({ at }) => `${at},${value}`)].join("\n");
  assert.equal(looksAt(memory(0.5), "memory < 90%").at(-1)?.verdict.verdict, "pass");
  assert.equal(looksAt(memory(0.95), "memory < 90%").at(-1)?.verdict.verdict, "fail");
});

test("gaps, NaN and a missing series of bad events are no data, never a pass", () => {
  const gaps = rows(0).map(({ at, stable }) => ({ at, candidate: null, stable }));
  const empty = rows(0).map(({ at, stable }) => ({ at, candidate: { total: 0, bad: 0 }, stable }));
  const answer = JSON.parse(prometheusOf(rows(0)));
  answer.data.result[1].values = answer.data.result[1].values.map(([at]: [number]) => [at, "NaN"]);
  const nan = JSON.stringify(answer);
  answer.data.result.splice(1, 1);
  for (const content of [JSON.stringify(gaps), JSON.stringify(empty), nan, JSON.stringify(answer)]) {
    const { verdict } = looksAt(content).at(-1) ?? { verdict: pass("none", "none") };
    assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "no-data"], verdict.message);
  }
});

test("a look of which a part is missing is no data of that version, not less of it", () => {
  const holed = rows(0).map((row, i) => (i % 2 === 0 ? { ...row, stable: null } : row));
  const { verdict } = looksAt(JSON.stringify(holed), "error-rate < 2%", { every: 120_000 }).at(-1) ?? {
    verdict: pass("none", "none"),
  };
  const { limits } = verdict.evidence as { limits: { stable: { total: number } }[] };
  assert.equal(limits[0]?.stable.total, 0, verdict.message);
});

/** What a query over one version answers at one time. */
function prometheusText(text: string, at = 1772366400): string {
  const result = ["total", "bad"].map((role) => ({
    metric: { version: "candidate", sluice: role },
    values: [[at, text]],
  }));
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result } });
}

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", "", /^series:1: the header must begin with `at`/],
  ["an empty list", "[]", /^series:1: there is no batch in it/],
  ["HTML", "<!doctype html>\n<p>502</p>", /^series:1: this is HTML, not a series/],
  ["half a file", '[{"at": 1,\n"candidate": {"total"', /^series:2: this is not whole JSON/],
  ["a text for a number", '[\n{"at":1,"candidate":{"total":"300","bad":1}}]', /^series:2: candidate: must be/],
  ["a negative count", '[\n\n{"at":1,"candidate":{"total":3,"bad":-1}}]', /^series:3: candidate: must be/],
  ["more bad than all", '[{"at":1,"candidate":{"total":3,"bad":4}}]', /^series:1: candidate: counts 4 bad of 3/],
  ["a list", '[{"at":1,"candidate":[300,1]}]', /^series:1: candidate: error-rate must be/],
  ["seconds", '[{"at":1772366400,"candidate":{"total":3,"bad":0}}]', /1772366400 is a time in seconds/],
  ["no time", '[{"at":"noon","candidate":{"total":3,"bad":0}}]', /"noon" is no time such as/],
  ["an arm nobody has", '[{"at":1,"canary":{"total":3,"bad":0}}]', /"canary" is neither at, candidate nor stable/],
  ["time that stands", '[{"at":1,"candidate":null},\n{"at":1,"candidate":null}]', /^series:2: this batch is not later/],
  ["a cell with a unit", "at,candidate_value\n1,5\n2,5ms", /^series:3: "5ms" is not a number/],
  ["an infinite cell", "at,candidate_value\n1,Infinity", /^series:2: "Infinity" is not a number/],
  ["a row that is too short", "at,candidate_total,candidate_bad\n1,5", /^series:2: 2 cells, and the header has 3/],
  ["an unknown column", "at,candidate_errors\n1,5", /^series:1: the header must begin with/],
  ["a histogram without its end", '[{"at":1,"candidate":{"buckets":[[100,5]],"sum":1}}]', /has no last bucket "\+Inf"/],
  ["buckets that descend", '[{"at":1,"candidate":{"buckets":[[100,5],["+Inf",4]],"sum":1}}]', /do not ascend/],
  [
    "two kinds",
    '[{"at":1,"candidate":{"value":5}},\n{"at":2,"candidate":{"total":5,"bad":0}}]',
    /^series:2: error-rate gives counts here and value before/,
  ],
  ["a failed query", '{"status":"error","error":"bad_data"}', /^series:1: this is no successful answer of Prometheus/],
  [
    "a time that no date can say",
    '[{"at":1e20,"candidate":{"value":1}}]',
    /^series:1: 100000000000000000000 is no time/,
  ],
  ["more events than can be counted", '[{"at":1,"candidate":{"total":1e308,"bad":0}}]', /more than can be counted/],
  [
    "a column twice",
    "at,candidate_total,candidate_bad,candidate_bad\n1,5,5,0",
    /^series:1: the column candidate_bad stands there twice/,
  ],
  ["a Prometheus answer of another age", prometheusText("1", 1e300), /is no time/],
  ["an empty text for a number", prometheusText(""), /"" is not a number that is zero or more/],
  ["a blank for a number", prometheusText(" "), /" " is not a number/],
  ["a number in another base", prometheusText("0x5"), /"0x5" is not a number/],
  ["a number with a unit", prometheusText("5ms"), /"5ms" is not a number/],
  [
    "two series of one version",
    JSON.stringify({
      status: "success",
      data: {
        resultType: "matrix",
        result: [1, 2].map(() => ({ metric: { version: "candidate" }, values: [[1772366400, "1"]] })),
      },
    }),
    /two series where one is expected/,
  ],
];
for (const [name, content, message] of refused) {
  test(`a series is refused with its line: ${name}`, () => {
    assert.throws(() => read(content), { name: "InputError", message });
  });
}

test("every bad row is told, at most twenty in full", () => {
  const bad = Array.from({ length: 30 }, (_, i) => `{"at":${i + 1},"candidate":{"total":1,"bad":2}}`).join("\n");
  assert.throws(() => read(bad), /series:20: .*\n… and 10 more\.$/);
});

test("a label or a version that no series has is told", () => {
  const other = prometheusOf(rows(0))
    .replaceAll('"version":"candidate"', '"version":"v2"')
    .replaceAll('"version":"stable"', '"version":"v1"');
  assert.throws(() => read(other), /no series has version="candidate"; name label and versions with --by/);
  assert.equal(readSeries(other, "series", { ...options, candidate: "v2", stable: "v1" }).batches.length, 10);
});

test("the table fits into 100 columns and the chart shows the last look above its line", () => {
  const table = looksTable(looksAt(jsonOf(rows(24)), "error-rate vs stable < +0.5pp"));
  for (const line of table.split("\n")) assert.ok([...line].length <= 100, line);
  const above = table.split("\n").findIndex((line) => line.includes("●") && line.includes("┤"));
  const decides = table.split("\n").findIndex((line) => /^ +100 ┤/.test(line));
  assert.ok(above >= 0 && above <= decides, table);
  const long = looksTable(
    looksAt(jsonOf(Array.from({ length: 400 }, (_, i) => ({ ...(rows(0)[0] as Row), at: start + i * minute })))),
  );
  for (const line of long.split("\n")) assert.ok([...line].length <= 100, line);
  assert.ok(long.split("\n").length < 60, "a long series is told by where it changes");
  assert.match(long, /^ +… 3\d\d more of the same \(minimum-hold\)$/m);
  const narrow = looksTable(looksAt(jsonOf(rows(24)), "error-rate vs stable < +0.5pp"), 50);
  for (const line of narrow.split("\n")) assert.ok([...line].length <= 50, line);
});

test("of several limits a row shows the one that its verdict turns on, and no traffic is not told as 0 %", () => {
  const quiet = rows(0).map((one) => ({ ...one, candidate: { total: 0, bad: 0 } }));
  const table = looksTable(looksAt(jsonOf(quiet)));
  assert.match(table, /no-data +error-rate of no request yet$/m);
  assert.doesNotMatch(table, /0%/);
});

test("a reader that stops early, such as head, is no failure", async () => {
  const child = spawn(process.execPath, [main, "judge", "--limit", "error-rate < 2%", "-"], {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  child.stdout.destroy();
  child.stdin.end(jsonOf(rows(0)));
  const [stderr] = await Promise.all([text(child.stderr), new Promise((resolve) => child.once("close", resolve))]);
  assert.equal(stderr, "");
});

test("the command ends with the documented codes and reads standard input", async () => {
  const limit = ["--limit", "error-rate < 2%"];
  const good = await judge([...limit, file("good.json", jsonOf(rows(1)))]);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /\npass \(limits-hold\): error-rate 0\.33% of 3,000 requests/);
  const [bad, short, none] = await Promise.all([
    judge([...limit, "--json", "-"], csvOf(rows(24))),
    judge([...limit, "--hold", "1h"], csvOf(rows(6))),
    judge([...limit, "--alpha", "5"], csvOf(rows(6))),
  ]);
  assert.equal(bad.code, 1, bad.stderr);
  const lines = bad.stdout
    .trim()
    .split("\n")
    .map((line): { look: number; verdict: string } => JSON.parse(line));
  assert.deepEqual([lines.at(-1)?.verdict, lines.at(-1)?.look], ["fail", lines.length]);
  assert.equal(short.code, 5, short.stdout);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--alpha is "5"; write a number between 0 and 1/);
});

/*
 * A small release for real: processes behind a router, their metrics pages, the executor, and the record in a git
 * repository. The versions count 2,000 requests a second by themselves; the clock runs fast.
 */
const server = `import { createServer } from "node:http";
const born = Date.now();
createServer((request, response) => {
  const total = Math.floor((Date.now() - born) * 2 * 50);
  const bad = Math.floor(total * Number(process.env.BAD ?? 0));
  response.end(request.url === "/metrics" ? "t{} " + total + "\\nb{} " + bad + "\\n" : "ok");
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const runbook = `runbook: 1
service: shop
environment: production
url: https://shop.example.com
target: { local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: / } }
metrics:
  error-rate: { exposition: { path: /metrics, bad: b, total: t } }
stages:
  - name: release
    deploy: {}
    canary:
      max-hold: 1h # on a busy machine the fast clock runs away from the processes
      shifts:
        - { traffic: 5%, hold: 1m, every: 10s, limits: [error-rate < 2%, error-rate vs stable < +1pp] }
        - { traffic: 100% }
`;

const bare = path.join(folder, "record.git");

/** The record keeps whole milliseconds. */
function swiftWhole() {
  const swift = swiftPorts();
  return { ...swift, clock: { ...swift.clock, now: () => Math.round(swift.clock.now()) } };
}

async function release(): Promise<readonly Entry[]> {
  const real = runnerPorts(new AbortController().signal);
  const swift = swiftWhole();
  const read = readRunbook(runbook, "runbook.yml");
  assert.ok(read.ok, JSON.stringify(read));
  const app = path.join(folder, "app");
  mkdirSync(app);
  writeFileSync(path.join(app, "server.mjs"), server);
  await real.exec("git", ["init", "--quiet", "--bare", bare], { env: { PATH: process.env["PATH"] ?? "" } });
  const host = await startLocalHost({ directory: folder, token: "a-token-of-the-host" });
  try {
    const target = localTarget(
      {
        admin: host.admin,
        token: "a-token-of-the-host",
        command: ["node", "server.mjs"],
        health: { path: "/", withinMs: 10_000 },
      },
      { ...swift, clock: real.clock },
    );
    const [stable, bad] = ["57ab1e".padEnd(40, "0"), "badbad".padEnd(40, "0")];
    await target.stage({ commit: stable, directory: app, env: {} });
    await target.restore({ to: stable });
    const base = {
      ports: swift,
      store: localGitStore(bare, swift),
      environment: "production",
      asker: { release: 1, attempt: 1 },
      author: { run: 1, attempt: 1, actor: "ada" },
      target,
    };
    await begin({ ...base, runbook: read.value, commit: bad, overrideRejected: false });
    const candidate = await target.stage({ commit: bad, directory: app, env: { BAD: "0.03" } });
    const steps = { deploy: async () => ({ ...pass("staged", "The candidate answers."), candidate }) };
    await advance({ ...base, judge: canaryJudge({ ports: swift, target, runbook: read.value }), steps });
    return await journalHistory(bare, "production", swift);
  } finally {
    await host.close();
  }
}

let released: Promise<readonly Entry[]> | undefined;
const journal = (): Promise<readonly Entry[]> => {
  released ??= release();
  return released;
};

test("a recorded verdict is computed again byte for byte from the record", async () => {
  const entries = await journal();
  const verdicts = entries.filter((entry) => entry.kind === "verdict");
  assert.equal(verdicts.length, 1, JSON.stringify(entries));
  assert.equal(verdicts[0]?.verdict, "fail");
  const ran = await judge(["--record", bare, "--environment", "production"]);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.match(
    ran.stdout,
    /^release 1 {2}canary 5%: fail \(limit-broken\) {2}identical: computed again from \d+ looks/,
  );
  assert.match(ran.stdout, /1 verdicts: 1 identical, 0 different, 0 not replayable/);
  const json = await judge(["--record", bare, "--json"]);
  const { outcome, looks }: { outcome: string; looks: { verdict: string }[] } = JSON.parse(json.stdout);
  assert.equal(outcome, "identical");
  assert.equal(looks.at(-1)?.verdict, "fail");
  assert.ok(looks.slice(0, -1).every(({ verdict }) => verdict === "hold"));
});

test("a verdict that does not follow from its evidence, or has none, is told", async () => {
  const verdict = (await journal()).find((entry) => entry.kind === "verdict");
  assert.ok(verdict);
  const outcomes = (changed: Partial<typeof verdict>) =>
    recompute([{ ...verdict, ...changed }]).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes({}), ["identical"]);
  assert.deepEqual(outcomes({ verdict: "pass" }), ["different"]);
  assert.deepEqual(outcomes({ message: verdict.message.slice(0, -1) }), ["different"]);
  const doctored = JSON.parse(JSON.stringify(verdict.evidence).replace(/"bad":\d+/, '"bad":0'));
  assert.deepEqual(outcomes({ evidence: doctored }), ["different"]);
  assert.deepEqual(outcomes({ evidence: { omitted: "too large for the record" } }), ["not-replayable"]);
  assert.deepEqual(outcomes({ evidence: undefined }), ["not-replayable"]);
});

test("a record without a verdict says so", async () => {
  await journal();
  const ran = await judge(["--record", bare, "--environment", "staging"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /The record of staging in .* holds no verdict \(0 entries\)/);
});
