/** What a rehearsal does to a small production, and how it has to end. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly story: string;
  /** Folder below the consumer's `changes/` that becomes the next commit. */
  readonly change: string;
  /** What happens in the repository. */
  readonly event: "push" | "pull_request" | "fork" | "push-then-rollback";
  /** Press the cancel button once the candidate has traffic. */
  readonly cancelInCanary?: boolean;
  /** Requests a second; 1,000 unless said otherwise. */
  readonly rate?: number;
  /** Who must serve all traffic in the end. */
  readonly serves: "candidate" | "stable";
  /** How the release must end in the record; undefined when none may even begin. */
  readonly ends: "done" | "rolled-back" | "failed" | "held" | undefined;
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
    story: "a release that answers 300 ms later is caught at 5 % and goes back",
    change: "slow",
    event: "push",
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
    cancelInCanary: true,
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
];

export const scenarioNamed = (name: string): Scenario | undefined =>
  scenarios.find((scenario) => scenario.name === name);
