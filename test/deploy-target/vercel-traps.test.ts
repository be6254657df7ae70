import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { Outcome } from "../../src/deploy-target.ts";
import { applied, commits, hastyClock, sharesOf, type VercelScene, vercelScene } from "./vercel-scene.ts";

/*
 * Vercel's command line reports success when nothing happened, in seventeen ways that were reproduced with its version
 * 60.1.3. Each is a test that Sluice does the right thing: it asks the REST API, names what it means, and believes only
 * what production shows. The command line is used for `pull`, `build` and `deploy --prebuilt` and for nothing else.
 */

const staged = async ({ target }: VercelScene, shares?: readonly number[]) =>
  (await target.stage({ commit: commits.two, directory: "/nowhere", env: {}, shares })).version;

async function promoteTwo(small: VercelScene): Promise<{ candidate: string; outcome: Outcome }> {
  const candidate = await staged(small);
  const { generation } = await small.target.observe();
  const { target, stable } = small;
  return { candidate, outcome: await target.shift({ candidate, stable, weight: 100, ifGeneration: generation }) };
}

const asked = ({ twin }: VercelScene, part: RegExp) => twin.exchanges.filter(({ path }) => part.test(path));

test("T01 a rollback always names the deployment: one without would move nothing and succeed", async () => {
  await using small = await vercelScene();
  await promoteTwo(small);
  applied(await small.target.restore({ to: small.stable }));
  assert.deepEqual(
    asked(small, /\/rollback/).map(({ path }) => path),
    [`/v1/projects/prj_shop4711/rollback/${small.stable}`],
  );
  assert.deepEqual(await small.users(10), { [small.stable]: 10 });
});

