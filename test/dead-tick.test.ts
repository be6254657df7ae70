import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import * as z from "zod";
import handOver from "../src/actions/hand-over.ts";
import { ProviderError } from "../src/failure.ts";
import type { Ports } from "../src/ports.ts";
import { readInputs } from "../src/runner/define-action.ts";
import { virtualPorts } from "./proof/platform.ts";

const minute = 60_000;
const given: Readonly<Record<string, string>> = { "after-failed-tick": "true", "github-token": "of the job" };
const inputs = readInputs(handOver.inputs, (name) => given[name] ?? "");
const again = z
  .object({ jobs: z.object({ again: z.strictObject({ "timeout-minutes": z.number() }).catchall(z.unknown()) }) })
  .parse(parse(readFileSync(".github/workflows/watch.yml", "utf8"))).jobs.again;

/** Time passes when nothing is left to do but wait for it; many may wait at once. */
function waitingClock(): Ports["clock"] {
  let now = 0;
  const waiting = new Map<symbol, { readonly at: number; readonly wake: () => void }>();
  const pass = () => {
    const [next] = [...waiting].sort(([, one], [, other]) => one.at - other.at);
    if (next === undefined) return;
    const [key, { at, wake }] = next;
    waiting.delete(key);
    now = Math.max(now, at);
    wake();
  };
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const key = Symbol();
        waiting.set(key, { at: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => waiting.delete(key) && reject(signal.reason), { once: true });
        setImmediate(pass);
      }),
  };
}

interface Outage {
  /** Every request takes so long. */
  readonly requestMs: number;
  /** Whether a request is answered 503 that was first made at one time and is made again at another. */
  readonly isAway: (now: number, firstAt: number) => boolean;
}

/** The job behind a tick that died, as did four before it: when it ended, and what it came to. */
async function runAgain({ requestMs, isAway }: Outage) {
  const ports = virtualPorts();
  const clock = waitingClock();
  const json = (body: object, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const ended = { status: "completed", conclusion: "failure" };
  const answer = (path: string): Response => {
    if (path.includes("/matching-refs/")) return json([]);
    if (path.endsWith("/jobs")) return json({ jobs: [{ name: "watch / again", conclusion: "success", runner_id: 1 }] });
    if (path.endsWith("/runs")) return json({ workflow_runs: [4, 3, 2, 1].map((id) => ({ id, ...ended })) });
    return json({ message: "Not Found" }, 404);
  };
  const firstAsked = new Map<string, number>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const first = firstAsked.get(url.pathname) ?? clock.now();
    firstAsked.set(url.pathname, first);
    await clock.sleep(requestMs, init?.signal ?? undefined);
    if (isAway(clock.now(), first)) return json({ message: "away" }, 503);
    firstAsked.delete(url.pathname);
    return answer(url.pathname);
  };
  const workflow = {
    ...{ repository: "octo/shop", runId: 50, attempt: 1, actor: "ada", sha: "a".repeat(40), branch: "main" },
    ...{ file: "watch.yml", eventName: "workflow_dispatch", event: {}, workspace: "", apiUrl: "https://api.test" },
    ...{ runUrl: "", input: () => undefined },
  };
  const outcome = await handOver.run(inputs, { ...ports, clock, fetch }, workflow).then(
    ({ verdict }) => verdict.reason,
    (problem: unknown) => {
      assert.ok(problem instanceof ProviderError, String(problem));
      return "no answer";
    },
  );
  return { outcome, minutes: clock.now() / minute, said: ports.said.join("\n") };
}

/** Checking out nothing and beginning takes a machine well below two minutes. */
const lastWordBy = again["timeout-minutes"] - 2;

test("the job behind a tick that died is found by the name it has", () => assert.equal(again["name"], undefined));

for (const [what, outage, expected] of [
  ["that is over after nine minutes", { requestMs: 200, isAway: (now) => now < 9 * minute }, "next-nothing"],
  [
    "in which every answer takes nine minutes",
    { requestMs: 200, isAway: (now, first) => now < first + 9 * minute },
    "no answer",
  ],
  ["in which every request takes long", { requestMs: 14_000, isAway: () => false }, "next-nothing"],
  [
    "in which nothing is answered in time",
    { requestMs: 14_000, isAway: (now, first) => now < first + 4 * minute },
    "no answer",
  ],
] as const satisfies readonly (readonly [string, Outage, string])[])
  test(`the job behind a tick that died has its last word in time in an outage ${what}`, async () => {
    const { outcome, minutes } = await runAgain(outage);
    assert.equal(outcome, expected);
    assert.ok(minutes < lastWordBy, `it took ${minutes} minutes`);
  });

test("after a short reading it waits as long as it wants, after a long one less", async () => {
  const waits = async (awayMs: number) => {
    const { said } = await runAgain({ requestMs: 200, isAway: (now) => now < awayMs });
    return /as did 4 before it; the next one is started in (\d+) minutes/.exec(said)?.[1];
  };
  assert.deepEqual([await waits(0), await waits(9 * minute)], ["8", "7"]);
});
