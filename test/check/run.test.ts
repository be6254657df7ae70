import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { checkOf } from "../../src/check/check-of.ts";
import type { RunCheck } from "../../src/check-spec.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

const commit = "b".repeat(40);

async function runIn(t: TestContext, spec: RunCheck, env: Record<string, string | undefined> = process.env) {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), "sluice-run-")));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const ports = quietPorts({ env });
  const verdict = await (await checkOf(spec, { ports, variables: {} })).run({
    directory,
    url: "http://127.0.0.1:1",
    commit,
  });
  return { verdict, directory, lines: ports.lines };
}

test("a command that ends with 0 passes; it runs in the tree and knows address and commit", async (t) => {
  const { verdict, directory, lines } = await runIn(t, { run: 'pwd; echo "$SLUICE_URL $SLUICE_COMMIT"' });
  assert.equal(verdict.verdict, "pass");
  assert.ok(lines.includes(`  | ${directory}`));
  assert.ok(lines.includes(`  | http://127.0.0.1:1 ${commit}`));
});

const failing: readonly (readonly [what: string, command: string, says: RegExp])[] = [
  ["a failing command", "echo all fine; exit 3", /ended with 3 after .* Its last line is "all fine"/],
  ["a failure in the middle", "false; echo unreachable", /ended with 1/],
  ["a failure inside of a pipe", "false | cat", /ended with 1/],
  ["a command that does not exist", "no-such-command-here", /ended with 127/],
  ["a command that is killed", "kill -TERM $$", /was ended by SIGTERM/],
];
for (const [what, command, says] of failing) {
  test(`${what} fails`, async (t) => {
    const { verdict } = await runIn(t, { run: command });
    assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "command-failed"]);
    assert.match(verdict.message, says);
  });
}

test("F10: a command that takes too long is ended with all its children", async (t) => {
  const { verdict } = await runIn(t, { run: "sleep 30 & sleep 30; wait", within: 200 });
  assert.deepEqual([verdict.verdict, verdict.reason], ["fail", "command-timed-out"]);
  assert.match(verdict.message, /ended after 200ms/);
});

test("a command sees no token, none of GitHub's files and nothing else that is ours", async (t) => {
  const env = {
    ...process.env,
    GITHUB_TOKEN: "hunter2",
    GITHUB_ENV: "/tmp/x",
    INPUT_TOKEN: "hunter2",
    DATABASE_URL: "hunter2",
  };
  const { lines } = await runIn(t, { run: "env" }, env);
  assert.ok(lines.some((line) => line.includes("PATH=")));
  assert.doesNotMatch(lines.join("\n"), /hunter2|GITHUB_|INPUT_/);
});

test("no line of a command's output is an order to the runner or the terminal", async (t) => {
  const run = String.raw`printf '::set-output name=x::1\n  ::error::x\n##[add-mask]x\nsee ##[error]\r::warning::y\n\033[2J\033]0;t\007z\n'`;
  const { lines } = await runIn(t, { run });
  const output = lines.slice(1);
  assert.equal(output.length, 5);
  for (const line of output) {
    assert.match(line, /^ {2}\| /);
    assert.doesNotMatch(line, /##\[|\u001b|\r|\n/);
  }
});
