import type { Entry } from "../../src/record.ts";

interface Versions {
  readonly stable: string;
  readonly candidate: string;
  /** The platform's generation that the entries speak of. */
  readonly generation: string;
}

const minute = 60_000;

/** A release as its jobs write it down: begun, deployed, at 5 % and judged. `at` is when its newest entry was written. */
export function underWay({ stable, candidate, generation }: Versions, at: number, release = 4711): readonly Entry[] {
  const by = { run: release, attempt: 1, actor: "grace" };
  const place = { stage: "release", shift: 0, weight: 5, generation } as const;
  const shift = { weight: 5, holdMs: 15 * minute, everyMs: minute, judged: true };
  const entry = { by, release };
  return [
    {
      kind: "started",
      ...entry,
      at: at - 20 * minute,
      commit: candidate,
      runbookHash: "hash",
      plan: {
        service: "shop",
        stages: [
          {
            name: "release",
            steps: ["deploy", "canary"],
            shifts: [shift, { ...shift, weight: 100 }],
            maxHoldMs: 60 * minute,
          },
        ],
      },
      stable,
      generation,
    },
    {
      kind: "step",
      ...entry,
      at: at - 15 * minute,
      stage: "release",
      step: "deploy",
      outcome: "passed",
      reason: "staged",
      message: "It answers.",
      candidate: { version: candidate, url: "http://127.0.0.1:1" },
    },
    { kind: "intent", ...entry, ...place, at: at - 12 * minute, restore: { version: stable, generation } },
    {
      kind: "result",
      ...entry,
      at: at - 12 * minute,
      outcome: "applied",
      weight: 5,
      generation,
      message: "Read back.",
    },
    {
      kind: "verdict",
      ...entry,
      ...place,
      at,
      verdict: "hold",
      reason: "not-enough-data",
      message: "error-rate is 0.2% of 310 answers; 900 are needed to tell it from 2%.",
      evidence: { answers: 310 },
    },
  ];
}

/** The release came to its end: everything on the candidate. */
export function done(versions: Versions, at: number, release = 4711): readonly Entry[] {
  const by = { run: release, attempt: 1, actor: "grace" };
  const passed = {
    kind: "step",
    by,
    release,
    at,
    stage: "release",
    step: "canary",
    outcome: "passed",
    reason: "all-shares-proven",
    message: "Proven.",
  } as const;
  const ended = {
    kind: "ended",
    by,
    release,
    at,
    as: "done",
    reason: "all-steps-passed",
    message: "It serves all.",
  } as const;
  return [...underWay(versions, at - minute, release), passed, ended];
}
