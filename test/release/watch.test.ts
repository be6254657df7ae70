import assert from "node:assert/strict";
import { test } from "node:test";
import { frozenAt, parseFreeze } from "../../src/freeze.ts";
import type { Plan } from "../../src/plan.ts";
import { fold } from "../../src/record/fold.ts";
import type { Entry, EnvironmentRecord } from "../../src/record.ts";
import { decide, type Look } from "../../src/release.ts";
import {
  applied,
  ended,
  entry,
  intent,
  journal,
  passed,
  plan,
  promoted,
  rolledBack,
  seeing,
  started,
} from "../proof/release-journal.ts";

const watch = {
  paces: [
    { everyMs: 100, untilMs: 500 },
    { everyMs: 250, untilMs: 1000 },
  ],
  coverage: 0.9,
};
const watched = (changes = {}): Plan => ({
  ...plan,
  stages: [
    ...plan.stages,
    {
      name: "final",
      steps: ["watch", "sign-off"],
      watch: { ...watch, ...changes },
      signOff: [{ role: "final", by: ["cto"] }],
      shifts: [],
      maxHoldMs: 0,
    },
  ],
  people: { cto: ["ada"] },
});
const serving = (changes = {}) => seeing("g3", "old 0, new 100", changes);
const at = (changes = {}): EnvironmentRecord => journal(started({ plan: watched(changes) }), ...promoted.slice(1));
const then = (record: EnvironmentRecord, ...entries: Entry[]) => entries.reduce(fold, record);
const begun = entry({
  kind: "step",
  stage: "final",
  step: "watch",
  outcome: "begun",
  reason: "due",
  message: "",
  at: 0,
});
const watching = (changes = {}) => then(at(changes), begun);
const seen = (changes: Partial<Look> = {}): Look => ({
  stage: "final",
  generation: "g3",
  from: 0,
  to: 100,
  seenMs: 100,
  largestGapMs: 100,
  seenAt: 100,
  verdict: "hold",
  reason: "minimum-hold",
  message: "It goes on.",
  ...changes,
});
const recorded = (changes: Partial<Look> = {}): Entry =>
  entry({ kind: "look", ...seen(changes) } as Parameters<typeof entry>[0]);
const short = (effect: ReturnType<typeof decide>): string => {
  switch (effect.do) {
    case "mark":
      return `mark ${effect.step} ${effect.outcome} ${effect.reason}`;
    case "look":
      return `look at ${effect.at}`;
    case "restore":
      return `restore ${effect.to} ${effect.already ? "already" : "now"} ${effect.as} ${effect.reason}`;
    case "ask":
      return `ask ${effect.question.about} by ${effect.question.decideBy}`;
    case "hold":
    case "warn":
      return `${effect.do} ${effect.reason}`;
    case "end":
      return `end ${effect.as} ${effect.reason}`;
    case "change":
      return `${effect.what} ${effect.to}${effect.handle === null ? "" : ` ${effect.handle}`}`;
    case "step":
      return `step ${effect.step}`;
    default:
      return effect.do;
  }
};
const proof = (changes: Partial<Look> = {}) =>
  seen({ to: 1000, seenMs: 950, verdict: "pass", reason: "limits-hold", ...changes });
const asked = (about: "page" | "fail" | "short", decideBy: number | null) =>
  entry({
    kind: "asked",
    about,
    step: "watch",
    stage: "final",
    shift: 0,
    weight: 100,
    generation: "g3",
    decideBy,
    reason: "p95",
    message: "",
  });
const goOn = (at: number) => entry({ kind: "order", order: "continue", reason: "", at });

