import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { k6Driver } from "../../src/load-driver/k6.ts";
import { readK6Summary } from "../../src/load-driver/k6-summary.ts";
import type { Ports } from "../../src/ports.ts";
import { runnerPorts } from "../../src/runner/ports.ts";

/*
 * k6 itself is no package of this project. A stand-in plays its command line: it writes the summary it is told to and
 * ends with the code it is told to. The shapes of the summaries and the codes are k6's own, see test/data/SOURCES.md.
 */
const data = path.resolve(import.meta.dirname, "../data/k6");
const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-k6-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const standIn = `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2);
const play = JSON.parse(fs.readFileSync(args.at(-1), "utf8"));
fs.writeFileSync(play.seen, JSON.stringify({ args, env: process.env }));
const summary = args[args.indexOf("--summary-export") + 1];
if (play.summary !== undefined) fs.writeFileSync(summary, play.summary);
if (play.writtenAt !== undefined) fs.utimesSync(summary, play.writtenAt, play.writtenAt);
if (play.says !== undefined) process.stderr.write(play.says + "\\n");
process.exit(play.code ?? 0);
`;

const bin = path.join(folder, "bin");
mkdirSync(bin);
writeFileSync(path.join(bin, "k6"), standIn);
chmodSync(path.join(bin, "k6"), 0o755);
const temp = path.join(folder, "runner-temp");
mkdirSync(temp);

interface Play {
  readonly code?: number;
  readonly summary?: string;
  readonly says?: string;
  /** Seconds since the epoch. */
  readonly writtenAt?: number;
}

const lines: string[] = [];
const ports = (changes: Partial<Ports> = {}): Ports => ({
  ...runnerPorts(new AbortController().signal),
  log: { info: (line) => void lines.push(line), notice() {}, warn() {}, error() {} },
  env: { PATH: bin, RUNNER_TEMP: temp, GITHUB_TOKEN: "not-for-scripts" },
  ...changes,
});

const seen = path.join(folder, "seen.json");
async function played(play: Play, changes: Partial<Ports> = {}) {
  writeFileSync(path.join(folder, "load-test.js"), JSON.stringify({ ...play, seen }));
  const driver = k6Driver({ script: "load-test.js", directory: folder }, ports(changes));
  return driver.run("http://127.0.0.1:9");
}

const recorded = (name: string) => readFileSync(path.join(data, name), "utf8");

for (const [name, form] of [
  ["summary-export.json", "summary-export"],
  ["handle-summary.json", "handleSummary"],
  ["machine-readable.json", "machine-readable"],
] as const) {
  test(`the shape of ${form} says the same about the same run`, () => {
    const summary = readK6Summary(recorded(name));
    assert.ok(typeof summary !== "string", String(summary));
    assert.equal(summary.form, form);
    const { result } = summary;
    assert.deepEqual(result.requests, { total: 1800, bad: 5 }, "what k6 calls passes of http_req_failed are failures");
    assert.deepEqual(result.checks, { total: 1800, bad: 5 });
    assert.deepEqual(result.offered, { due: 1804, dropped: 4 });
    assert.deepEqual(result.latency, {
      mean: 141.27,
      p50: 1.21,
      p75: 1.53,
      p90: 801.4,
      p95: 1352.6,
      p99: 1940.2,
      max: 1994.11,
    });
    assert.equal(result.throughput, 179.8);
    assert.ok(Math.abs(result.seconds - 10.011) < 0.001, `${result.seconds} s`);
  });
}

test("what is no summary is refused with the reason", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["", /not JSON/],
    ["[]", /none of the three shapes/],
    ['{"metrics":{}}', /none of the three shapes/],
    ['{"root_group":{},"metrics":{}}', /counts no HTTP requests/],
    ['{"root_group":{},"metrics":{"http_reqs":{"count":0,"rate":0}}}', /counts no HTTP requests/],
    ['{"root_group":{},"metrics":{"http_reqs":{"count":"12","rate":1}}}', /counts no HTTP requests/],
    ['{"root_group":{},"metrics":{"http_reqs":{"count":12,"rate":1}}}', /does not say how many requests failed/],
    [
      recorded("summary-export.json").replace('"iterations"', '"iteration"'),
      /no iteration of the script was completed/,
    ],
  ];
  for (const [text, reason] of rows) assert.match(String(readK6Summary(text)), reason, text);
});

