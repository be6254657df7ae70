import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { openLaptopWorld } from "./laptop.ts";
import { done } from "./release-story.ts";

const root = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/on-call.md"), "utf8");
/** Every command that the page tells people to run. */
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text.trim());

const world = await openLaptopWorld();
after(() => world[Symbol.asyncDispose]());
let release = 0;
beforeEach(async () => {
  await world.target.restore({ to: world.candidate });
  const { generation } = await world.target.observe();
  release += 1;
  await world.append(...done({ ...world, generation }, Date.now(), release));
});

/** Runs a line of the page as a person would, in a shell. */
async function typed(line: string, cwd: string): Promise<string> {
  const variables = world.variables.trim().split("\n");
  const env = {
    PATH: `${path.dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: world.elsewhere,
    ...Object.fromEntries(
      variables.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    ),
  };
  const sluice = `sluice() { node "${path.join(root, "src/cli/main.ts")}" "$@"; }`;
  const script = `${sluice}\n${line.replaceAll("VERSION", world.stable)}`;
  return (await promisify(execFile)("sh", ["-c", script], { cwd, env })).stdout;
}

test("the page has a command for each way to act", () => {
  assert.equal(commands.length, 7);
});

for (const command of commands.filter((line) => /rollback|curl/.test(line) && !line.includes("--only-record")))
  test(`gives production back: ${command.slice(0, 60)}`, async () => {
    const withoutClone = command.includes("--target") || command.startsWith("printf");
    await typed(command, withoutClone ? world.elsewhere : world.clone);
    assert.deepEqual(await world.shares(), { [world.stable]: 100 });
  });

test("what was done without the record is written down afterwards", async () => {
  const writeDown = commands.find((line) => line.includes("--only-record"));
  assert(writeDown !== undefined);
  await world.target.restore({ to: world.stable });
  await typed(writeDown, world.clone);
  assert.equal((await world.record()).release?.ended?.as, "rolled-back");
});

test("status shows it, and the lock is there afterwards", async () => {
  const [status = "", lock = ""] = ["sluice status", "sluice lock"].map((start) =>
    commands.find((line) => line.startsWith(start)),
  );
  assert.match(await typed(status, world.clone), /release \d+ ended as done/);
  await typed(lock, world.clone);
  assert.match((await world.record()).lock?.reason ?? "", /checkout is broken/);
});
