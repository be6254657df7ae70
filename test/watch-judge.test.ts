import assert from "node:assert/strict";
import { test } from "node:test";
import type { Advance } from "../src/advance.ts";
import { planOf } from "../src/plan.ts";
import { fold } from "../src/record/fold.ts";
import type { ReleaseState } from "../src/record.ts";
import type { Look } from "../src/release.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { watchJudge } from "../src/watch-judge.ts";
import { memoryPlatform, virtualPorts } from "./proof/platform.ts";
import { entry, journal, passed, promoted, started } from "./proof/release-journal.ts";

const minute = 60_000;
const text = `runbook: 1
service: shop
environment: production
url: https://shop.example
target: { local: { admin: "http://127.0.0.1:4001", start: node server.mjs, health: /health } }
metrics:
  error-rate: { command: { run: count, gives: counts } }
  queue: { command: { run: queue, gives: value } }
stages:
  - { name: release, deploy: {} }
watch:
  { for: 20m, every: 1m, limits: [error-rate < 5%], page-limits: [queue < 90], warn-limits: [queue < 50] }
`;
function runbookOf(written: string) {
  const read = readRunbook(written, "runbook.yml");
  assert(read.ok, JSON.stringify(read));
  return read.value;
}

interface Numbers {
  readonly bad?: number;
  readonly queue?: number;
  /** The source is down. */
  readonly down?: boolean;
}

/** A watch that began at 0, over a source that says whatever is given for each look. */
function watching(written = text, { place }: { readonly place?: string | undefined } = {}) {
  const runbook = runbookOf(written);
  const ports = virtualPorts();
  const asked: { version: string | undefined; from: string | undefined }[] = [];
  let numbers: Numbers = {};
  const exec: typeof ports.exec = async (_command, args, { env = {} } = {}) => {
    const { bad = 0, queue = 10, down = false } = numbers;
    const stamp = { version: env["SLUICE_VERSION"], observedAt: env["SLUICE_TO"] };
    asked.push({ version: env["SLUICE_VERSION"], from: env["SLUICE_FROM"] });
    const told = args.join(" ").includes("queue") ? { ...stamp, value: queue } : { ...stamp, bad, total: 1000 };
    return { code: down ? 1 : 0, signal: null, stdout: JSON.stringify(told), stderr: "" };
  };
  const fetch: typeof ports.fetch = async () => {
    const all = 1000 * (1 + ports.clock.now() / minute);
    return Response.json({ bad: 0, all });
  };
  let processes = 0;
  const begun = entry({ kind: "step", stage: "final", step: "watch", outcome: "begun", reason: "due", message: "" });
  let record = fold(journal(started({ plan: planOf(runbook) }), passed("canary"), ...promoted.slice(1)), begun);
  const judge = () => {
    const address = `http://127.0.0.1:${++processes}`;
    const target = {
      ...memoryPlatform({ version: "new", weight: 100 }),
      address: async () => address,
      placeOf: () => place,
    };
    return watchJudge({ ports: { ...ports, exec, fetch }, target, runbook });
  };
  let watch: NonNullable<Advance["watch"]> = judge();
  const release = (): ReleaseState => record.release ?? assert.fail("no release");
  return {
    asked,
    /** Another process goes on. */
    restart: () => {
      watch = judge();
    },
    record: (look: Look) => {
      const { page: _, warnings: __, ...told } = look;
      record = fold(record, entry({ kind: "look", ...told }));
    },
    look: (say: Numbers = {}): Promise<Look> => {
      numbers = say;
      ports.pass(minute);
      const planned = release().plan.stages.at(-1)?.watch ?? assert.fail("no watch");
      return watch({ do: "look", stage: "final", generation: "g3", planned, at: ports.clock.now() }, release());
    },
  };
}

