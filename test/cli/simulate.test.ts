import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import * as z from "zod";

const root = path.resolve(import.meta.dirname, "../..");
const runbook = "examples/quickstart/.github/runbook.yml";

async function sluice(...args: readonly string[]) {
  const options = { cwd: root, env: { PATH: process.env["PATH"] } };
  return promisify(execFile)(process.execPath, ["src/cli/main.ts", "simulate", ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (problem: { code: number; stdout: string; stderr: string }) => problem,
  );
}

test("a runbook is played under faults, and the numbers come as JSON", async () => {
  const { code, stdout } = await sluice(runbook, "--schedules", "37", "--seed", "7", "--json");
  assert.equal(code, 0);
  const { schedules, seed, broken } = z
    .looseObject({ schedules: z.number(), seed: z.number(), broken: z.array(z.unknown()) })
    .parse(JSON.parse(stdout));
  assert.deepEqual({ schedules, seed, broken }, { schedules: 37, seed: 7, broken: [] });
});

test("what cannot be played is said, exit code 2", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["absent.yml"], /There is no runbook at absent\.yml/],
    [[runbook, "--schedules", "many"], /--schedules is many; give a whole number/],
    [[runbook, "--tick-every", "1s"], /--tick-every is 1s; give a duration of a minute or more/],
    [[runbook, "--only", "F99"], /There is no fault F99 on the menu; it has F00, F01/],
    [["package.json"], /package\.json/],
  ];
  for (const [args, said] of cases) {
    const { code, stderr } = await sluice(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, said);
  }
});
