import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { recompute } from "../src/cli/judge/recorded.ts";
import type { GateConfig } from "../src/gate/config.ts";
import type { GateEvidence } from "../src/gate/judgement.ts";
import { assess as assessLook, newGate } from "../src/gate.ts";
import type { Entry } from "../src/record.ts";
import { decide } from "../src/release.ts";
import { judgeSynthetically, type Probe, probesOf } from "../src/synthetic-evidence.ts";
import { CANDIDATE, config, counts, limitsOf, SECOND, STABLE, value } from "./gate-world.ts";
import { virtualPorts } from "./proof/platform.ts";
import { atFive, journal, plan, seeing } from "./proof/release-journal.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

interface Version {
  readonly address: string;
  asked: number;
  readonly paths: Set<string>;
}

/** A version that answers every `bad`-th request with 500; counts them, and lets somebody stop it all. */
async function version(bad: number, onRequest = (_asked: number) => {}): Promise<Version> {
  const seen = { address: "", asked: 0, paths: new Set<string>() };
  const server = createServer(({ url }, response) => {
    onRequest(++seen.asked);
    seen.paths.add(url ?? "");
    response.writeHead(bad > 0 && seen.asked % bad === 0 ? 500 : 200).end("ok");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(seen, { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** A gate that did not decide by then will not, and the job is cancelled. */
const ENOUGH = 600;

const probes: readonly Probe[] = [{ get: "/api/health", status: 200, within: 60 * SECOND }];

/** A gate that saw three requests in its whole time, and what it said at the end. */
function short(limits: readonly string[], more: Partial<GateConfig> = {}) {
  // Real requests, on a clock that moves only when somebody sleeps: no answer is late because the machine is busy.
  const ports = virtualPorts();
  ports.pass(20 * SECOND);
  const startedAt = ports.clock.now() - 20 * SECOND;
  const gate = config(limits, { startedAt, maxHold: 20 * SECOND, onShort: "synthetic", ...more });
  const now = startedAt + 20 * SECOND;
  const batch = {
    "error-rate": { candidate: counts(now, CANDIDATE, 3, 0), stable: counts(now, STABLE, 50, 0) },
    memory: { candidate: value(now, CANDIDATE, 0.5) },
  };
  const { state, decision } = assessLook(newGate(gate), batch, now);
  return { ports, gate: state, verdict: decision.explain() };
}

async function judged(limits: readonly string[], candidate: number, stable = 0, more: Partial<GateConfig> = {}) {
  const { ports, gate, verdict } = short(limits, more);
  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "inconclusive"]);
  const stop = new AbortController();
  const [ours, theirs] = [await version(candidate, (asked) => asked === ENOUGH && stop.abort()), await version(stable)];
  const address = async (name: string) => (name === CANDIDATE ? ours : theirs).address;
  const said = await judgeSynthetically({ gate, verdict, probes, address }, { ...ports, cancelled: stop.signal });
  return { said, verdict, ours, theirs };
}

test("where too little traffic came, synthetic requests decide, and the verdict says whose they are", async () => {
  const { said, ours, verdict } = await judged(["error-rate < 5%", "error-rate vs stable < +5pp"], 0);
  assert.deepEqual([said.verdict, said.reason], ["pass", "limits-hold"]);
  assert.match(
    said.message,
    /^By synthetic requests, no user's: error-rate 0% of \d+ requests keeps `error-rate < 5%`/,
  );
  const evidence = said.evidence as GateEvidence & { short: { message: string } };
  assert.equal(evidence.synthetic, true);
  assert.equal(evidence.short.message, verdict.message);
  assert.ok(ours.asked >= 20 && ours.paths.has("/api/health"), String(ours.asked));
});

test("a candidate that fails synthetic requests goes back", async () => {
  const { said } = await judged(["error-rate < 5%"], 4);
  assert.equal(said.verdict, "fail");
  assert.match(said.message, /^By synthetic requests, no user's: error-rate [\d.]+% of \d+ requests/);
});

test("when stable fails the same requests nothing is proven, and nothing is sent back for it", async () => {
  const { said } = await judged(["error-rate < 20%"], 3, 3);
  assert.equal(said.verdict, "hold");
});

test("a version that cannot be asked is not proven", async () => {
  const { ports, gate, verdict } = short(["error-rate < 5%"]);
  const said = await judgeSynthetically({ gate, verdict, probes, address: async () => undefined }, ports);
  assert.equal(said.verdict, "hold");
  assert.match(said.message, /Synthetic requests did not tell either\.$/);
});

const unanswerable: readonly (readonly [string, readonly string[], Partial<GateConfig>, RegExp])[] = [
  ["a limit on another metric", ["error-rate < 5%", "memory < 40%"], {}, /say nothing about `memory < 40%`/],
  ["a limit with `for`", ["error-rate < 5%", "error-rate < 1% for 15s"], {}, /nothing about `error-rate < 1% for 15s`/],
  [
    "a comparison with before",
    ["error-rate vs before <= 2x"],
    { before: { "error-rate": { kind: "counts", total: 20_000, bad: 100 } } },
    /say nothing about `error-rate vs before <= 2x`/,
  ],
  ["a limit that needs too many requests", ["error-rate < 0.01%"], {}, /could not tell either: \d+ would be needed/],
];
for (const [name, limits, more, message] of unanswerable)
  test(`${name} stays open, and nobody is bothered with requests`, async () => {
    const outcome = short(limits, more);
    if (outcome.verdict.verdict === "fail") return assert.match(outcome.verdict.message, /memory/);
    const { said, ours, theirs } = await judged(limits, 0, 0, more);
    assert.deepEqual([said.verdict, said.reason, ours.asked + theirs.asked], ["hold", "inconclusive", 0]);
    return assert.match(said.message, message);
  });

test("a synthetic verdict, and one that synthetic requests could not help, replay byte for byte", async () => {
  const { said } = await judged(["error-rate < 5%"], 0);
  const entry = (verdict: typeof said): Entry =>
    JSON.parse(
      JSON.stringify({
        kind: "verdict",
        at: 0,
        by: { run: 1, attempt: 1, actor: "ada" },
        release: 1,
        stage: "release",
        shift: 0,
        weight: 5,
        generation: "g2",
        ...verdict,
      }),
    );
  assert.deepEqual(
    recompute([entry(said), entry({ ...said, message: `${said.message} ` })]).map(({ outcome }) => outcome),
    ["identical", "different"],
  );
});

test("the smoke test says what is asked; without one the first page is", () => {
  assert.deepEqual(probesOf(undefined), [{ get: "/", status: 200, within: 5_000 }]);
  const stage = {
    name: "release",
    "smoke-test": [{ run: "true" }, { get: "/api/tasks", status: 204, within: 300 }],
  } as const;
  assert.deepEqual(probesOf({ ...stage, "smoke-test": [...stage["smoke-test"]] }), [
    { get: "/api/tasks", status: 204, within: 300 },
  ]);
});

test("a look at the end that comes late still asks before traffic goes back", () => {
  const record = journal(...atFive);
  const { release } = record;
  assert.ok(release);
  const late = (release.traffic?.since ?? 0) + 5_000;
  const stages = plan.stages.map((stage) => ({ ...stage, onShort: "synthetic" as const }));
  const short = { ...record, release: { ...release, plan: { ...plan, stages } } };
  const seen = seeing("g2", "old 95, new 5");
  assert.equal(decide(short, { ...seen, judges: true }, late).do, "judge");
  assert.equal(decide(short, seen, late).do, "restore");
});

test("limits of every level are asked again, proven ones are not", async () => {
  const { said } = await judged(["memory < 90%", "error-rate < 5%"], 0, 0, {
    pageLimits: limitsOf("error-rate < 8%"),
    hold: SECOND,
  });
  assert.equal(said.verdict, "pass");
  assert.deepEqual(
    (said.evidence as GateEvidence).limits.map(({ limit }) => limit),
    ["error-rate < 5%", "error-rate < 8%"],
  );
});
