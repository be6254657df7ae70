import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeployTarget } from "../src/deploy-target.ts";
import { tagProduction } from "../src/tag-production.ts";
import { memoryPlatform } from "./proof/platform.ts";
import { journal, started } from "./proof/release-journal.ts";
import { withTwin } from "./rehearsal/with-twin.ts";

const writes = { contents: "write" } as const;
const at = Date.parse("2026-01-13T10:15:00.123Z");
const releaseOf = (stable: string) => {
  const { release } = journal({ ...started({ stable }), at });
  assert.ok(release !== null);
  return release;
};
const target = memoryPlatform({ version: "old", weight: 100 });

test("the commit that serves is tagged with the time of the release, once however often it is run", () =>
  withTwin(async ({ bare, client }) => {
    const tagging = { client: client(writes), target, release: releaseOf(bare.main), lastGood: null };
    for (const time of ["first", "second"]) {
      const { verdict, message } = await tagProduction("prod-backup", tagging);
      assert.deepEqual([verdict, /is tagged prod-backup-20260113-101500\./.test(message)], ["pass", true], time);
    }
    assert.equal(await client(writes).readRef("refs/tags/prod-backup-20260113-101500"), bare.main);
  }));

test("a version's commit is its name, what the platform says, or what the record knows", () =>
  withTwin(async ({ bare, client }) => {
    const named: DeployTarget = { ...target, history: async () => [{ version: "dpl_1", commit: bare.main, at: 0 }] };
    const lastGood = { version: "dpl_2", commit: bare.main, release: 6 };
    for (const [version, known] of [
      [`${bare.main}-0a1b2c3d`, target],
      ["dpl_1", named],
      ["dpl_2", target],
    ] as const) {
      const tagging = { client: client(writes), target: known, release: releaseOf(version), lastGood };
      assert.equal((await tagProduction(version.slice(0, 5), tagging)).verdict, "pass", version);
    }
  }));

test("what has no known commit, and a tag of that name on another commit, fail the step", () =>
  withTwin(async ({ bare, client }) => {
    const github = client(writes);
    const unknown = await tagProduction("prod", {
      client: github,
      target,
      release: releaseOf("dpl_3"),
      lastGood: null,
    });
    assert.deepEqual([unknown.verdict, unknown.reason], ["fail", "commit-unknown"]);
    const tagging = { client: github, target, lastGood: null };
    await tagProduction("prod", { ...tagging, release: releaseOf(bare.main) });
    const other = await tagProduction("prod", { ...tagging, release: releaseOf("f".repeat(40)) });
    assert.deepEqual([other.verdict, other.reason], ["fail", "not-tagged"]);
  }));
