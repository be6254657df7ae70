import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mainWorkflow, smallWorld } from "./small-world.ts";

/** A minute of 60 ms: what is waited for is in the order of the events, not in the time they take. */
const timing = { interrupt: 400, terminate: 200, drain: 200, minute: 60 };

const gated = mainWorkflow(`
on: [push, schedule, issue_comment]
jobs:
  gate: { environment: { name: gated, deployment: false }, runs-on: x, timeout-minutes: 60, steps: [{ run: echo through }] }
  free: { runs-on: x, steps: [{ run: 'echo "\${{ github.event_name }} \${{ github.event.schedule }}\${{ github.event.comment.body }}"' }] }
  after: { needs: gate, runs-on: x, steps: [{ run: echo after }] }
`);

const order = (events: readonly { readonly type: string; readonly job?: string }[]) =>
  events.flatMap(({ type, job }) =>
    ["environment-waiting", "machine"].includes(type) ? [`${type} ${job}`] : type === "job-ended" ? [`end ${job}`] : [],
  );

describe("before a job begins", () => {
  it("it waits for the environment's wait timer, and nothing is billed meanwhile", async () => {
    using world = smallWorld(gated);
    const run = await world.rehearse({ timing, environments: { gated: { waitMinutes: 20 } } });
    assert.equal(run.conclusion, "success");
    const seen = order(run.events);
    assert.ok(seen.indexOf("environment-waiting gate") < seen.indexOf("end free"), seen.join());
    assert.ok(seen.indexOf("end free") < seen.indexOf("machine gate"), seen.join());
  });

  it("it waits for a reviewer, who is told which job it is", async () => {
    using world = smallWorld(gated);
    const asked: string[] = [];
    const answers = [true, false];
    const review = async (job: string) => {
      asked.push(job);
      return answers.shift() === true;
    };
    const approved = await world.rehearse({ timing, environments: { gated: { review } } });
    const rejected = await world.rehearse({ timing, environments: { gated: { review } } });
    assert.deepEqual(asked, ["gate", "gate"]);
    assert.equal(approved.result("after"), "success");
    assert.equal(rejected.result("gate"), "failure");
    assert.equal(rejected.result("after"), "skipped");
    assert.match(rejected.annotations[0]?.message ?? "", /rejected the environment 'gated'/);
  });

  it("a cancelled run waits for neither", async () => {
    using world = smallWorld(gated);
    const button = new AbortController();
    const run = await world.rehearse({
      timing: { ...timing, minute: 60_000 },
      environments: { gated: { waitMinutes: 43_200, review: () => new Promise(() => undefined) } },
      cancel: button.signal,
      onEvent: (event) => {
        if (event.type === "environment-waiting") button.abort();
      },
    });
    assert.equal(run.conclusion, "cancelled");
    assert.equal(run.result("gate"), "cancelled");
    assert.equal(run.log("gate").includes("through"), false);
  });

  it("it waits for a machine, as long as the rehearsal says", async () => {
    using world = smallWorld(gated);
    const run = await world.rehearse({ timing: { ...timing, start: 50 }, environments: { gated: {} } });
    assert.equal(run.conclusion, "success");
    assert.equal(run.events.filter(({ type }) => type === "machine").length, 3);
  });
});

describe("a run of another event", () => {
  it("on a schedule knows which one", async () => {
    using world = smallWorld(gated);
    const run = await world.rehearse({ event: { name: "schedule", payload: { schedule: "7 * * * *" } } });
    assert.match(run.log("free"), /^schedule 7 \* \* \* \*$/m);
  });

  it("on a comment has the comment in its event", async () => {
    using world = smallWorld(gated);
    const payload = { action: "created", issue: { number: 3 }, comment: { id: 9, body: "/approve" } };
    const run = await world.rehearse({ event: { name: "issue_comment", payload } });
    assert.match(run.log("free"), /^issue_comment \/approve$/m);
  });
});
