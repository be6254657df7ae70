import type { StepOutcome } from "./advance.ts";
import { checkedOut } from "./checked-out.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { isVariableFlag } from "./flag.ts";
import { flagsIn, type PlannedStage, sharesOf } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import { sha256 } from "./sha256.ts";
import { shortVersion } from "./short-version.ts";
import type { Variables } from "./variables.ts";
import type { Verdict } from "./verdict.ts";

export interface StageCandidate {
  readonly target: DeployTarget;
  readonly release: ReleaseState;
  readonly stage: PlannedStage;
  /** Where the commit is checked out. */
  readonly workspace: string;
  readonly variables: Variables;
  readonly ports: Pick<Ports, "exec" | "env">;
  /** Tags what serves before anything is deployed. */
  readonly tag?: (() => Promise<Verdict>) | undefined;
  /** Asks the staged version what only this job may ask. */
  readonly prove?: ((url: string, commit: string) => Promise<Verdict>) | undefined;
}

/** Starts the stage's own commit, with its flags, without traffic; a workspace that holds another commit is refused. */
export async function stageCandidate({
  target,
  release,
  stage,
  workspace,
  variables,
  ports,
  tag,
  prove,
}: StageCandidate): Promise<StepOutcome> {
  const commit = stage.commit ?? release.commit;
  const found = await checkedOut(workspace, ports);
  if (found !== commit)
    return {
      verdict: "fail",
      reason: "other-commit",
      message: `The workspace holds ${shortVersion(found) || "no commit"}, stage ${stage.name} releases ${commit.slice(0, 12)}. Check out that commit before this step.`,
    };
  const tagged = await tag?.();
  if (tagged !== undefined && tagged.verdict !== "pass") return tagged;
  const flags = Object.fromEntries(
    Object.entries(flagsIn(release.plan, stage.name)).filter(([name]) => isVariableFlag(name)),
  );
  const staged = await target.stage({
    commit,
    directory: workspace,
    env: { ...variables, ...flags },
    shares: sharesOf(stage),
    ...(Object.keys(flags).length > 0 && { variant: variantOf(flags) }),
  });
  if (staged.version === release.stable.version)
    return {
      verdict: "fail",
      reason: "serves-already",
      message: `Version ${staged.version} of stage ${stage.name} serves production already, so there is nothing to release. Push a commit, or give the stage another \`ref\` or \`flags\`.`,
    };
  const proven = await prove?.(staged.url, commit);
  if (proven !== undefined && proven.verdict !== "pass") return proven;
  const said = [tagged, proven].flatMap((verdict) => (verdict === undefined ? [] : [`${verdict.message} `])).join("");
  return {
    verdict: "pass",
    reason: "staged",
    message: `${said}Version ${shortVersion(staged.version)} answers at ${staged.url} and takes no traffic yet.`,
    candidate: staged,
  };
}

/** The same flags in any order give the same eight characters. */
const variantOf = (flags: Readonly<Record<string, string>>): string =>
  sha256(JSON.stringify(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 8);