test("a watch compares with what the version before the release did in the hour before it, read once", async () => {
  const { asked, look, record, restart } = watching(
    text.replace("limits: [error-rate < 5%]", "limits: [error-rate < 5%, error-rate vs before <= 2x]"),
  );
  const first = await look({ bad: 1 });
  const past = asked.filter(({ version }) => version !== "new");
  assert.deepEqual(past, [{ version: "old", from: new Date(0 - 60 * minute).toISOString() }]);
  record(first);
  restart();
  for (let i = 0; i < 10; i++) record(await look({ bad: 45 }));
  const last = await look({ bad: 45 });
  assert.deepEqual([last.verdict, last.reason], ["hold", "worse-than-before"], last.message);
  assert.equal(asked.filter(({ version }) => version !== "new").length, 1, "the past is read once");
});

test("looks add up how much of the time was seen; a source that is down is time that nobody saw", async () => {
  const { look } = watching();
  const first = await look();
  assert.deepEqual([first.from, first.to, first.verdict], [0, minute, "hold"]);
  const blind = await look({ down: true });
  assert.equal(blind.verdict, "hold");
  const third = await look();
  assert.equal(third.to, 3 * minute);
  assert.ok(third.seenMs <= 2 * minute && third.largestGapMs >= 2 * minute, JSON.stringify(third));
});

test("what the record knows is not told again, and another process goes on from what the gate knew", async () => {
  const { look, record, restart } = watching();
  await look();
  const known = await look();
  record(known);
  restart();
  const next = await look();
  assert.deepEqual([next.from, next.to, next.seenMs], [known.to, 3 * minute, minute]);
  assert.notEqual(next.gate, undefined);
});

test("totals that a page counts are compared across processes, also at an address that each has another one of", async () => {
  const counting = text
    .replace(
      "error-rate: { command: { run: count, gives: counts } }",
      "error-rate: { json: { path: /n, bad: bad, total: all } }",
    )
    .replace("page-limits: [queue < 90], warn-limits: [queue < 50]", "page-limits: [queue < 90]");
  for (const [place, reason] of [
    ["web-1/a", "not-enough-data"],
    [undefined, "no-data"],
  ] as const) {
    const { look, record, restart } = watching(counting, { place });
    const first = await look();
    assert.equal(first.reason, "no-data", first.message);
    record(first);
    restart();
    const next = await look();
    assert.equal(next.reason, reason, next.message);
  }
});

test("many errors fail the watch", async () => {
  const { look } = watching();
  let last = await look({ bad: 300 });
  for (let i = 0; i < 5 && last.verdict !== "fail"; i++) last = await look({ bad: 300 });
  assert.equal(last.verdict, "fail", last.message);
});

test("a warning is told and a page asks, and neither is a verdict", async () => {
  const { look } = watching();
  await look();
  const warned = await look({ queue: 60 });
  assert.deepEqual([warned.verdict, warned.warnings?.length, warned.page], ["hold", 1, undefined]);
  const paged = await look({ queue: 95 });
  assert.equal(paged.verdict, "hold");
  assert.match(paged.page?.message ?? "", /queue/);
});

test("it lasts until its time is over, and passes only then", async () => {
  const { look } = watching();
  let last = await look();
  let looks = 1;
  for (; looks < 40 && last.verdict === "hold"; looks++) last = await look();
  assert.equal(last.verdict, "pass", last.message);
  assert.ok(looks >= 20, `${looks} looks`);
});

test("a look without a watch, or one that the runbook here does not have, is a mistake that is said", async () => {
  const runbook = runbookOf(text);
  const planned = planOf(runbook).stages.at(-1)?.watch ?? assert.fail("no watch");
  const judge = watchJudge({ ports: virtualPorts(), target: memoryPlatform(), runbook });
  const due = { do: "look", stage: "beta", generation: "g3", planned, at: 0 } as const;
  const { release } = journal(started());
  assert(release !== null);
  await assert.rejects(judge(due, release), /never began/);
  const begun = entry({ kind: "step", stage: "beta", step: "watch", outcome: "begun", reason: "due", message: "" });
  const watched = fold(journal(started()), begun).release;
  assert(watched !== null);
  await assert.rejects(judge(due, watched), /no watch for stage beta/);
});
