import assert from "node:assert/strict";
import { test } from "node:test";
import { coreCoverage } from "../../src/proof/coverage.ts";

test("the specifications enter every line, branch and function of release, record and rollback", async () => {
  const { complete, report } = await coreCoverage();
  assert(complete, report.join("\n"));
});
