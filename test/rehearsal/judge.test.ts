import assert from "node:assert/strict";
import { test } from "node:test";
import { type Aftermath, figuresOf, judge } from "../../src/rehearsal/judge.ts";
import { at, badAftermath, candidate, goodAftermath, stable, truthOf } from "./small-aftermath.ts";

const broken = (after: Aftermath) =>
  judge(after)
    .filter(({ holds }) => !holds)
    .map(({ text }) => text);

test("a good release that left the world as it should holds every finding", () => {
  assert.deepEqual(broken(goodAftermath()), []);
  assert.ok(judge(goodAftermath()).length >= 8);
});

test("a bad release that was caught holds every finding too", () => {
  assert.deepEqual(broken(badAftermath()), []);
});

interface Lie {
  readonly what: string;
  readonly after: Aftermath;
  readonly found: RegExp;
}

const steady = (count: number, share: number) => Array.from({ length: count }, () => ({ share }));

/** Everything says success but one witness: each must be heard. */
const lies: readonly Lie[] = [
  {
    what: "the wrong version serves",
    after: { ...goodAftermath(), production: { generation: "4", serving: [{ version: stable, weight: 100 }] } },
    found: /candidate serves all traffic/,
  },
  {
    what: "production is still shared",
    after: {
      ...goodAftermath(),
      production: {
        generation: "4",
        serving: [
          { version: candidate, weight: 99 },
          { version: stable, weight: 1 },
        ],
      },
    },
    found: /serves all traffic/,
  },
  {
    what: "the record says another end",
    after: { ...goodAftermath(), record: badAftermath().record },
    found: /expected; it says rolled-back/,
  },
  {
    what: "GitHub shows the run as failed",
    after: { ...goodAftermath(), conclusion: "failure" },
    found: /expected; it is failure/,
  },
  {
    what: "a secret stands in a log",
    after: { ...goodAftermath(), leaks: ["release_deploy.log"] },
    found: /a secret stands in release_deploy\.log/,
  },
  {
    what: "workers stand still for ever",
    after: { ...goodAftermath(), maintenance: { made: ["maintenance", "workers"], left: ["workers"] } },
    found: /maintenance and workers were on for a step, and workers is left on/,
  },
  {
    what: "a shift broke requests",
    after: {
      ...goodAftermath(),
      truth: truthOf([
        ...steady(2, 0),
        { share: 0.05, undelivered: 1 },
        ...steady(3, 0.05),
        ...steady(4, 0.25),
        ...steady(4, 1),
      ]),
    },
    found: /1 requests failed because of a weight shift$/m,
  },
  {
    what: "requests without an answer while the machine could not keep up",
    after: {
      ...goodAftermath(),
      truth: truthOf([
        ...steady(2, 0),
        { share: 0.05, undelivered: 1, dropped: 7 },
        ...steady(4, 0.25),
        ...steady(4, 1),
      ]),
    },
    found: /1 requests failed because of a weight shift, or because this machine was too busy to send 7 others$/m,
  },
  {
    what: "users never got the share that the platform claims",
    after: {
      ...goodAftermath(),
      truth: truthOf([...steady(2, 0), ...steady(4, 0.05), ...steady(4, 0.05), ...steady(4, 1)]),
    },
    found: /at 25% users got 5\.00%/,
  },
  {
    what: "users met the candidate after the rollback",
    after: { ...badAftermath(), truth: truthOf([...steady(2, 0), ...steady(7, 0.1), ...steady(1, 0)]) },
    found: /candidate answers later than one second after the rollback/,
  },
  {
    what: "a migration was applied twice",
    after: { ...goodAftermath(), migrations: ["0001_notes", "0001_notes"] },
    found: /migrations applied once/,
  },
  {
    what: "the deployment on GitHub tells another story",
    after: { ...badAftermath(), deployments: ["success"] },
    found: /GitHub shows the deployment as success/,
  },
  {
    what: "a release that must not be exposed was",
    after: {
      ...badAftermath(),
      scenario: { ...badAftermath().scenario, exposed: false },
    },
    found: /users met the candidate/,
  },
];

for (const { what, after, found } of lies) {
  test(`${what}: the rehearsal fails`, () => {
    const texts = broken(after);
    assert.ok(
      texts.some((text) => found.test(text)),
      JSON.stringify(judge(after), null, 1),
    );
  });
}

test("the figures come from the ground truth", () => {
  const figures = figuresOf(badAftermath());
  assert.equal(figures.seconds, 8);
  assert.equal(figures.candidateAnswers, 400);
  assert.equal(figures.visibleFailures, 40);
  // 10 % of 1,000 requests a second for four seconds, a tenth of which fails.
  assert.equal(figures.impliedFailures, 40);
  assert.ok(figures.offTrafficSeconds !== undefined && Math.abs(figures.offTrafficSeconds - 3.989) < 1e-9);
  assert.equal(figures.sent, 10_000);
  assert.equal(figures.undelivered, 0);
});

test("a release that never failed has no time off traffic", () => {
  const figures = figuresOf(goodAftermath());
  assert.equal(figures.offTrafficSeconds, undefined);
  assert.equal(figures.visibleFailures, undefined);
  assert.equal(figures.seconds, (at(14) - at(1)) / 1000);
});

test("shares are judged until somebody else has a hand in them, and not after", () => {
  // At 5 s, a second after 5 % were given, a person moves everything to the candidate.
  const byHand = truthOf([...steady(2, 0), ...steady(3, 0.05), ...steady(9, 1)]);
  const shares = [{ at: at(2), weight: 5 }];
  const after = { ...goodAftermath(), truth: byHand, shares };
  assert.match(broken(after).join(), /at 5% users got/);
  assert.deepEqual(broken({ ...after, disturbedAt: at(5) }), []);
});

test("where a later run is part of the story its end is asked for, and the first release's own end besides", () => {
  const { scenario } = goodAftermath();
  const two = { ...goodAftermath(), scenario: { ...scenario, afterwards: "failure" as const } };
  assert.match(broken({ ...two, newest: "success" }).join(), /the newest run ended as success/);
  // The record's newest release went back; the one of the first push is done.
  assert.deepEqual(broken({ ...two, newest: "failure", record: badAftermath().record, ended: "done" }), []);
});