const table: readonly [string, EnvironmentRecord, ReturnType<typeof serving>, number, string][] = [
  ["it begins when the last stage is done", at(), serving(), 0, "mark watch begun due"],
  ["it looks at its pace", watching(), serving(), 0, "look at 100"],
  ["and again from what was just seen", watching(), serving({ look: seen() }), 120, "look at 200"],
  ["more rarely later on", then(watching(), recorded({ to: 600 })), serving(), 620, "look at 850"],
  [
    "a pass before its time is over looks on",
    watching(),
    serving({ look: seen({ verdict: "pass" }) }),
    120,
    "look at 200",
  ],
  ["a pass that saw enough ends it", watching(), serving({ look: proof() }), 1000, "accept-look"],
  ["one that saw too little lasts longer", watching(), serving({ look: proof({ seenMs: 800 }) }), 1000, "look at 1250"],
  [
    "what was accepted is passed",
    then(watching(), recorded({ to: 1000, verdict: "pass", reason: "limits-hold" })),
    serving(),
    1000,
    "mark watch passed limits-hold",
  ],
  [
    "a broken limit gives traffic back to the beginning",
    watching(),
    serving({ look: seen({ verdict: "fail", reason: "limit-broken" }) }),
    120,
    "restore old now rolled-back limit-broken",
  ],
  [
    "a look at another generation says nothing",
    watching(),
    serving({ look: seen({ verdict: "fail", generation: "g2" }) }),
    120,
    "look at 100",
  ],
  [
    "on-fail ask asks",
    watching({ onFail: "ask" }),
    serving({ look: seen({ verdict: "fail", reason: "limit-broken" }) }),
    120,
    "ask fail by 600120",
  ],
  [
    "and waits",
    then(watching({ onFail: "ask" }), asked("fail", 500)),
    serving({ look: seen({ verdict: "fail" }) }),
    120,
    "hold awaiting-decision",
  ],
  [
    "silence gives traffic back",
    then(watching(), asked("page", 500)),
    serving(),
    500,
    "restore old now rolled-back nobody-decided",
  ],
  [
    "a person lets a broken watch go on, judged anew",
    then(watching({ onFail: "ask" }), asked("fail", 500), goOn(200)),
    serving(),
    220,
    "look at 100",
  ],
  ["short evidence waits for a word", then(watching(), asked("short", null)), serving(), 120, "hold awaiting-decision"],
  [
    "a question about what served before is nobody's any more",
    then(watching(), { ...asked("fail", 50), generation: "g2" } as Entry),
    serving(),
    120,
    "look at 100",
  ],
  [
    "a page asks",
    watching(),
    serving({ look: seen({ page: { reason: "p95", message: "" } }) }),
    120,
    "ask page by 600120",
  ],
  [
    "its answer counts",
    then(watching(), asked("page", 500), goOn(200)),
    serving({ look: seen({ page: { reason: "p95", message: "" } }) }),
    220,
    "look at 200",
  ],
  [
    "another limit asks again",
    then(watching(), asked("page", 500), goOn(200)),
    serving({ look: seen({ page: { reason: "cpu", message: "" } }) }),
    220,
    "ask page by 600220",
  ],
  [
    "a warning is told",
    watching(),
    serving({ look: seen({ warnings: [{ reason: "p75", message: "" }] }) }),
    120,
    "warn p75",
  ],
  [
    "once",
    then(watching(), entry({ kind: "warned", stage: "final", step: "watch", reason: "p75", message: "" })),
    serving({ look: seen({ warnings: [{ reason: "p75", message: "" }] }) }),
    120,
    "look at 200",
  ],
  ["who comes after twice its time looks first", watching(), serving(), 5000, "look at 100"],
  [
    "and what it sees may be the proof",
    watching(),
    serving({ look: proof({ to: 5000, seenMs: 4900 }) }),
    5000,
    "accept-look",
  ],
  [
    "without proof after twice its time a person is asked, and silence waits",
    watching(),
    serving({ look: seen({ to: 2000 }) }),
    2000,
    "ask short by null",
  ],
  [
    "nobody has to look again to know that",
    then(watching(), recorded({ to: 1900 })),
    serving(),
    2000,
    "ask short by null",
  ],
  [
    "or traffic goes back",
    watching({ onShort: "fail" }),
    serving({ look: seen({ to: 2000 }) }),
    2000,
    "restore old now rolled-back watch-unproven",
  ],
  [
    "a person takes it as it is",
    then(watching(), asked("short", null), goOn(2100)),
    serving(),
    2200,
    "mark watch passed continued-by-ada",
  ],
  ["somebody else's traffic halts", watching(), seeing("g4", "old 0, new 0, hotfix 100"), 120, "end halted drift"],
  ["the same shares at another generation halt", watching(), seeing("g4", "old 0, new 100"), 120, "end halted drift"],
  [
    "what went back unrecorded is written down",
    watching(),
    seeing("g4", "old 100, new 0"),
    120,
    "restore old already rolled-back found-on-stable",
  ],
  [
    "production that cannot be read holds",
    watching(),
    { ...serving(), production: { unreadable: "502" } },
    120,
    "hold platform-unreadable",
  ],
  [
    "a person's rollback during the watch goes back",
    then(watching(), entry({ kind: "order", order: "rollback", reason: "" })),
    serving(),
    120,
    "restore old now rolled-back requested",
  ],
  [
    "and while signatures are missing",
    then(watching(), passed("watch", { stage: "final" }), entry({ kind: "order", order: "rollback", reason: "" })),
    serving(),
    120,
    "restore old now rolled-back requested",
  ],
];
for (const [what, record, observation, now, expected] of table)
  test(`watch: ${what}`, () => assert.equal(short(decide(record, observation, now)), expected));

