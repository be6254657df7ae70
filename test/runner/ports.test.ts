import assert from "node:assert/strict";
import { test } from "node:test";
import { exec } from "../../src/runner/ports.ts";
import { eventually, processExists } from "../rehearsal/tiny-commit.ts";

const node = process.execPath;

test("a program gets exactly the environment and the arguments it is given, and no shell", async () => {
  process.env["SLUICE_TEST_LEAK"] = "leaked";
  const script = "console.log(JSON.stringify([process.argv.slice(1), Object.keys(process.env)]))";
  const args = ["$(echo x)", "a b", "; exit 1", "'"];
  const { code, stdout } = await exec(node, ["-e", script, ...args], { env: { ONLY: "this" } });
  delete process.env["SLUICE_TEST_LEAK"];
  assert.equal(code, 0);
  const [seen, names] = JSON.parse(stdout);
  assert.deepEqual(seen, args);
  assert.ok(!names.includes("SLUICE_TEST_LEAK") && !names.includes("PATH"), names.join());
  assert.ok(names.includes("ONLY"));
});

test("its end is told as a value: code, signal, both streams; its input is what was given", async () => {
  const script = "process.stdin.on('data', (d) => { console.error('got ' + d); process.exitCode = 3; })";
  const result = await exec(node, ["-e", script], { stdin: "hello" });
  assert.deepEqual(result, { code: 3, signal: null, stdout: "", stderr: "got hello\n" });
});

test("lines come as they are printed, whole, the last one also without its end", async () => {
  const lines: string[] = [];
  const script = "process.stdout.write('on'); process.stdout.write('e\\ntwo\\nthree')";
  await exec(node, ["-e", script], { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ["one", "two", "three"]);
});

test("F10: a program that is too slow is ended with everything it started", async () => {
  const printed: string[] = [];
  const inner = "setTimeout(() => {}, 60000)";
  const script = `const { spawn } = require("node:child_process");
    console.log(spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: "ignore" }).pid); ${inner}`;
  const result = await exec(node, ["-e", script], { timeoutMs: 1500, onLine: (line) => printed.push(line) });
  assert.equal(result.code, null);
  assert.equal(result.signal, "SIGKILL");
  const child = Number(printed[0]);
  assert.ok(child > 0);
  await eventually("the grandchild is gone", () => !processExists(child));
});

test("a program that does not exist is an error that names it", async () => {
  await assert.rejects(exec("no-such-program", []), /no-such-program/);
});
