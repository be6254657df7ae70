import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { openLaptopWorld } from "./laptop.ts";
import { done } from "./release-story.ts";

const world = await openLaptopWorld();
let release = 100;
after(() => world[Symbol.asyncDispose]());

/** Each test begins with a finished release: the candidate serves everything, and the record says so. */
beforeEach(async () => {
  await world.target.restore({ to: world.candidate });
  const { generation } = await world.target.observe();
  release += 1;
  await world.append(...done({ ...world, generation }, Date.now(), release));
});

const back = () => world.shares().then((shares) => assert.deepEqual(shares, { [world.stable]: 100 }));

test("inside a clone it needs no arguments: back to what served before, read back, and written down", async () => {
  const { code, stdout, stderr } = await world.sluice(["rollback", "--reason", "customers complain"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /All traffic is on 57ab1e0+, read back at generation/);
  assert.match(stdout, /Serving all traffic now: 57ab1e0+/);
  await back();
  const record = await world.record();
  assert.equal(record.release?.ended?.as, "rolled-back");
  assert.equal(record.release?.ended?.reason, "customers complain");
  assert.equal(record.rejected.at(-1)?.release, release);
});

test("F40: with GitHub down it goes by the record that was fetched last, says so, and says what to run later", async () => {
  assert.equal((await world.sluice(["status"])).code, 0);
  const up = world.gitHubDown();
  const { code, stdout, stderr } = await world.sluice(["rollback", "--reason", "it's $(broken)"]);
  assert.equal(code, 0, stderr);
  await back();
  assert.match(stderr, /record cannot be read .*going on with entry \d+, the newest that was fetched/);
  const [, command = ""] = /run: sluice (rollback --only-record .*)$/m.exec(stderr) ?? [];
  assert.match(command, /--to 57ab1e0+ --reason 'it'\\''s \$\(broken\)'$/);
  assert.match(stdout, /All traffic is on/);

  const early = await world.sluice(["rollback", "--only-record", "--to", world.stable]);
  assert.equal(early.code, 3, "the record still cannot be reached");
  up();
  assert.equal((await world.record()).release?.ended?.as, "done");
  const args = ["rollback", "--only-record", "--to", world.stable, "--reason", "it's $(broken)"];
  const later = await world.sluice(args);
  assert.equal(later.code, 0, later.stderr);
  const record = await world.record();
  assert.equal(record.release?.ended?.as, "rolled-back");
  assert.equal(record.release?.ended?.reason, "it's $(broken)");
  const again = await world.sluice(args);
  assert.equal(again.code, 0);
  assert.match(again.stdout, /knows already/);
  assert.equal((await world.record()).entries, record.entries);
});

test("an old record does not decide: what serves is not in it, so the version has to be named", async () => {
  await world.sluice(["status"]);
  const stranger = "57a46e4".padEnd(40, "0");
  const app = path.join(path.dirname(world.elsewhere), "app");
  await world.target.stage({ commit: stranger, directory: app, env: {} });
  await world.target.restore({ to: stranger });
  const up = world.gitHubDown();
  const unnamed = await world.sluice(["rollback"]);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.stderr, /not in the record as it was last fetched.*Name the version/);
  assert.deepEqual(await world.shares(), { [stranger]: 100 });
  const named = await world.sluice(["rollback", "--to", world.stable.slice(0, 8)]);
  up();
  assert.equal(named.code, 0, named.stderr);
  await back();
});

test("an old record does not decide either when the same version serves, moved by others since", async () => {
  await world.sluice(["status"]);
  // Somebody else's rollback and release came in between, and the same candidate serves again.
  await world.target.restore({ to: world.stable });
  await world.target.restore({ to: world.candidate });
  const up = world.gitHubDown();
  const unnamed = await world.sluice(["rollback"]);
  up();
  assert.equal(unnamed.code, 1);
  assert.match(
    unnamed.stderr,
    /others moved traffic since\. Name the version with `to`; by that record it would be 57ab1e0/,
  );
  assert.deepEqual(await world.shares(), { [world.candidate]: 100 });
});

test("outside of any clone a version and a target are enough; without a version it lists what the platform knows", async () => {
  const options = { cwd: world.elsewhere };
  const target = ["--target", world.targetYaml];
  const lost = await world.sluice(["rollback", ...target], options);
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, new RegExp(`names no version.*${world.stable}`));
  const { code, stderr } = await world.sluice(["rollback", "--to", world.stable, ...target], options);
  assert.equal(code, 0, stderr);
  await back();
});

test("the target may stand in a file, and its variables in another", async () => {
  const [target, variables] = ["target.yml", "secrets.env"].map((name) => path.join(world.elsewhere, name));
  assert(target !== undefined && variables !== undefined);
  writeFileSync(target, world.targetYaml);
  writeFileSync(variables, world.variables, { mode: 0o600 });
  const env = { LOCAL_ADMIN: "", LOCAL_TOKEN: "" };
  const args = ["rollback", "--to", world.stable, "--target", target, "--env-file", variables];
  const { code, stderr } = await world.sluice(args, { cwd: world.elsewhere, env });
  assert.equal(code, 0, stderr);
  await back();
});

test("exit codes: 1 refused, 2 the command is wrong, 3 the platform cannot be reached", async () => {
  const missing = await world.sluice(["rollback", "--to", "feedbeef"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /does not exist on the platform/);
  assert.equal((await world.sluice(["rollback", "--target", "heroku: {}"])).code, 2);
  assert.equal((await world.sluice(["rollback", "--environment", ""])).code, 2);
  const unset = await world.sluice(["rollback"], { env: { LOCAL_TOKEN: "" } });
  assert.equal(unset.code, 2);
  assert.match(unset.stderr, /LOCAL_TOKEN/);
  const gone = await world.sluice(["rollback", "--to", world.stable], { env: { LOCAL_ADMIN: "http://127.0.0.1:1" } });
  assert.equal(gone.code, 3);
  assert.deepEqual(await world.shares(), { [world.candidate]: 100 });
});

test("what is not served cannot be written down", async () => {
  const { code, stderr } = await world.sluice(["rollback", "--only-record", "--to", world.stable]);
  assert.equal(code, 1);
  assert.match(stderr, /no finished rollback to/);
});