test("coverage is added up: what two processes saw counts once, and the longest gap is kept", () => {
  const record = then(
    watching(),
    recorded(),
    recorded(),
    recorded({ from: 100, to: 400, seenMs: 350, largestGapMs: 250, seenAt: 400 }),
  );
  const { seenMs, largestGapMs, lookedAt } = record.release?.watch ?? {};
  assert.deepEqual([seenMs, largestGapMs, lookedAt], [400, 250, 400]);
});

test("a stage's watch returns to what served before that stage, and a stage that moved no traffic just fails", () => {
  const stages: Plan["stages"] = [
    { name: "database", steps: ["migrate", "watch"], watch, shifts: [], maxHoldMs: 0 },
    { ...plan.stages[0], name: "release", steps: ["deploy", "canary", "watch"], watch } as Plan["stages"][number],
  ];
  const database = journal(
    started({ plan: { ...plan, stages } }),
    passed("migrate", { stage: "database" }),
    entry({ ...begun, stage: "database" } as Parameters<typeof entry>[0]),
  );
  const bad = (stage: string, generation: string) =>
    seen({ stage, generation, verdict: "fail", reason: "limit-broken" });
  const first = decide(database, seeing("g1", "old 100", { look: bad("database", "g1") }), 120);
  assert.equal(short(first), "end failed limit-broken");
  const release = then(
    database,
    passed("watch", { stage: "database" }),
    passed("deploy"),
    intent(0, 5, "g1"),
    applied(5, "g2"),
    intent(1, 100, "g2"),
    applied(100, "g3"),
    passed("canary"),
    entry({ ...begun, stage: "release" } as Parameters<typeof entry>[0]),
  );
  const second = decide(release, serving({ look: bad("release", "g3") }), 120);
  assert.equal(short(second), "restore old now rolled-back limit-broken");
});

const maintained: Plan = {
  ...plan,
  maintenance: { around: ["migrate"], page: { on: "up", off: "down" }, workers: { on: "stop", off: "start" } },
  stages: plan.stages.map((stage) => ({ ...stage, steps: ["migrate", "deploy", "canary"] })),
};
const changing = (what: "maintenance" | "workers" | "configuration", to: "on" | "off") =>
  entry({ kind: "changing", what, to, stage: "release" });
const changed = (what: "maintenance" | "workers" | "configuration", to: "on" | "off") =>
  entry({ kind: "changed", what, to, stage: "release", message: "" });
const up = [changed("maintenance", "on"), changed("workers", "on")] as const;
const begin = started({ plan: maintained });
const configured = passed("configure", { configured: { changed: ["A"], unreadable: [], before: "handle-1" } });
const onStable = seeing("g1", "old 100, new 0");

