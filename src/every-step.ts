import type { Advance } from "./advance.ts";
import { needsSecret } from "./check-secret.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { Ports } from "./ports.ts";
import type { Workflow } from "./runner/workflow.ts";
import type { Session } from "./session.ts";
import { reachedThroughTarget } from "./through-target.ts";
import { pass } from "./verdict.ts";

/** Every step of the runbook, for a release that runs in one job; a step is loaded when it is due. */
export function everyStep(session: Session, ports: Ports, workflow: Workflow, target: DeployTarget): Advance["steps"] {
  const { variables, site } = session;
  const { workspace, sha: commit, branch } = workflow;
  const world = { ports, variables, site };
  return {
    preflight: async ({ stage: { name } }) => {
      const checks = (session.stage(name, "preflight").preflight ?? []).filter((check) => !needsSecret(check));
      if (checks.length === 0) return pass("proven-beforehand", "Every check of this preflight was made before.");
      const { runChecks } = await import("./run-checks.ts");
      return runChecks(checks, { directory: workspace, url: site, commit, branch }, world);
    },
    backup: async ({ stage: { name } }) => {
      const { backupDatabase } = await import("./backup-database.ts");
      const step = await reachedThroughTarget(session.stage(name, "backup").backup, async () => target);
      const { verdict } = await backupDatabase({ step, workspace, ports });
      return verdict;
    },
    migrate: async ({ stage: { name, migration, commit: own }, release, announce }) => {
      const { migrateDatabase } = await import("./migrate-database.ts");
      const { toolsInside } = await import("./tool-inside.ts");
      const { migrate: asWritten } = session.stage(name, "migrate");
      const step = await reachedThroughTarget(asWritten, async () => target);
      const inside = { commit: own ?? release.commit, workspace, variables, ports };
      const place = await toolsInside(asWritten, { target: async () => target, ...inside });
      return migrateDatabase({
        step,
        workspace,
        release: String(release.id),
        agreed: migration?.hash,
        announce,
        schemaMoves: release.movesSchema,
        place,
        ports,
      });
    },
    configure: async ({ stage: { name } }) => {
      const { setVariables } = await import("./set-variables.ts");
      const step = session.stage(name, "configure").configure;
      if (step === undefined) throw new Error(`stage ${name} has no configure`);
      return setVariables(step, { target, variables });
    },
    deploy: async ({ stage, release }) => {
      const { stageCandidate } = await import("./stage-candidate.ts");
      const { tagBefore } = await import("./tag-production.ts");
      const tag = tagBefore(session, { stage: stage.name, target, release });
      const { protectedProbe } = await import("./protected-probe.ts");
      const { runbook } = session;
      const prove = protectedProbe({ runbook, stage: stage.name, target, directory: workspace, ports });
      return stageCandidate({ target, release, stage, workspace, variables, ports, tag, prove });
    },
    "smoke-test": async ({ stage: { name }, release }) => {
      const { runChecks } = await import("./run-checks.ts");
      const { isBehindProtection } = await import("./behind-protection.ts");
      const lines = session.stage(name, "smoke-test")["smoke-test"] ?? [];
      const checks = lines.filter((check) => !isBehindProtection(session.runbook, check));
      if (checks.length === 0)
        return pass("asked-when-deployed", "Every line was asked when the version was deployed.");
      return runChecks(checks, { directory: workspace, url: release.candidate?.url, commit, branch }, world);
    },
    "load-test": async ({ stage: { name }, release }) => {
      const { runLoadTest } = await import("./run-load-test.ts");
      const step = session.stage(name, "load-test")["load-test"];
      if (step === undefined) throw new Error(`stage ${name} has no load-test`);
      const { loadedWhenDeployed, loadIsBehindProtection } = await import("./behind-protection.ts");
      if (loadIsBehindProtection(session.runbook, step)) return loadedWhenDeployed();
      const url = release.candidate?.url;
      return runLoadTest(step, { url, allowed: [site, url], directory: workspace }, ports);
    },
  };
}
