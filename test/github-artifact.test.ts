import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { InputError } from "../src/failure.ts";
import { openArtifacts } from "../src/github/artifact.ts";
import { startArtifactStore, withoutPython } from "./artifact-store.ts";
import { swiftPorts } from "./swift-ports.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "sluice-artifact-"));
after(() => rmSync(folder, { recursive: true }));
/** More than one block, and one with a name that is not ASCII. */
const contents = {
  "dump.age": Buffer.alloc(9 * 2 ** 20, "0123456789abcdef!"),
  "manifést.json.age": Buffer.from("{}"),
};
const files = Object.entries(contents).map(([name, bytes]) => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
});

/** Keeps them in a store with faults; answers why not. */
async function keep(faults: Partial<Awaited<ReturnType<typeof startArtifactStore>>["faults"]> = {}) {
  await using store = await startArtifactStore();
  Object.assign(store.faults, faults);
  const why = await openArtifacts(undefined, { ...swiftPorts(), env: store.env }).keep("dump.age", files);
  return { why, kept: store.kept() };
}

test("files come out of the artifact as they went in, though the store is busy", { skip: withoutPython }, async () => {
  const { why, kept } = await keep({
    busy: { CreateArtifact: 2, blob: 2, FinalizeArtifact: 2, ListArtifacts: 2 },
  });
  assert.equal(why, undefined);
  assert.deepEqual([kept.length, kept[0]?.expires], [1, undefined]);
  const [zip, out] = [path.join(folder, "kept.zip"), path.join(folder, "out")];
  writeFileSync(zip, kept[0]?.bytes ?? "");
  execFileSync("python3", ["-m", "zipfile", "-t", zip]);
  execFileSync("python3", ["-m", "zipfile", "-e", zip, out]);
  for (const [name, bytes] of Object.entries(contents))
    assert.ok(readFileSync(path.join(out, name)).equals(bytes), name);
});

test("an answer that is lost is no artifact that is lost", async () => {
  const { why, kept } = await keep({ losesFinalize: true });
  assert.deepEqual([why, kept.length], [undefined, 1]);
});

test("an artifact whose making was not answered is left, and another one with a number behind its name is kept", async () => {
  const { why, kept } = await keep({ losesCreate: 1 });
  assert.deepEqual([why, kept.map(({ name }) => name)], [undefined, ["dump.age.2"]]);
});

for (const [what, faults, said] of [
  ["that stores something else", { cuts: true }, /does not list it as it was sent/],
  ["that refuses", { refusesCreate: true }, /made none \(409\)/],
  ["that stays busy", { busy: { CreateArtifact: 99 } }, /made none \(503\)/],
  ["whose blobs stay busy", { busy: { blob: 99 } }, /answered 503/],
  ["that never ends an artifact", { busy: { FinalizeArtifact: 99 } }, /does not list it as it was sent/],
] as const)
  test(`a store ${what} is no place where a backup is kept`, async () =>
    assert.match((await keep(faults)).why ?? "", said));

const here = { ACTIONS_RESULTS_URL: "http://127.0.0.1:9/", GITHUB_SERVER_URL: "https://github.com" };
const claims = Buffer.from('{"scp":"Actions.Results:a:b"}').toString("base64url");
const token = `e30.${claims}.sig`;
const refused: readonly (readonly [
  what: string,
  env: Record<string, string>,
  days: number | undefined,
  said: RegExp,
])[] = [
  ["no job of GitHub's", {}, undefined, /needs a job on GitHub/],
  ["a token for something else", { ...here, ACTIONS_RUNTIME_TOKEN: "e30.e30.sig" }, undefined, /needs a job on GitHub/],
  [
    "GitHub Enterprise Server",
    { ...here, ACTIONS_RUNTIME_TOKEN: token, GITHUB_SERVER_URL: "https://notgithub.com.example.org" },
    undefined,
    /GitHub Enterprise Server/,
  ],
  [
    "fewer days than asked for",
    { ...here, ACTIONS_RUNTIME_TOKEN: token, GITHUB_RETENTION_DAYS: "14" },
    30,
    /30 days, and this repository keeps artifacts for at most 14/,
  ],
];
for (const [what, env, days, said] of refused)
  test(`before anything is dumped it is refused: ${what}`, () => {
    const open = () => openArtifacts(days, { ...swiftPorts(), env });
    assert.throws(open, (error) => error instanceof InputError && said.test(error.message));
  });
