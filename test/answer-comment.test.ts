import assert from "node:assert/strict";
import { test } from "node:test";
import { answerComment } from "../src/answer-comment.ts";
import type { Plan } from "../src/plan.ts";
import type { Entry } from "../src/record.ts";
import { memoryRecordStore } from "../src/record-store/memory.ts";
import { approvedEvidence } from "../src/release/agreement.ts";
import { entry, passed, plan, started } from "./proof/release-journal.ts";
import { withTwin } from "./rehearsal/with-twin.ts";
import { swiftPorts } from "./swift-ports.ts";

/** A stage that waits for one of `lead`, after its preflight. */
const asking: Plan = {
  ...plan,
  people: { lead: ["octocat", "@octo/leads"] },
  stages: plan.stages.map((stage) => ({
    ...stage,
    steps: ["preflight", "approve", "deploy", "canary"],
    approve: { by: { lead: ["octocat", "@octo/leads"] }, minimum: 1 },
  })),
};

const watchYml = "on: { workflow_dispatch: { inputs: { wait: { type: string } } } }\njobs: {}\n";
const rollbackYml = "on: { workflow_dispatch: { inputs: { reason: { type: string } } } }\njobs: {}\n";
const files = {
  "README.md": "hello\n",
  ".github/workflows/watch.yml": watchYml,
  ".github/workflows/rollback.yml": rollbackYml,
};
const permissions = { contents: "write", issues: "write", actions: "write" } as const;

interface Said {
  readonly body: string;
  readonly by?: string;
  readonly bot?: boolean;
  readonly team?: boolean | null;
  readonly underWay?: boolean;
  /** GitHub's time of the comment. */
  readonly written?: string;
  /** Entries behind those of a release under way. */
  readonly entries?: readonly Entry[];
  /** What goes wrong when a workflow is started. */
  readonly dispatch?: "refused" | "answer lost";
}

/** Somebody comments on issue 1 of the twin; answers what came of it. */
async function say({
  body,
  by = "octocat",
  bot = false,
  team = null,
  underWay = true,
  written,
  entries = [],
  dispatch,
}: Said) {
  const seen = {
    reaction: "",
    comments: [] as string[],
    dispatched: [] as string[],
    inputs: {},
    reason: "",
    appended: [] as string[],
  };
  await withTwin(
    async ({ twin, client }) => {
      const store = memoryRecordStore();
      const begun = [started({ plan: asking }), passed("preflight"), ...entries];
      const before = await store.read("production");
      if (underWay) await store.append("production", before, begun);
      const issue = twin.openIssue({ title: "Releases", author: "ada" });
      const id = twin.comment({ issue, author: by, body });
      if (dispatch === "answer lost")
        twin.faults.inject({ kind: "502-after-apply", match: { method: "POST", path: /dispatches$/ }, times: 9 });
      const verdict = await answerComment({
        event: {
          action: "created",
          issue: { number: issue },
          comment: { id, body, created_at: written, user: { login: by, type: bot ? "Bot" : "User" } },
        },
        environment: "production",
        run: { id: 55, attempt: 1 },
        client: client(dispatch === "refused" ? { ...permissions, actions: "read" } : permissions),
        isInTeam: async () => team,
        store,
        branch: "main",
        workflows: { watch: "watch.yml", rollback: "rollback.yml" },
        ports: swiftPorts(),
      });
      const state = twin.state();
      const [first, ...answers] = state.issues[0]?.comments ?? [];
      seen.reason = verdict.reason;
      seen.reaction = first?.reactions.map(({ content }) => content).join() ?? "";
      seen.comments = answers.map((comment) => comment.body);
      seen.dispatched = state.dispatches.map(({ workflow }) => workflow);
      seen.inputs = state.dispatches[0]?.inputs ?? {};
      seen.appended = store
        .entries("production")
        .slice(underWay ? begun.length : 0)
        .map((one) => `${one.kind} by ${one.by.actor}`);
    },
    { collaborators: { octocat: "write", teamster: "write", reader: "read" }, onDispatch: () => 77 },
    files,
  );
  return seen;
}

test("an approval is written down for this commit and evidence, answered, and acted on by a tick", async () => {
  const seen = await say({ body: "/approve looks good" });
  assert.deepEqual(seen.appended, ["approval by octocat"]);
  assert.equal(seen.reaction, "+1");
  assert.deepEqual(seen.dispatched, ["watch.yml"]);
  assert.match(
    seen.comments[0] ?? "",
    /approves stage release as lead, for commit cccccccccccc and evidence [0-9a-f]{16}/,
  );
});

test("a member of a team may say what the team may say; whoever cannot be asked about may not", async () => {
  assert.deepEqual((await say({ body: "/approve", by: "teamster", team: true })).appended, ["approval by teamster"]);
  const unknown = await say({ body: "/approve", by: "teamster", team: null });
  assert.deepEqual([unknown.appended, unknown.reaction, unknown.reason], [[], "-1", "not-in-role"]);
});

