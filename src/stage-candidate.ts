import type { StepOutcome } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { sharesOf } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import type { Variables } from "./variables.ts";

export interface StageCandidate {
  readonly target: DeployTarget;
  readonly release: ReleaseState;
  /** Where the commit is checked out. */
  readonly workspace: string;
  readonly variables: Variables;
  readonly ports: Pick<Ports, "exec" | "env">;
}

/** Starts the release's own commit without traffic; a workspace that holds another commit is refused. */
export async function stageCandidate({
  target,
  release,
  workspace,
  variables,
  ports,
}: StageCandidate): Promise<StepOutcome> {
  const { commit, plan } = release;
  // Nothing of the repository's or the user's may configure this git: this job holds secrets.
  const head = await ports.exec("git", ["-c", `safe.directory=${workspace}`, "rev-parse", "HEAD"], {
    cwd: workspace,
    env: { PATH: ports.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" },
  });
  const checkedOut = head.stdout.trim();
  if (checkedOut !== commit)
    return {
      verdict: "fail",
      reason: "other-commit",
      message: `The workspace holds ${checkedOut.slice(0, 12) || `no commit (git: ${head.stderr.trim().slice(0, 200)})`}, the release is of ${commit.slice(0, 12)}. Check out the release's commit before this step.`,
    };
  const staged = await target.stage({ commit, directory: workspace, env: variables, shares: sharesOf(plan) });
  return {
    verdict: "pass",
    reason: "staged",
    message: `Version ${staged.version.slice(0, 12)} answers at ${staged.url} and takes no traffic yet.`,
    candidate: staged,
  };
}
