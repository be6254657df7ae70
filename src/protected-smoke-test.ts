import type { CheckSpec } from "./check-spec.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { Ports } from "./ports.ts";
import type { Runbook } from "./runbook.ts";
import { throughProtection } from "./through-protection.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Lines of a smoke test that a platform's protection of the version's own address keeps the job with the user's code
 * from asking: it must not see the secret that passes it. The job that deploys holds the secret and asks them.
 */
export const isBehindProtection = ({ target }: Pick<Runbook, "target">, check: CheckSpec): boolean =>
  "vercel" in target && target.vercel.bypass !== undefined && "get" in check;

export interface ProtectedSmokeTest {
  readonly runbook: Runbook;
  readonly stage: string;
  readonly target: DeployTarget;
  readonly directory: string;
  readonly ports: Ports;
}

/** Asks these lines of a version that was just staged, at its address; undefined when the stage has none. */
export function protectedSmokeTest({ runbook, stage, target, directory, ports }: ProtectedSmokeTest) {
  const lines = runbook.stages.find(({ name }) => name === stage)?.["smoke-test"] ?? [];
  const checks = lines.filter((check) => isBehindProtection(runbook, check));
  if (checks.length === 0) return undefined;
  return async (url: string, commit: string): Promise<Verdict> => {
    const { runChecks } = await import("./run-checks.ts");
    const world = { ports: throughProtection(target, ports), variables: {} };
    return runChecks(checks, { directory, url, commit }, world);
  };
}