const changes: readonly [string, readonly Entry[], string][] = [
  ["the page comes up first", [begin], "maintenance on"],
  ["what may be up is made sure of", [begin, changing("maintenance", "on")], "maintenance on"],
  ["then the workers stop", [begin, changed("maintenance", "on")], "workers on"],
  ["then the step runs", [begin, ...up], "step migrate"],
  ["after it the workers start first", [begin, ...up, passed("migrate")], "workers off"],
  ["what may still be on is turned off", [begin, ...up, passed("migrate"), changing("workers", "off")], "workers off"],
  ["then the page goes", [begin, ...up, passed("migrate"), changed("workers", "off")], "maintenance off"],
  [
    "then the release goes on",
    [begin, ...up, passed("migrate"), changed("workers", "off"), changed("maintenance", "off")],
    "step deploy",
  ],
  ["after a failure everything is undone, newest first", [begin, ...up, ended("failed")], "workers off"],
  ["to the last", [begin, ...up, ended("failed"), changed("workers", "off")], "maintenance off"],
  [
    "and then nothing",
    [begin, ...up, ended("failed"), changed("workers", "off"), changed("maintenance", "off")],
    "nothing",
  ],
  ["variables are put back after a rollback", [begin, configured, rolledBack()], "configuration off handle-1"],
  ["but not under a person's version", [begin, configured, ended("halted")], "nothing"],
  ["nor after a good end", [begin, configured, ended("done")], "nothing"],
];
for (const [what, entries, expected] of changes)
  test(`changes: ${what}`, () => assert.equal(short(decide(journal(...entries), onStable, 5)), expected));

test("a change that a failed one leaves behind is undone although nobody knows whether it was made", () => {
  const record = journal(
    begin,
    changing("maintenance", "on"),
    passed("migrate", { outcome: "failed" }),
    ended("failed"),
  );
  assert.equal(short(decide(record, onStable, 5)), "maintenance off");
});

const friday = parseFreeze("Fri 16:00 - Mon 08:00 Europe/Madrid");
const times: readonly [string, string, string | undefined][] = [
  ["before it", "2026-11-27T14:59:00Z", undefined],
  ["at its beginning", "2026-11-27T15:00:00Z", "2026-11-30T07:00:00.000Z"],
  ["over the weekend", "2026-11-29T12:00:00Z", "2026-11-30T07:00:00.000Z"],
  ["at its end", "2026-11-30T07:00:00Z", undefined],
  ["in summer, by summer's clocks", "2026-07-31T14:00:00Z", "2026-08-03T06:00:00.000Z"],
  ["over the night in which clocks go back", "2026-10-24T10:00:00Z", "2026-10-26T07:00:00.000Z"],
  ["over the night in which they go forward", "2026-03-28T10:00:00Z", "2026-03-30T06:00:00.000Z"],
];
for (const [what, now, until] of times)
  test(`freeze: ${what}`, () => {
    assert(friday !== undefined);
    const frozen = frozenAt([friday], Date.parse(now));
    assert.equal(frozen && new Date(frozen.until).toISOString(), until);
  });

test("a window is two moments of the week and a place", () => {
  for (const odd of [
    "",
    "Fri 16:00",
    "Fri 25:00 - Mon 08:00 UTC",
    "Fri 16:00 - Fri 16:00 UTC",
    "Fri 16:00 - Mon 08:00 Mars/Base",
    "Fr 16:00 - Mon 08:00 UTC",
  ])
    assert.equal(parseFreeze(odd), undefined, odd);
});

test("in a freeze no step begins and no traffic is raised, judging goes on", () => {
  assert(friday !== undefined);
  const frozen: Plan = { ...plan, freeze: [friday] };
  const now = Date.parse("2026-11-29T12:00:00Z");
  assert.equal(short(decide(journal(started({ plan: frozen })), onStable, now)), "hold frozen");
  const page = { around: ["preflight" as const], page: { on: "up", off: "down" } };
  const around = journal(started({ plan: { ...frozen, maintenance: page } }));
  assert.equal(short(decide(around, onStable, now)), "hold frozen", "nobody sees a page while its step waits");
  const five = journal(
    started({ plan: frozen }),
    passed("preflight"),
    passed("deploy"),
    intent(0, 5, "g1"),
    applied(5, "g2", now),
  );
  assert.equal(short(decide(five, seeing("g2", "old 95, new 5"), now)), "judge");
});
