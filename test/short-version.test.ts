import assert from "node:assert/strict";
import { test } from "node:test";
import { shortVersion } from "../src/short-version.ts";

const sha = "0123456789ab".padEnd(40, "c");

for (const [version, shown] of [
  [sha, "0123456789ab"],
  [`${sha}-1a2b3c4d`, "0123456789ab-1a2b3c4d"],
  ["dpl_5WJWYSyB7BpgTj3EuwF37WMRBXBtPQ2iTMJHJBJyRfd", "dpl_5WJWYSyB7BpgTj3EuwF37WMRBXBtPQ2iTMJHJBJyRfd"],
  ["shop-2026-11-27-2", "shop-2026-11-27-2"],
  ["v1", "v1"],
  ["", ""],
  ["x".repeat(65), `${"x".repeat(63)}…`],
] as const)
  test(`${version.slice(0, 50)} is told as ${shown.slice(0, 50)}`, () => assert.equal(shortVersion(version), shown));

test("two versions of one commit never look alike", () => {
  const [plain, red, blue] = [sha, `${sha}-11111111`, `${sha}-22222222`].map(shortVersion);
  assert.equal(new Set([plain, red, blue]).size, 3);
});
