import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createFastClock } from "../../src/rehearsal/fast-clock.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-clock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const program = `
import { setTimeout as sleep } from "node:timers/promises";
const began = Date.now(), monotonic = performance.now(), real = process.hrtime.bigint();
await sleep(3_600_000);
const took = Number(process.hrtime.bigint() - real) / 1e6;
console.log(JSON.stringify({ wall: Date.now() - began, monotonic: performance.now() - monotonic, took }));
`;

const measured: (env: Readonly<Record<string, string>>) => { wall: number; monotonic: number; took: number } = (env) =>
  JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", ...env },
    }),
  );

test("once it began, an hour of a process is a moment, by every clock it reads and for every long sleep", () => {
  const clock = createFastClock(path.join(folder, "clock"), 36_000);
  clock.begin();
  const { wall, monotonic, took } = measured(clock.env);
  // A timer may be a millisecond early, which is half a minute on this clock.
  const hour = 3_600_000 - 2 * 36_000;
  assert.ok(wall >= hour && monotonic >= hour, `${wall} ms by the wall, ${monotonic} ms monotonic`);
  // Both clocks run by the same factor as the real time that passed.
  assert.ok(took >= 98 && wall / took > 10_000, `${took} ms really`);
});

test("times of the fast clock are told as the real times they were; before it began both are the same", () => {
  const clock = createFastClock(path.join(folder, "other"), 1_000);
  assert.equal(clock.realTime(5), 5);
  clock.begin();
  const now = clock.now();
  assert.ok(Math.abs(clock.realTime(now) - Date.now()) < 60_000);
  assert.equal(clock.realTime(now + 10_000) - clock.realTime(now), 10);
});
