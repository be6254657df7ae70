import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { changer, flagReader } from "../src/change.ts";
import type { DeployTarget } from "../src/deploy-target.ts";
import type { Plan } from "../src/plan.ts";
import { memoryPlatform } from "./proof/platform.ts";
import { swiftPorts } from "./swift-ports.ts";

const commands = {
  set: 'test "$FLAGS_TOKEN" = t-1; printf %s "$SLUICE_FLAG_VALUE" > "$SLUICE_FLAG"',
  read: 'cat "$SLUICE_FLAG"',
};

/** A folder with one flag, set by real commands, and a platform with variables. */
async function scene(
  use: (scene: {
    readonly change: (to: "on" | "off", handle?: string | null) => Promise<string>;
    readonly before: () => Promise<string>;
    readonly flag: () => Promise<string>;
    readonly put: (value: string) => Promise<void>;
    readonly variables: Map<string, string>;
  }) => Promise<void>,
  { flags = { voice: "25%" } as Record<string, string>, pair = commands } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), "sluice-flags-"));
  const variables = new Map([["MODE", "live"]]);
  const target: DeployTarget = {
    ...memoryPlatform({ version: "old", weight: 100 }),
    variables: async () => ({ values: Object.fromEntries(variables), unreadable: ["HIDDEN"] }),
    configure: async (values) => {
      for (const [name, value] of Object.entries(values)) variables.set(name, value);
      return { changed: Object.keys(values), unreadable: [] };
    },
    unset: async (names) => {
      for (const name of names) variables.delete(name);
    },
  };
  const plan: Plan = {
    service: "shop",
    flags: { voice: pair },
    stages: [{ name: "beta", flags, steps: ["watch"], shifts: [], maxHoldMs: 0 }],
  };
  const put = (value: string) => writeFile(join(directory, "voice"), value);
  await put("5%\n");
  const changing = { target: async () => target, directory, variables: { FLAGS_TOKEN: "t-1" }, ports: swiftPorts() };
  const what = { what: "flags", stage: "beta", plan } as const;
  try {
    await use({
      change: async (to, handle = null) => (await changer(changing)({ ...what, to, handle, withinMs: 60_000 })).message,
      before: () => flagReader(changing)(what),
      flag: async () => (await readFile(join(directory, "voice"), "utf8")).trim(),
      put,
      variables,
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("a flag is set by its command, read back, and put back to what it was", () =>
  scene(async ({ change, before, flag }) => {
    const handle = await before();
    assert.equal(handle, '{"voice":"5%"}');
    assert.equal(await change("on"), "voice went from 5% to 25%, read back.");
    assert.equal(await change("on"), "voice stands at 25% already.");
    assert.equal(await change("off", handle), "voice is back at 5%, read back.");
    assert.equal(await change("off", handle), "voice is at 5%, as before.");
    assert.equal(await flag(), "5%");
  }));

test("a share that is higher already is not taken down, and was never ours to put back", () =>
  scene(async ({ change, before, put, flag }) => {
    await put("100");
    const handle = await before();
    assert.equal(await change("on"), "voice stands at 100 already.");
    assert.equal(await change("off", handle), "voice is at 100, as before.");
    assert.equal(await flag(), "100");
  }));

test("a flag that somebody moved meanwhile is theirs and stays", () =>
  scene(async ({ change, before, put, flag }) => {
    const handle = await before();
    await change("on");
    await put("60%");
    assert.equal(await change("off", handle), "voice was set to 60% by somebody since and stays.");
    assert.equal(await flag(), "60%");
  }));

test("a command that reports success and sets nothing is found out", () =>
  scene(
    async ({ change }) => {
      assert.match(await change("on"), /^The flag voice was set to 25%, and reads 5%\./);
    },
    { pair: { set: "true", read: commands.read } },
  ));

const broken: readonly [string, typeof commands, RegExp][] = [
  [
    "fails",
    { set: "echo no such flag >&2; exit 3", read: commands.read },
    /`flags\.voice\.set` ended with 3: no such flag/,
  ],
  ["prints nothing", { set: "true", read: "true" }, /`flags\.voice\.read` printed nothing/],
  ["prints a page", { set: "true", read: "printf 'a\\nb'" }, /`flags\.voice\.read` printed more than a value/],
];
for (const [what, pair, message] of broken)
  test(`a command that ${what} fails the step with its own words`, () =>
    scene(async ({ change }) => assert.match(await change("on"), message), { pair }));

test("variables of the service are set as flags and put back, or removed where there were none", () =>
  scene(
    async ({ change, before, variables }) => {
      const handle = await before();
      assert.equal(handle, '{"MODE":"live","ENABLE_VOICE":null}');
      await change("on");
      assert.deepEqual(Object.fromEntries(variables), { MODE: "beta", ENABLE_VOICE: "true" });
      assert.equal(await change("off", handle), "ENABLE_VOICE is gone again; MODE is live again.");
      assert.deepEqual(Object.fromEntries(variables), { MODE: "live" });
    },
    { flags: { MODE: "beta", ENABLE_VOICE: "true" } },
  ));

test("a variable that cannot be shown is no flag: the record could not put it back", async () => {
  await scene(async ({ before }) => assert.rejects(before(), /HIDDEN holds what cannot be shown/), {
    flags: { HIDDEN: "1" },
  });
  await scene(
    async ({ before, variables }) => {
      variables.set("MODE", "x".repeat(41));
      await assert.rejects(before(), /MODE holds what cannot be shown or may be a secret/);
    },
    { flags: { MODE: "beta" } },
  );
});

test("without the record's word on what was before nothing is put back by guessing", () =>
  scene(async ({ change }) => assert.match(await change("off", "no json"), /does not say what the flags were before/)));
