import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { missingForHosts } from "../../src/rehearsal/host-twin.ts";
import { scenarios } from "../../src/rehearsal/scenario.ts";

/*
 * Whole rehearsals: the consumer's workflows, the built actions, real processes and real traffic. Each is judged by
 * what users got (src/rehearsal/judge.ts); here only the outcome is asked for, and that nothing stays behind.
 */

const root = path.resolve(import.meta.dirname, "../..");
const keep = mkdtempSync(path.join(os.tmpdir(), "sluice-scenarios-"));
// The worlds live below it, so that whatever they leave behind carries its path; the database's own user has to enter.
chmodSync(keep, 0o755);
const environment = { ...process.env, TMPDIR: keep };
after(() => rmSync(keep, { recursive: true, force: true }));

interface Report {
  readonly passed: boolean;
  readonly exitCode: number;
  readonly findings: readonly { readonly holds: boolean; readonly text: string }[];
}

function rehearse(
  name: string,
  example = "quickstart",
  rate = 1000,
): Promise<{ readonly code: number | null; readonly output: string; readonly report: Report }> {
  const folder = path.join(keep, example, name);
  const json = path.join(folder, "report.json");
  const args = [
    "src/cli/main.ts",
    "rehearse",
    "--example",
    example,
    "--rate",
    String(rate),
    "--scenario",
    name,
    "--keep",
    folder,
    "--json",
    json,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) =>
    child.on("close", (code) => {
      const [report]: Report[] = JSON.parse(readFileSync(json, "utf8"));
      assert.ok(report !== undefined, output);
      resolve({ code, output, report });
    }),
  );
}

/** What a host's twin and the Alembic of the example need of this machine. */
const hostMissing =
  missingForHosts() ??
  (spawnSync("/usr/bin/python3", ["-c", "import alembic, psycopg2"]).status === 0
    ? undefined
    : "Debian's alembic and python3-psycopg2 are not installed");

/** The same triggers in other repositories, good and bad: on each platform's twin what is peculiar to it. */
const played: readonly { example: string; on: string; rate: number; bad: string; missing?: string | undefined }[] = [
  // A rolling release in five stages, and an instant rollback.
  { example: "foco", on: "Vercel", rate: 400, bad: "errors" },
  // The second service first, then one deploy that replaces what serves.
  { example: "voxanne", on: "Render", rate: 300, bad: "errors" },
  // Prisma's migrations, rehearsed on an empty copy of the schema; the bad one works everywhere but in production.
  { example: "optropic", on: "Vercel", rate: 400, bad: "migration-fails" },
  // A real SSH server, a real HAProxy, versions side by side in its slots.
  { example: "proofile", on: "a compose host", rate: 600, bad: "errors", missing: hostMissing },
];
for (const { example, on, rate, bad, missing } of played)
  for (const scenario of scenarios.filter(({ name }) => ["good", bad].includes(name)))
    test(`${example} on ${on}, ${scenario.name}: ${scenario.story}`, { skip: missing ?? false }, async () => {
      const { code, output, report } = await rehearse(scenario.name, example, rate);
      const broken = report.findings.filter(({ holds }) => !holds).map(({ text }) => text);
      assert.deepEqual(broken, [], output);
      assert.deepEqual([code, report.exitCode], [0, scenario.exitCode], output);
    });

// Those that take longer than a pull request should wait are played by `npm run nightly`.
for (const scenario of scenarios.filter(({ nightly, example }) => nightly !== true && example === undefined)) {
  test(`${scenario.name}: ${scenario.story}`, async () => {
    const { code, output, report } = await rehearse(scenario.name);
    const broken = report.findings.filter(({ holds }) => !holds).map(({ text }) => text);
    assert.deepEqual(broken, [], output);
    assert.equal(code, 0, output);
    assert.equal(report.exitCode, scenario.exitCode);
    assert.match(output, /real {6}workflow YAML/);
  });
}

test("Ctrl-C in mid canary is GitHub's cancel button: traffic is given back before anything ends", async () => {
  const args = ["src/cli/main.ts", "rehearse", "--scenario", "good", "--keep", path.join(keep, "ctrl-c")];
  // A terminal's Ctrl-C goes to the whole foreground group, so the rehearsal leads one of its own here.
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: environment,
    detached: true,
  });
  let output = "";
  let pressed = false;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (pressed || child.pid === undefined || !/look 2 at 5%/.test(output)) return;
      pressed = true;
      process.kill(-child.pid, "SIGINT");
    });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  assert.ok(pressed, output);
  assert.match(output, /rolled-back: traffic to [0-9a-f]{12} \(cancelled\)/);
  assert.match(output, /Cancelled: every process of the rehearsal has ended/);
  assert.equal(code, 1);
});

test("nothing is left behind: no process of a rehearsal, no folder", {
  skip: process.platform !== "linux" ? "processes are listed through /proc" : false,
}, () => {
  const left = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(keep) || commandOf(pid).includes(keep));
  assert.deepEqual(left.map(commandOf), []);
  assert.deepEqual(
    readdirSync(keep).filter((name) => /^(?:sluice-)?rehearsal-/.test(name)),
    [],
  );
});

const readProc = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};
const environmentOf = (pid: string) => readProc(`/proc/${pid}/environ`);
const commandOf = (pid: string) => readProc(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
