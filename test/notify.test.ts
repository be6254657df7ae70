import assert from "node:assert/strict";
import { test } from "node:test";
import { slackChannel } from "../src/channel/slack.ts";
import { type Channel, type Notice, noticeEvents } from "../src/channel.ts";
import { notifier } from "../src/notifier.ts";
import { noticeOf, tell } from "../src/notify.ts";
import type { Ports } from "../src/ports.ts";
import { fold } from "../src/record/fold.ts";
import { type Entry, emptyRecord } from "../src/record.ts";
import { rollbackNotify } from "../src/rollback-target.ts";
import { readRunbook } from "../src/runbook-file.ts";
import { sampleNotice } from "./channel/sample-notice.ts";
import { type SlackTwin, shown, startSlackTwin } from "./channel/slack-twin.ts";
import { started, verdict } from "./record-store/conformance.ts";
import { swiftPorts } from "./swift-ports.ts";

const { at, by, release } = started(7);
const common = { at, by, release };
const back = {
  kind: "rollback",
  ...common,
  from: "v2",
  to: "v1",
  generation: "g3",
  message: "error-rate 4.2% > 2%",
} as const;
const end = { kind: "ended", ...common, reason: "why", message: "All of it." } as const;
const step = {
  kind: "step",
  ...common,
  stage: "release",
  step: "deploy",
  reason: "no-disk",
  message: "No room.",
} as const;

/** The notice of the last entry, after all of them. */
function told(...entries: readonly Entry[]): Notice | undefined {
  const newest = entries.at(-1);
  assert(newest !== undefined);
  return noticeOf(newest, entries.reduce(fold, emptyRecord("production")), { run: "https://example.com/run/7" });
}

const table: readonly [Entry, Pick<Notice, "event" | "outcome" | "urgent"> | undefined, RegExp][] = [
  [started(7), { event: "started", outcome: "started", urgent: false }, /way back is v1/],
  [{ ...step, outcome: "held" }, { event: "held", outcome: "held", urgent: true }, /deploy of stage release.*No room/],
  [
    { kind: "queued", ...common, commit: started(7).commit, reason: "busy", message: "Release 6 is still under way." },
    { event: "held", outcome: "queued", urgent: false },
    /waits in line.*Commit \w{12}: Release 6 is still under way.*begun by itself/,
  ],
  [
    { kind: "dequeued", ...common, reason: "rejected", message: "It was rolled back before." },
    { event: "failed", outcome: "not-begun", urgent: false },
    /does not begin.*rolled back before.*push again/,
  ],
  [{ ...step, outcome: "begun" }, undefined, /./],
  [{ ...step, outcome: "passed" }, undefined, /./],
  [{ ...step, outcome: "failed" }, undefined, /./],
  [verdict(7, 5), undefined, /./],
  [
    { ...back, as: "rolled-back", reason: "limit-broken" },
    { event: "rolled-back", outcome: "rolled-back", urgent: false },
    /was rolled back .*Serving now: v1.*limit-broken.*4\.2% > 2%.*rejected/,
  ],
  [
    { ...back, as: "rolled-back-unhealthy", reason: "limit-broken" },
    { event: "rolled-back", outcome: "rolled-back-unhealthy", urgent: true },
    /NOT healthy.*sluice rollback --environment production --to/,
  ],
  [
    { ...back, as: "rollback-incomplete", reason: "requested" },
    { event: "rolled-back", outcome: "rollback-incomplete", urgent: true },
    /PARTLY.*Wanted: v1.*Run the rollback again/,
  ],
  [
    { ...back, as: "held", reason: "max-hold" },
    { event: "held", outcome: "held", urgent: false },
    /put back unproven.*commit is not at fault/,
  ],
  [
    { ...step, step: "approve", outcome: "held", reason: "awaiting-approval" },
    { event: "held", outcome: "held", urgent: true },
    /waits at approve.*Nothing moves until somebody answers/,
  ],
  [
    {
      kind: "asked",
      ...common,
      about: "page",
      step: "canary",
      stage: "release",
      shift: 0,
      weight: 5,
      generation: "g2",
      decideBy: 600_000,
      reason: "limit-broken",
      message: "p95 4s > 3s",
    },
    { event: "page", outcome: "page", urgent: true },
    /decision about 5%.*p95 4s > 3s.*`\/continue` or `\/rollback`.*1970-01-01T00:10:00\.000Z traffic goes back/,
  ],
  [
    { kind: "stepped-back", ...common, stage: "release", shift: 1, reason: "limit-broken", message: "p95 4s > 3s" },
    { event: "page", outcome: "stepped-back", urgent: true },
    /back by one share.*`\/continue`/,
  ],
  [
    { kind: "warned", ...common, stage: "release", step: "watch", reason: "p95", message: "p95 2s > 1s" },
    { event: "warned", outcome: "warned", urgent: false },
    /a warning at watch.*p95 2s > 1s/,
  ],
  [
    { kind: "recovery", ...common, healthy: false, message: "It answers 503." },
    { event: "rolled-back", outcome: "rolled-back-unhealthy", urgent: true },
    /NOT healthy.*503/,
  ],
  [{ kind: "recovery", ...common, healthy: true, message: "It answers 200." }, undefined, /./],
  [{ kind: "order", ...common, order: "hold", reason: "" }, undefined, /./],
  [
    { kind: "interrupted", ...common, reason: "cancelled", message: "The job was cancelled." },
    { event: "interrupted", outcome: "interrupted", urgent: false },
    /was interrupted.*dispatch the rollback workflow/,
  ],
  [{ ...end, as: "done" }, { event: "finished", outcome: "done", urgent: false }, /is finished/],
  [{ ...end, as: "failed" }, { event: "failed", outcome: "failed", urgent: false }, /before it took traffic/],
  [{ ...end, as: "halted" }, { event: "halted", outcome: "halted", urgent: true }, /moved traffic by hand/],
  [{ ...end, as: "superseded" }, undefined, /./],
  [
    { kind: "locked", ...common, reason: "Black Friday" },
    { event: "locked", outcome: "locked", urgent: false },
    /locked.*ada says: Black Friday.*sluice unlock/,
  ],
  [
    { kind: "unlocked", ...common, reason: "" },
    { event: "unlocked", outcome: "unlocked", urgent: false },
    /Unlocked by ada/,
  ],
];

