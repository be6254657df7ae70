import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, createLive } from "../../src/rehearsal/live.ts";
import { candidate, truthOf } from "./small-aftermath.ts";

function screen(interactive: boolean, columns = 100) {
  const written: string[] = [];
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  const live = createLive({ write: (text) => written.push(text), interactive, columns, now: () => now });
  return { live, text: () => written.join(""), pass };
}
const place = { job: "release / stage (release) / canary" } as const;

test("steps, looks and verdicts are lines with the time they came at; the rest of a log stays in the log", () => {
  const { live, text, pass } = screen(false);
  live.pushed(candidate, "main");
  live.event({ type: "job-started", ...place } as Parameters<typeof live.event>[0]);
  pass(2_500);
  const log = (line: string) => live.event({ type: "log", ...place, line } as Parameters<typeof live.event>[0]);
  log("look 3 at 5%: hold (not-enough-data) 210 requests");
  log("npm notice something");
  live.event({ type: "job-ended", ...place, result: "success" } as Parameters<typeof live.event>[0]);
  assert.match(text(), /push to main: cccccccccccc/);
  assert.match(text(), / 2\.5 s {6}look 3 at 5%: hold/);
  assert.match(text(), /✓ release \/ stage \(release\) \/ canary +2\.5 s/);
  assert.doesNotMatch(text(), /npm notice/);
});

test("no line is wider than the screen, and what was cut is marked", () => {
  const { live, text } = screen(false, 60);
  live.note(`a person writes ${"very ".repeat(40)}much`);
  for (const line of text().split("\n")) assert.ok(line.length <= 60, line);
  assert.match(text(), /…\n/);
});

test("a terminal that does not know its size gets lines of usual width, and one of a single column ends nothing", () => {
  assert.deepEqual([undefined, 0, 80].map(columnsOf), [120, 120, 80]);
  for (const columns of [0, 1]) {
    const { live } = screen(true, columns);
    const [second] = truthOf([{ share: 0.05 }]).seconds;
    assert.ok(second !== undefined);
    live.second(second);
    live.second(second);
    live.end();
  }
});

test("on a terminal the newest second stands below, and is taken away at the end", () => {
  const { live, text } = screen(true);
  live.pushed(candidate, "main");
  const [second] = truthOf([{ share: 0.1, failing: 0.1 }]).seconds;
  assert.ok(second !== undefined);
  live.second(second);
  assert.match(text(), /users: 1000\/s · candidate 10\.0% · 10\.0% of its answers fail · p95 9 ms$/);
  live.end();
  assert.match(text(), /\r +\r$/);
});

test("where lines cannot be taken back there is no status line", () => {
  const { live, text } = screen(false);
  const [second] = truthOf([{ share: 0.1 }]).seconds;
  assert.ok(second !== undefined);
  live.second(second);
  live.end();
  assert.equal(text(), "");
});