const refused: readonly (readonly [what: string, said: Said, reason: string, reaction: string])[] = [
  ["a stranger", { body: "/approve", by: "mallory" }, "not-a-writer", "-1"],
  ["somebody who may only read", { body: "/rollback", by: "reader" }, "not-a-writer", "-1"],
  ["a robot", { body: "/approve", bot: true }, "no-command", ""],
  ["conversation", { body: "I would /approve" }, "no-command", ""],
  ["a near miss", { body: "/aprove" }, "unknown-command", "confused"],
  ["a signature that is not due", { body: "/sign-off final" }, "nothing-to-sign", "-1"],
];
for (const [what, said, reason, reaction] of refused)
  test(`${what}: ${reason}, and nothing is written or started`, async () => {
    const seen = await say(said);
    assert.deepEqual([seen.reason, seen.reaction, seen.appended, seen.dispatched], [reason, reaction, [], []]);
  });

test("a comment answers nothing that was asked after it was written; GitHub tells its time in whole seconds", async () => {
  const at = Date.parse("2026-11-27T10:00:00.400Z");
  const entries = [entry({ kind: "order", order: "hold", reason: "", at })];
  const early = await say({ body: "/continue", entries, written: "2026-11-27T09:59:59Z" });
  assert.deepEqual([early.reason, early.appended, early.dispatched], ["asked-later", [], []]);
  const after = await say({ body: "/continue", entries, written: "2026-11-27T10:00:00Z" });
  assert.deepEqual([after.reason, after.appended], ["done", ["order by octocat"]]);
  assert.match(after.comments[0] ?? "", /This answers the hold of ada/);
});

test("a rollback while a release is under way is an order in the record; without one it is the rollback workflow", async () => {
  const during = await say({ body: "/rollback users see errors" });
  assert.deepEqual([during.appended, during.dispatched], [["order by octocat"], ["watch.yml"]]);
  const after = await say({ body: "/rollback users see errors", underWay: false });
  assert.deepEqual([after.appended, after.dispatched], [[], ["rollback.yml"]]);
  assert.deepEqual(after.inputs, { reason: "users see errors" });
});

test("nobody is told that something was started which was not", async () => {
  const refused = await say({ body: "/rollback errors", underWay: false, dispatch: "refused" });
  assert.deepEqual([refused.reason, refused.reaction, refused.dispatched], ["not-started", "-1", []]);
  assert.match(
    refused.comments[0] ?? "",
    /The rollback of production did not begin: rollback\.yml could not be started/,
  );
  const lost = await say({ body: "/rollback errors", underWay: false, dispatch: "answer lost" });
  assert.deepEqual([lost.reason, lost.reaction], ["not-started", "confused"]);
  assert.match(lost.comments[0] ?? "", /Nobody knows whether .* began: rollback\.yml may not have been started/);
  const during = await say({ body: "/rollback errors", dispatch: "refused" });
  assert.deepEqual([during.reason, during.reaction, during.appended], ["done", "+1", ["order by octocat"]]);
  assert.match(during.comments[0] ?? "", /But nobody looks yet: watch\.yml could not be started/);
});

test("text of a comment is data: no command of the runner, no HTML and no mention comes out", async () => {
  const hostile =
    "/hold ::set-output name=x::y <img src=x onerror=alert(1)> @everyone $(rm -rf /) `id` \u001b[31m\u202e";
  const seen = await say({ body: hostile });
  assert.deepEqual(seen.appended, ["order by octocat"]);
  const [told = ""] = seen.comments;
  assert.doesNotMatch(told, /@everyone|<img|\u001b|\u202e/);
});

test("however many commands are given, one comment of ours is kept up to date", () =>
  withTwin(
    async ({ twin, client }) => {
      const store = memoryRecordStore();
      await store.append("production", await store.read("production"), [started({ plan: asking })]);
      const issue = twin.openIssue({ title: "Releases", author: "ada" });
      for (const body of ["/hold wait", "/continue", "/hold again"]) {
        const id = twin.comment({ issue, author: "octocat", body });
        await answerComment({
          event: {
            action: "created",
            issue: { number: issue },
            comment: { id, body, user: { login: "octocat", type: "User" } },
          },
          environment: "production",
          run: { id: 55, attempt: 1 },
          client: client(permissions),
          isInTeam: async () => null,
          store,
          branch: "main",
          workflows: { watch: "watch.yml", rollback: "rollback.yml" },
          ports: swiftPorts(),
        });
      }
      const ours = twin.state().issues[0]?.comments.filter(({ author }) => author === "github-actions[bot]") ?? [];
      assert.equal(ours.length, 1);
      assert.equal((await store.read("production")).record.release?.people.hold?.reason, "again");
    },
    { collaborators: { octocat: "write" }, onDispatch: () => 77 },
    files,
  ));

test("an approval given for other evidence is not the digest of now", async () => {
  const store = memoryRecordStore();
  await store.append("production", await store.read("production"), [started({ plan: asking }), passed("preflight")]);
  const { release } = (await store.read("production")).record;
  assert.ok(release !== null);
  const before = approvedEvidence(release, "release");
  await store.append("production", await store.read("production"), [{ ...passed("preflight"), at: 9 }]);
  const after = (await store.read("production")).record.release;
  assert.ok(after !== null);
  assert.notEqual(approvedEvidence(after, "release"), before);
});
