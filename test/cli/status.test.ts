import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startGitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { openLaptopWorld } from "./laptop.ts";
import { underWay } from "./release-story.ts";

const world = await openLaptopWorld();
after(() => world[Symbol.asyncDispose]());

/** The rows of the screen by their names. */
const rows = (screen: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    screen
      .split("\n")
      .slice(1)
      .map((line) => [line.slice(2, 13).trim(), line.slice(13)])
      .filter(([name]) => name !== ""),
  );

test("before the first release it says so, and what serves", async () => {
  const { code, stdout, stderr } = await world.sluice(["status"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^production: no release was ever recorded/);
  assert.equal(rows(stdout)["serves"], `${world.stable} 100% (read from the platform just now)`);
  assert.match((await world.sluice(["history"])).stdout, /Nothing is recorded of production/);
});

test("under way it shows on one screen what serves, where it stands, the newest verdict and what it waits for", async () => {
  const { generation } = await world.target.observe();
  const shifted = await world.target.shift({
    candidate: world.candidate,
    stable: world.stable,
    weight: 5,
    ifGeneration: generation,
  });
  assert.equal(shifted.outcome, "applied");
  await world.append(...underWay({ ...world, generation: (await world.target.observe()).generation }, Date.now()));
  const { code, stdout, stderr } = await world.sluice(["status"]);
  assert.equal(code, 0, stderr);
  assert(stdout.split("\n").length <= 24, "one screen");
  assert.match(stdout, /^production: release 4711 is under way/);
  const shown = rows(stdout);
  assert.match(
    shown["serves"] ?? "",
    new RegExp(`${world.candidate} 5%.*${world.stable} 95%|${world.stable} 95%.*${world.candidate} 5%`),
  );
  assert.match(shown["started"] ?? "", /^by grace, .* UTC \(20m ago\)/);
  assert.equal(shown["stage"], "release");
  assert.equal(shown["step"], "canary");
  assert.match(shown["share"] ?? "", /^5% \(1 of 2\) since .* \(12m ago\)/);
  assert.equal(shown["way back"], world.stable);
  assert.match(shown["verdict"] ?? "", /^hold \(not-enough-data\): canary of stage release at 5%/);
  assert.match(stdout, /0\.2% of 310 answers; 900 are needed/);
  assert.match(
    shown["waits for"] ?? "",
    /^proof at 5%: it is held for 15m, .* to go; without proof it goes back after 1h/,
  );
  assert.equal(shown["lock"], "none");
  assert.match(shown["record"] ?? "", /^remote origin of .*, entry 5, /);
});

test("--json says the same as data", async () => {
  const { code, stdout } = await world.sluice(["status", "--json"]);
  assert.equal(code, 0);
  const standing = JSON.parse(stdout);
  assert.equal(standing["schema-version"], 1);
  assert.equal(standing.release.number, 4711);
  assert.deepEqual(standing.release.share, { ...standing.release.share, percent: 5, number: 1, of: 2 });
  assert.deepEqual(standing.verdict.evidence, { answers: 310 });
  assert.equal(standing.serving.length, 2);
});

test("history is one line an entry, oldest first, and limited from the newest end", async () => {
  const { stdout } = await world.sluice(["history"]);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[0] ?? "", /Z {4}4711 {2}grace {2}release 4711 started: ca4d1da7e000$/);
  assert.match(lines[4] ?? "", /canary 5%: hold \(not-enough-data\)$/);
  assert.equal((await world.sluice(["history", "--limit", "1"])).stdout.trim(), lines[4]);
  const { entries } = JSON.parse((await world.sluice(["history", "--json"])).stdout);
  assert.deepEqual(
    entries.map(({ kind }: { kind: string }) => kind),
    ["started", "step", "intent", "result", "verdict"],
  );
});

test("a release that waits in line is shown, with who pushed it and what begins it", async () => {
  const by = { run: 4712, attempt: 1, actor: "ada" };
  const common = { at: Date.now() - 60_000, by, release: 4712, message: "Release 4711 is still under way." };
  await world.append({ kind: "queued", ...common, commit: world.candidate, reason: "busy" });
  const { stdout } = await world.sluice(["status"]);
  const shown = rows(stdout);
  assert.match(shown["in line"] ?? "", /^4712 of commit \w{12} by ada, .* UTC \(1m ago\)/);
  assert.match(stdout, /Release 4711 is still under way\./);
  await world.append({ kind: "dequeued", ...common, reason: "rejected" });
  assert.equal(rows((await world.sluice(["status"])).stdout)["in line"], undefined);
});

test("a platform this machine cannot ask is said in its row, and the record is shown all the same", async () => {
  const { code, stdout } = await world.sluice(["status"], { env: { LOCAL_ADMIN: "" } });
  assert.equal(code, 0);
  assert.match(rows(stdout)["serves"] ?? "", /^not read: .*LOCAL_ADMIN/);
  assert.match(stdout, /release 4711 is under way/);
});

test("through GitHub's API it needs a token and no clone", async () => {
  const twin = await startGitHubTwin({
    repository: "octo/shop",
    bareRepository: world.bare.directory,
    rateLimit: 1000,
  });
  try {
    const env = {
      GITHUB_TOKEN: twin.issueToken({ permissions: { contents: "read" }, jobId: "laptop" }),
      GITHUB_API_URL: twin.url,
    };
    const args = ["status", "--repository", "octo/shop"];
    const { code, stdout, stderr } = await world.sluice(args, { env, cwd: world.elsewhere });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /release 4711 is under way/);
    assert.match(rows(stdout)["verdict"] ?? "", /^hold \(not-enough-data\)/);
    const history = await world.sluice(["history", "--repository", "octo/shop"], { env, cwd: world.elsewhere });
    assert.equal(history.code, 2);
    assert.match(history.stderr, /inside a clone/);
  } finally {
    await twin.stop();
  }
  const without = await world.sluice(["status", "--repository", "octo/shop"], { cwd: world.elsewhere });
  assert.equal(without.code, 2);
  assert.match(without.stderr, /GITHUB_TOKEN/);
});

test("what a person can get wrong is said with what to do, as exit code 2; an unreachable remote is 3", async () => {
  const nowhere = await world.sluice(["status"], { cwd: world.elsewhere });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /not a git repository\. Run this inside a clone/);
  const odd = await world.sluice(["status", "--enviroment", "production"]);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /--enviroment/);
  assert.doesNotMatch(odd.stderr, /defect/);
  assert.equal((await world.sluice(["history", "--limit", "many"])).code, 2);
  for (const name of ["constructor", "__proto__"])
    assert.match((await world.sluice([name])).stderr, new RegExp(`^There is no command ${name}\\.`));
  await world.sluice(["status"]);
  const up = world.gitHubDown();
  const down = await world.sluice(["status"]);
  const never = await world.sluice(["status", "--environment", "nowhere"]);
  up();
  assert.equal(down.code, 0);
  assert.match(down.stderr, /record cannot be read .*; this is entry \d+, the newest that was fetched/);
  assert.match(down.stdout, /serves .*read from the platform just now/);
  assert.equal(never.code, 3);
  assert.match(never.stdout, /^nowhere: the record cannot be read\n {2}serves .*read from the platform just now/);
  assert.match(never.stderr, /git could not read the record/);
});
