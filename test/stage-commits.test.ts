import assert from "node:assert/strict";
import { test } from "node:test";
import { stageCommits } from "../src/stage-commits.ts";

/** A straight history, oldest first, and one commit that is not in it. */
const line = ["1", "2", "3", "4"].map((digit) => digit.repeat(40));
const [one = "", two = "", three = "", four = ""] = line;
const elsewhere = "e".repeat(40);
const tags: Record<string, string> = { v1: one, v2: two, v3: three, fork: elsewhere };
const client = {
  commitOf: async (ref: string) => tags[ref] ?? null,
  isAncestor: async (ancestor: string, descendant: string) =>
    line.includes(ancestor) && line.indexOf(ancestor) <= line.indexOf(descendant),
};
const find = (refs: readonly (string | undefined)[], released: string | null = null) =>
  stageCommits(
    { stages: refs.map((ref, i) => ({ name: `s${i}`, ...(ref !== undefined && { ref }), deploy: {} })) },
    { client, commit: four, released },
  );

test("each ref is found once, and the last stage releases the release's own commit", async () => {
  assert.deepEqual(await find(["v1", "v2", undefined]), { commits: { s0: one, s1: two }, released: [] });
});

test("stages whose commit is in production already are left out", async () => {
  assert.deepEqual(await find(["v1", "v2", "v3"], two), {
    commits: { s0: one, s1: two, s2: three },
    released: ["s0", "s1"],
  });
});

const refusals: readonly [string, readonly (string | undefined)[], string | null, string, RegExp][] = [
  ["a tag nobody pushed", ["v9"], null, "no-such-ref", /Stage s0 releases `v9`, which is no tag, branch or commit/],
  ["an order that takes back", ["v2", "v1"], null, "refs-out-of-order", /does not contain 222222222222 of stage s0/],
  [
    "a commit of another branch",
    ["fork"],
    null,
    "ref-not-released",
    /which the release's commit 444444444444 does not/,
  ],
  ["nothing that is new", ["v1", "v2"], three, "serves-already", /in production already/],
];
for (const [what, refs, released, reason, message] of refusals)
  test(`refused before anything moves: ${what}`, async () => {
    const found = await find(refs, released);
    assert.ok("verdict" in found);
    assert.equal(found.reason, reason);
    assert.match(found.message, message);
  });