test("T02 F06: an accepted promotion that Vercel forgets is no success: production does not show it", async () => {
  await using small = await vercelScene();
  const candidate = await staged(small);
  const { generation } = await small.target.observe();
  // The request is answered as if it had been taken, and nothing comes of it.
  small.twin.inject({ kind: "page", method: "POST", path: /\/promote\//, status: 201 });
  const { target, stable } = small;
  const outcome = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
  assert.equal(outcome.outcome, "unknown");
  assert.ok(outcome.outcome === "unknown" && /production does not show it/.test(outcome.message));
  assert.deepEqual(await small.users(10), { [stable]: 10 });
});

test("T03 the first stage of a rolling release is its own share, not a finished promotion, and nothing spins", async () => {
  await using small = await vercelScene();
  const candidate = await staged(small, [5, 100]);
  const { generation } = await small.target.observe();
  const before = small.twin.exchanges.length;
  const { target, stable } = small;
  const after = applied(await target.shift({ candidate, stable, weight: 5, ifGeneration: generation }));
  assert.deepEqual(sharesOf(after), { [stable]: 95, [candidate]: 5 });
  assert.ok(small.twin.exchanges.length - before < 40, "looks have pauses between them");
  assert.equal(asked(small, /\/promote\//).length, 0, "a promotion would begin a rolling release by itself");
});

test("T03 a finished rolling release that still carries its last stage is over", async () => {
  await using small = await vercelScene();
  const candidate = await staged(small, [5, 100]);
  let { generation } = await small.target.observe();
  for (const weight of [5, 100])
    ({ generation } = applied(
      await small.target.shift({ candidate, stable: small.stable, weight, ifGeneration: generation }),
    ));
  assert.deepEqual(sharesOf(await small.target.observe()), { [candidate]: 100 });
});

test("T04 a promotion that is queued behind another rolling release is refused before and unknown after", async () => {
  await using small = await vercelScene();
  const { target, twin, stable } = small;
  const candidate = await staged(small);
  const third = await twin.deploy(commits.three);
  twin.traffic.configure([10, 100]);
  twin.traffic.start(third);
  const { generation } = await target.observe();
  const refused = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
  assert.ok(refused.outcome === "not-applied" && refused.reason === "rolling-release-active");
  assert.equal(asked(small, /\/promote\//).length, 0);
  assert.equal(twin.traffic.promote(candidate), 202, "which Vercel would only have queued");
  assert.deepEqual(sharesOf(await target.observe()), { [stable]: 90, [third]: 10 });
});

test("T04 a promotion that another rolling release overtakes is unknown, and says what is queued where", async () => {
  await using small = await vercelScene();
  const { twin, stable } = small;
  const candidate = await staged(small);
  const third = await twin.deploy(commits.three);
  const overtaken: typeof fetch = (address, request) => {
    if (request?.method === "POST" && /\/promote\//.test(String(address))) {
      twin.traffic.configure([10, 100]);
      twin.traffic.start(third);
    }
    return fetch(address, request);
  };
  const target = small.targetWith({}, { fetch: overtaken });
  const { generation } = await target.observe();
  const outcome = await target.shift({ candidate, stable, weight: 100, ifGeneration: generation });
  assert.equal(outcome.outcome, "unknown");
  assert.ok(outcome.outcome === "unknown" && outcome.message.includes(`It queued ${candidate} behind another`));
  assert.deepEqual(sharesOf(await target.observe()), { [stable]: 90, [third]: 10 });
});

/** What a release does without any command: whatever one prints is not for machines. */
const withoutCommands = (small: VercelScene) =>
  small.targetWith({}, { exec: (file) => Promise.reject(new Error(`${file} was run`)) });

test("T05 every request carries the team, also the ones for one deployment", async () => {
  await using small = await vercelScene();
  await promoteTwo(small);
  applied(await small.target.restore({ to: small.stable }));
  await small.target.history?.();
  for (const { path: asking, query } of small.twin.exchanges) assert.match(query, /teamId=team_acme0815/, asking);
});

test("T06 F41: a preview is never promoted: that would build it anew and say that all is well", async () => {
  await using small = await vercelScene();
  const preview = await small.twin.deploy(commits.two, "preview");
  await assert.rejects(async () => small.target.history?.(preview), /is a preview, not a production build/);
  small.twin.misbehave("preview");
  await assert.rejects(staged(small), /was built for a preview, not for production/);
  assert.equal(asked(small, /\/promote\//).length, 0);
  assert.deepEqual(await small.users(10), { [small.stable]: 10 });
});

test("T07 a rolling release of what is no production build is refused with what Vercel said", async () => {
  await using small = await vercelScene();
  const { target, twin, stable } = small;
  const preview = await twin.deploy(commits.two, "preview");
  twin.traffic.configure([5, 100]);
  const { generation } = await target.observe();
  const outcome = await target.shift({ candidate: preview, stable, weight: 5, ifGeneration: generation });
  assert.ok(outcome.outcome === "not-applied" && /not a production deployment/.test(outcome.message));
  assert.deepEqual(await small.users(10), { [stable]: 10 });
});

test("T08 an aborted rolling release goes back to its base by name, not to the deployment that is rolled out", async () => {
  await using small = await vercelScene();
  const { target, stable } = small;
  const candidate = await staged(small, [25, 100]);
  const { generation } = await target.observe();
  const at25 = applied(await target.shift({ candidate, stable, weight: 25, ifGeneration: generation }));
  applied(await target.restore({ to: stable, ifGeneration: at25.generation }));
  assert.equal(asked(small, new RegExp(`/rollback/${stable}$`)).length, 1);
  assert.equal(small.twin.traffic.state.rollout?.state, "ABORTED");
  assert.deepEqual(await small.users(10), { [stable]: 10 });
});

test("T09 the rolling release is read through the API as JSON, never from what a command prints", async () => {
  await using small = await vercelScene();
  const { stable } = small;
  const target = withoutCommands(small);
  const { version: candidate } = await target.stage({ commit: commits.two, directory: "/", env: {}, shares: [5, 100] });
  const { generation } = await target.observe();
  applied(await target.shift({ candidate, stable, weight: 5, ifGeneration: generation }));
  const read = asked(small, /\/rolling-release/).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
  assert.ok(read.includes("GET config") && read.includes("PATCH config"));
});

for (const [ending, message] of [
  ["error", /ended as ERROR \(BUILD_FAILED: Command "npm run build" exited with 1\)/],
  ["canceled", /ended as CANCELED/],
] as const)
  test(`T10 T11 a build that ${ending === "error" ? "fails" : "is canceled"} gives no version, whatever address it has`, async () => {
    await using small = await vercelScene();
    small.twin.misbehave(ending);
    await assert.rejects(staged(small), message);
    assert.deepEqual(await small.users(10), { [small.stable]: 10 });
  });

test("T10 a build that takes for ever is no success: its state is what counts", async () => {
  await using small = await vercelScene();
  small.twin.misbehave("stuck");
  // The 46 minutes a build may take pass in ten looks.
  const clock = hastyClock(5 * 60_000);
  const target = small.targetWith({}, { clock });
  await assert.rejects(
    target.stage({ commit: commits.two, directory: "/nowhere", env: {} }),
    /is BUILDING after 46 minutes/,
  );
});

test("T12 values of variables are nowhere: neither listed, nor printed, nor left in a file", async () => {
  await using small = await vercelScene();
  small.twin.variables.put({ key: "SECRET", value: "hunter2-hunter2", type: "encrypted", target: ["production"] });
  await small.target.configure?.({ SECRET: "correct-horse" });
  const told = JSON.stringify(small.said);
  assert.ok(!told.includes("hunter2") && !told.includes("correct-horse"));
});

test("T13 a write is sent once: a rollback that Vercel fails to answer is looked at, not sent again", async () => {
  await using small = await vercelScene();
  const { candidate } = await promoteTwo(small);
  small.twin.inject({ kind: "status", method: "POST", path: /\/rollback\//, status: 503, times: 9 });
  const outcome = await small.target.restore({ to: small.stable });
  assert.equal(outcome.outcome, "unknown");
  assert.equal(asked(small, /\/rollback\//).length, 1);
  assert.deepEqual(await small.users(10), { [candidate]: 10 });
});

test("T14 a deployment has an id in every list", async () => {
  await using small = await vercelScene();
  await promoteTwo(small);
  const listed = await withoutCommands(small).history?.();
  assert.deepEqual(
    listed?.map(({ version }) => version),
    [small.stable],
  );
});

test("T15 B85: a protected deployment is asked with the secret that is given, and no secret is ever made", async () => {
  await using small = await vercelScene({ bypass: ["open-sesame"] });
  await small.target.health(small.stable);
  await small.targetWith({ bypass: "open-sesame" }).health(small.stable);
  assert.equal(asked(small, /protection-bypass/).length, 0);
});

/** Stands in for Vercel's command line: notes what it was called with, and deploys through the API like the real one. */
const standIn = (log: string, deployment: string) => `#!/bin/sh
if [ "$1" = "--version" ]; then echo 60.1.3; exit 0; fi
node -e 'require("fs").appendFileSync(process.argv[1], JSON.stringify({ args: process.argv.slice(2), env: process.env }) + "\\n")' ${JSON.stringify(log)} "$@"
if [ "$1" = pull ]; then mkdir -p .vercel; echo 'PULLED="pulled-secret-value"' > .vercel/.env.production.local; fi
if [ "$1" = deploy ]; then echo '{"status":"ok","deployment":{"id":"${deployment}","url":"x"}}'; fi
`;

async function localBuild(small: VercelScene) {
  const deployment = await small.twin.deploy(commits.two);
  const token = small.twin.issueToken();
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-vercel-cli-"));
  const log = path.join(directory, "calls");
  await mkdir(path.join(directory, "bin"));
  await writeFile(path.join(directory, "bin", "vercel"), standIn(log, deployment));
  await chmod(path.join(directory, "bin", "vercel"), 0o755);
  const env = { PATH: `${path.join(directory, "bin")}:${process.env["PATH"]}`, SLUICE_VERCEL_API: small.twin.url };
  const target = small.targetWith({ build: "local", token }, { env });
  return {
    deployment,
    token,
    directory,
    stage: () => target.stage({ commit: commits.two, directory, env: {} }),
    async calls(): Promise<readonly { args: readonly string[]; env: Record<string, string> }[]> {
      return (await readFile(log, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

test("T16 T17 a local build uses three commands, with the flags of this version and the token in the environment", async () => {
  await using small = await vercelScene();
  await using local = await localBuild(small);
  assert.equal((await local.stage()).version, local.deployment);
  const calls = await local.calls();
  assert.deepEqual(
    calls.map(({ args }) => args.slice(0, 2).join(" ")),
    ["pull --environment=production", "build --prod", "deploy --prebuilt"],
  );
  assert.ok(calls[2]?.args.includes("--skip-domain"), "it takes no production domain");
  for (const { args, env } of calls) {
    assert.ok(!args.some((argument) => argument.includes(local.token)), "no token in argv");
    assert.equal(env["VERCEL_TELEMETRY_DISABLED"], "1");
    assert.deepEqual([env["VERCEL_ORG_ID"], env["VERCEL_PROJECT_ID"]], ["team_acme0815", "prj_shop4711"]);
  }
  const unknown = calls
    .flatMap(({ args }) => args)
    .filter((argument) => /^--(environment=staging|token|scope|target)/.test(argument));
  assert.deepEqual(unknown, []);
});

test("T12 what a local build pulled is masked, and does not stay in the workspace", async () => {
  await using small = await vercelScene();
  await using local = await localBuild(small);
  await local.stage();
  assert.ok(small.said.some(({ level, message }) => level === "mask" && message === "pulled-secret-value"));
  await assert.rejects(readFile(path.join(local.directory, ".vercel", ".env.production.local")));
});

test("T11 a command that fails gives no version, even when it printed an address", async () => {
  await using small = await vercelScene();
  await using local = await localBuild(small);
  const failing =
    '#!/bin/sh\nif [ "$1" = --version ]; then echo 60.1.3; exit 0; fi\nif [ "$1" = deploy ]; then echo https://shop-x.vercel.app; echo "Error: boom" >&2; exit 1; fi\n';
  await writeFile(path.join(local.directory, "bin", "vercel"), failing);
  await assert.rejects(local.stage(), /`vercel deploy` ended with 1[\s\S]*Error: boom/);
  await writeFile(path.join(local.directory, "bin", "vercel"), failing.replace("exit 1", "exit 0"));
  await assert.rejects(local.stage(), /did not say which deployment it made/);
});
