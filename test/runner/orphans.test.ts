import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { endOrphans } from "../../src/rehearsal/workflow/orphan.ts";
import { createRunnerFiles } from "../../src/rehearsal/workflow/runner-files.ts";
import { actionFile } from "../actions/shop.ts";
import { eventually, processExists } from "../rehearsal/tiny-commit.ts";

const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-orphans-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const runbook = `runbook: 1
service: shop
environment: production
url: http://127.0.0.1:9
target: { local: { admin: "http://127.0.0.1:9", start: node server.mjs, health: /health } }
stages:
  - name: release
    preflight: [{ run: "sleep 120 & echo $$ $! > pids.new; mv pids.new pids; wait" }]
    deploy: {}
`;

/** The built preflight in the middle of the user's command, in which a shell and its child wait. */
async function inTheMiddle(): Promise<{
  readonly action: ChildProcess;
  readonly mark: string;
  readonly pids: number[];
}> {
  const workspace = mkdtempSync(path.join(directory, "work-"));
  mkdirSync(path.join(workspace, ".github"));
  writeFileSync(path.join(workspace, ".github/runbook.yml"), runbook);
  const { inputs, main } = actionFile("preflight");
  const given: Readonly<Record<string, string>> = { record: "none" };
  const mark = `orphans-${randomUUID()}`;
  const env = {
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`,
    ...{ HOME: directory, RUNNER_TEMP: directory, RUNNER_TRACKING_ID: mark, GITHUB_ACTIONS: "true" },
    ...{ GITHUB_REPOSITORY: "octo/shop", GITHUB_WORKSPACE: workspace, GITHUB_ACTOR: "ada", GITHUB_EVENT_NAME: "push" },
    ...{
      GITHUB_RUN_ID: "1",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_SHA: "a".repeat(40),
      GITHUB_API_URL: "http://127.0.0.1:9",
    },
    ...createRunnerFiles(directory).env,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { default: usual = "" }]) => [
        `INPUT_${name.toUpperCase()}`,
        given[name] ?? (usual.startsWith("${{") ? "no-token" : usual),
      ]),
    ),
  };
  const action = spawn(process.execPath, [main], { env, stdio: "ignore" });
  const file = path.join(workspace, "pids");
  await eventually("the command runs", () => existsSync(file));
  return { action, mark, pids: readFileSync(file, "utf8").trim().split(" ").map(Number) };
}

const ended = (action: ChildProcess) => new Promise<number | null>((resolve) => action.once("exit", resolve));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  test(`F10: an action that is told to stop by ${signal} takes along everything the user's command started`, async () => {
    const { action, pids } = await inTheMiddle();
    assert.ok(pids.length === 2 && pids.every(processExists));
    // Only the entry process is told, as the runner does.
    action.kill(signal);
    assert.notEqual(await ended(action), 0);
    for (const pid of pids) await eventually(`process ${pid} is gone`, () => !processExists(pid));
  });

test("F10: what outlives an action that was killed carries the job's mark, by which the runner ends it", async () => {
  const { action, mark, pids } = await inTheMiddle();
  action.kill("SIGKILL");
  await ended(action);
  const swept = endOrphans(mark);
  for (const pid of pids) assert.ok(swept.includes(pid) || !processExists(pid), `${pid} would live on`);
  for (const pid of pids) await eventually(`process ${pid} is gone`, () => !processExists(pid));
});
