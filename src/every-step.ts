import type { Advance } from "./advance.ts";
import { backupDatabase } from "./backup-database.ts";
import { needsSecret } from "./check-spec.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { migrateDatabase } from "./migrate-database.ts";
import type { Ports } from "./ports.ts";
import { runChecks } from "./run-checks.ts";
import { runLoadTest } from "./run-load-test.ts";
import type { Workflow } from "./runner/workflow.ts";
import type { Session } from "./session.ts";
import { stageCandidate } from "./stage-candidate.ts";
import { pass } from "./verdict.ts";

/** Every step of the runbook, for a release that runs in one job. */
export function everyStep(session: Session, ports: Ports, workflow: Workflow, target: DeployTarget): Advance["steps"] {
  const { variables, site } = session;
  const { workspace, sha: commit, branch } = workflow;
  const world = { ports, variables, site };
  return {
    preflight: async ({ stage: { name } }) => {
      const checks = (session.stage(name, "preflight").preflight ?? []).filter((check) => !needsSecret(check));
      if (checks.length === 0) return pass("proven-beforehand", "Every check of this preflight was made before.");
      return runChecks(checks, { directory: workspace, url: site, commit, branch }, world);
    },
    backup: async ({ stage: { name } }) => {
      const { verdict } = await backupDatabase({ step: session.stage(name, "backup").backup, ports });
      return verdict;
    },
    migrate: ({ stage: { name }, release }) =>
      migrateDatabase({
        step: session.stage(name, "migrate").migrate,
        workspace,
        release: String(release.id),
        ports,
      }),
    deploy: ({ release }) => stageCandidate({ target, release, workspace, variables, ports }),
    "smoke-test": ({ stage: { name }, release }) => {
      const checks = session.stage(name, "smoke-test")["smoke-test"] ?? [];
      return runChecks(checks, { directory: workspace, url: release.candidate?.url, commit, branch }, world);
    },
    "load-test": ({ stage: { name }, release }) => {
      const step = session.stage(name, "load-test")["load-test"];
      if (step === undefined) throw new Error(`stage ${name} has no load-test`);
      const url = release.candidate?.url;
      return runLoadTest(step, { url, allowed: [site, url], directory: workspace }, ports);
    },
  };
}