for (const [entry, expected, words] of table)
  test(`${entry.kind} ${"as" in entry ? entry.as : "outcome" in entry ? entry.outcome : ""}: who is told what`, () => {
    const notice = told(started(7), entry);
    if (expected === undefined) return assert.equal(notice, undefined);
    assert(notice !== undefined);
    const { event, outcome, urgent } = notice;
    assert.deepEqual({ event, outcome, urgent }, expected);
    const { title, text, next = "" } = notice;
    assert.match(`${title} ${text} ${next}`.replaceAll("\n", " "), words);
    assert.deepEqual(
      [notice.environment, notice.service, notice.release, notice.commit, notice.actor, notice.link],
      ["production", "shop", 7, started(7).commit, "ada", "https://example.com/run/7"],
    );
  });

test("every event that can be asked for is told of some entry", () => {
  const events = new Set(table.map(([entry]) => told(started(7), entry)?.event));
  for (const event of noticeEvents) assert(events.has(event), event);
});

test("a rollback without any release says so in the environment's name", () => {
  const notice = told({ ...back, release: 0, as: "rolled-back", reason: "requested" });
  assert.equal(notice?.title, "production was rolled back");
  assert.equal(notice?.commit, undefined);
});

/** Ports that keep what was warned of, on a clock that runs fast. */
function listening(): { readonly ports: Ports; readonly warnings: string[]; readonly masked: string[] } {
  const [warnings, masked]: [string[], string[]] = [[], []];
  const log = { info() {}, notice() {}, error() {}, warn: (message: string) => void warnings.push(message) };
  // A notice has three seconds; a machine that is busy needs some of them.
  return { ports: swiftPorts({ log, mask: (secret) => void masked.push(secret) }, 3), warnings, masked };
}

test("only the channels that are for an event hear of it", async () => {
  await using one = await startSlackTwin();
  await using other = await startSlackTwin();
  const { ports, warnings } = listening();
  const channels = [
    slackChannel({ webhook: new URL(one.webhook), on: ["rolled-back"] }, ports),
    slackChannel({ webhook: new URL(other.webhook), on: ["finished"] }, ports),
  ];
  await tell(sampleNotice, channels, ports);
  assert.deepEqual([one.messages.length, other.messages.length], [1, 0]);
  assert.deepEqual(warnings, []);
});