test("stand-in for k6: the script runs without usage report and without secrets, and finds the address", async () => {
  const outcome = await played({ summary: recorded("summary-export.json"), says: "::error::hello" });
  assert.equal(outcome.kind, "result");
  const { args, env }: { args: string[]; env: Record<string, string> } = JSON.parse(readFileSync(seen, "utf8"));
  assert.ok(args.includes("--no-usage-report"));
  assert.match(args[args.indexOf("--summary-trend-stats") + 1] ?? "", /p\(99\)/);
  assert.equal(env["SLUICE_URL"], "http://127.0.0.1:9");
  assert.equal(env["GITHUB_TOKEN"], undefined);
  assert.ok(lines.every((line) => !line.startsWith("::")));
  assert.deepEqual(readdirSync(temp), [], "the summary's folder is gone");
});

const codes: readonly (readonly [number, string, string])[] = [
  [99, "fail", "k6-thresholds"],
  [104, "error", "k6-configuration"],
  [105, "hold", "k6-interrupted"],
  [107, "error", "k6-script"],
  [108, "fail", "k6-aborted"],
  [109, "hold", "k6-unfinished"],
  [110, "fail", "k6-marked-failed"],
  [100, "hold", "k6-unfinished"],
  [1, "hold", "k6-unfinished"],
];
for (const [code, verdict, reason] of codes) {
  test(`stand-in for k6: exit code ${code} is ${verdict}, whatever the summary says`, async () => {
    const outcome = await played({ code, summary: recorded("handle-summary.json"), says: "level=error msg=why" });
    assert.ok(outcome.kind === "no-result");
    assert.deepEqual([outcome.verdict, outcome.reason], [verdict, reason]);
    assert.match(outcome.message, code === 105 ? /run it again/ : /msg=why/);
  });
}

test("stand-in for k6: a missing, stale or odd summary fails", async () => {
  const hourAgo = Date.now() / 1000 - 3600;
  const old = recorded("machine-readable.json");
  const rows: readonly (readonly [Play, string])[] = [
    [{}, "k6-no-summary"],
    [{ summary: recorded("summary-export.json"), writtenAt: hourAgo }, "k6-stale-summary"],
    [{ summary: old }, "k6-stale-summary"],
    [{ summary: "<html>" }, "k6-odd-summary"],
  ];
  for (const [play, reason] of rows) {
    const outcome = await played(play, { clock: { ...ports().clock, now: () => Date.now() } });
    assert.ok(outcome.kind === "no-result", reason);
    assert.deepEqual([outcome.verdict, outcome.reason], ["fail", reason]);
  }
  const fresh = old.replace(/"generatedAt": "[^"]*"/, `"generatedAt": "${new Date().toISOString()}"`);
  assert.equal((await played({ summary: fresh })).kind, "result");
});

test("stand-in for k6: a summary that says a threshold was crossed fails, though k6 ended with 0", async () => {
  const crossed = [
    recorded("summary-export.json").replace('"rate<0.05": false', '"rate<0.05": true'),
    recorded("handle-summary.json").replace(/("rate<0.05": \{\s*"ok": )true/, "$1false"),
  ];
  for (const summary of crossed) {
    const outcome = await played({ summary });
    assert.ok(outcome.kind === "no-result", summary);
    assert.deepEqual([outcome.verdict, outcome.reason], ["fail", "k6-thresholds"]);
    assert.match(outcome.message, /http_req_failed rate<0\.05/);
  }
});

test("a script that is not there is told before anything runs", async () => {
  const driver = k6Driver({ script: "absent.js", directory: folder }, ports());
  await assert.rejects(driver.run("http://127.0.0.1:9"), /There is no k6 script at absent\.js/);
});

test("without k6 on PATH the message says what to do", async () => {
  const empty = path.join(folder, "empty");
  if (!existsSync(empty)) mkdirSync(empty);
  await assert.rejects(played({}, { env: { PATH: empty, RUNNER_TEMP: temp } }), /There is no k6 on PATH\. Install it/);
});
