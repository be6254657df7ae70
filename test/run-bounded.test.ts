import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { runBounded } from "../src/run-bounded.ts";
import { terminalPorts } from "../src/runner/ports.ts";

const cwd = mkdtempSync(path.join(os.tmpdir(), "sluice-bounded-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

const ports = terminalPorts(new AbortController().signal);
const run = (command: string, withinMs = 30_000) =>
  runBounded(command, { cwd, variables: { WHOM: "$(id)" }, withinMs }, ports);

test("a command has its variables as data, an empty input, and a wait of its own", async () => {
  assert.deepEqual(await run('true & wait; cat; echo "$WHOM"; false || exit 3'), {
    code: 3,
    signal: null,
    stdout: "$(id)\n",
    stderr: "",
  });
});

test("a command is ended when its time is over, and does nothing more", async () => {
  const { code, signal } = await run("sleep 60 & wait; touch late", 500);
  assert.deepEqual([code, signal], [null, "SIGKILL"]);
  assert.equal(existsSync(path.join(cwd, "late")), false);
});

test("what a command leaves running when it ends by itself goes on", async () => {
  assert.equal((await run("sleep 60 >/dev/null 2>&1 & echo $! > left")).code, 0);
  assert(process.kill(Number(readFileSync(path.join(cwd, "left"), "utf8")), "SIGKILL"));
});

test("F10: a command ends with the process that runs it, whatever ends that", async () => {
  const source = path.resolve(import.meta.dirname, "../src");
  const program = `
    import { runBounded } from ${JSON.stringify(path.join(source, "run-bounded.ts"))};
    import { terminalPorts } from ${JSON.stringify(path.join(source, "runner/ports.ts"))};
    const ports = terminalPorts(new AbortController().signal);
    await runBounded("exec >held; echo begun >told; sleep 60", { cwd: ${JSON.stringify(cwd)}, variables: {}, withinMs: 60_000 }, ports);`;
  assert.equal((await run("mkfifo told held")).code, 0);
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // Ends when nobody holds the other end any more.
  const held = run("cat held");
  assert.equal((await run("cat told")).stdout, "begun\n");
  child.kill("SIGKILL");
  await ended;
  assert.deepEqual((await held).code, 0);
});