test("F38: a channel that never answers is given up on, warned of without its address, and keeps no other waiting", async () => {
  await using silent = await startSlackTwin();
  await using other = await startSlackTwin();
  silent.fail({ status: undefined });
  const { ports, warnings } = listening();
  const before = ports.clock.monotonic();
  const channel = (twin: SlackTwin): Channel =>
    slackChannel({ webhook: new URL(twin.webhook), on: noticeEvents }, ports);
  await tell(sampleNotice, [channel(silent), channel(other)], ports);
  assert.equal(other.messages.length, 1);
  assert.equal(silent.requests.length, 1);
  assert(ports.clock.monotonic() - before >= 3_000, "it was given its three seconds");
  assert.equal(warnings.length, 1);
  assert.match(warnings.join(), /Nobody was told on slack .*did not answer in time.*release itself goes on/);
  assert.doesNotMatch(warnings.join(), /secretpart|127\.0\.0\.1/);
});

const runbookWith = (notify: string) => `runbook: 1
service: shop
environment: production
url: https://shop.example
target:
  local: { admin: $LOCAL_ADMIN, start: node server.mjs, health: /health }
stages:
  - { name: release, deploy: {} }
${notify}`;

function written(notify: string) {
  const read = readRunbook(runbookWith(notify), "runbook.yml");
  if (!read.ok) return assert.fail(read.problems.map(({ message }) => message).join());
  return read;
}

test("what the runbook names is told, with addresses masked, once per entry", async () => {
  await using twin = await startSlackTwin();
  const { ports, warnings, masked } = listening();
  const source = {
    written: async () => written("notify: { slack: { webhook: $SLACK_WEBHOOK_URL, on: [started, finished] } }"),
    variables: { SLACK_WEBHOOK_URL: twin.webhook },
  };
  const notify = notifier(source, {}, ports);
  let record = emptyRecord("production");
  const story: readonly Entry[] = [started(7), verdict(7, 5), { ...end, as: "halted" }, { ...end, as: "done" }];
  for (const entry of story) {
    record = fold(record, entry);
    await notify(entry, record);
  }
  assert.deepEqual(
    twin.messages.map((message) => shown(message).text.split("\n")[0]),
    ["shop: release 7 to production started", "Release 7 to production is finished"],
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(masked, [twin.webhook]);
});

test("a secret that is missing costs its own channel, and is said by name", async () => {
  await using twin = await startSlackTwin();
  const { ports, warnings } = listening();
  const source = {
    written: async () => written("notify: { slack: { webhook: $SLACK_WEBHOOK_URL }, webhook: { url: $HOOK } }"),
    variables: { HOOK: twin.webhook },
  };
  twin.fail({ status: 204 });
  await notifier(source, {}, ports)(started(7), fold(emptyRecord("production"), started(7)));
  assert.equal(twin.requests.length, 1);
  assert.equal(warnings.length, 1);
  assert.match(warnings.join(), /slack: the variable SLACK_WEBHOOK_URL is not set/);
});

test("whatever goes wrong on the way to a channel is a warning, never an exception", async () => {
  const { ports, warnings } = listening();
  const source = {
    written: async () => {
      throw new Error("the disk is gone");
    },
    variables: {},
  };
  await notifier(source, {}, ports)(started(7), fold(emptyRecord("production"), started(7)));
  assert.match(warnings.join(), /the disk is gone/);
  assert.equal(await rollbackNotify("absent.yml", import.meta.dirname), undefined);
});

const refused: readonly [string, RegExp][] = [
  ["notify: {}", /at least one/],
  [
    "notify: { slack: { webhook: https://hooks.slack.com/services/T0001/B0001/abcdefgh } }",
    /name of a secret|RB|secret/,
  ],
  ["notify: { slack: { webhook: $SLACK_WEBHOOK_URL, on: [] } }", /at least one/],
  ["notify: { slack: { webhook: $SLACK_WEBHOOK_URL, on: [pager] } }", /one of started, held/],
  ["notify: { slack: { channel: '#deployments', webhook: $SLACK_WEBHOOK_URL } }", /channel/],
  ["notify: { pagerduty: { on: [halted] } }", /pagerduty/],
  ["notify: { webhook: { on: [halted] } }", /url/],
];
for (const [notify, words] of refused)
  test(`the runbook refuses ${notify}`, () => {
    const read = readRunbook(runbookWith(notify), "runbook.yml");
    assert(!read.ok);
    assert.match(read.problems.map(({ path, message, fix }) => `${path} ${message} ${fix}`).join(), words);
    assert.doesNotMatch(JSON.stringify(read.problems), /abcdefgh/);
  });
