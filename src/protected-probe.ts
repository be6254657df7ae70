import { isBehindProtection, loadIsBehindProtection } from "./behind-protection.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { LoadTest } from "./load-test-spec.ts";
import type { Ports } from "./ports.ts";
import type { Runbook } from "./runbook.ts";
import { throughProtection } from "./through-protection.ts";
import type { Verdict } from "./verdict.ts";

export interface ProtectedProbe {
  readonly runbook: Runbook;
  readonly stage: string;
  readonly target: DeployTarget;
  readonly directory: string;
  readonly ports: Ports;
}

/**
 * Asks and loads a version that was just staged, at its address, where only a job with the secret may; undefined when
 * the stage has nothing of the kind. A line that fails spares the version its load.
 */
export function protectedProbe({ runbook, stage, target, directory, ports }: ProtectedProbe) {
  const { "smoke-test": lines = [], "load-test": load } = runbook.stages.find(({ name }) => name === stage) ?? {};
  const checks = lines.filter((check) => isBehindProtection(runbook, check));
  const wanted = load !== undefined && loadIsBehindProtection(runbook, load) ? load : undefined;
  const ask = async (url: string, commit: string): Promise<Verdict> => {
    const { runChecks } = await import("./run-checks.ts");
    return runChecks(checks, { directory, url, commit }, { ports: throughProtection(target, ports), variables: {} });
  };
  const loadAt = async (url: string, step: LoadTest): Promise<Verdict> => {
    const { runLoadTest } = await import("./run-load-test.ts");
    // The driver asks nobody but this address, and follows no redirect.
    const headers = target.headersFor?.(new URL(url)) ?? {};
    return runLoadTest(step, { url, allowed: [url], directory, headers }, ports);
  };
  if (checks.length === 0) return wanted && ((url: string) => loadAt(url, wanted));
  return async (url: string, commit: string): Promise<Verdict> => {
    const asked = await ask(url, commit);
    if (wanted === undefined || asked.verdict !== "pass") return asked;
    const loaded = await loadAt(url, wanted);
    return { ...loaded, message: `${asked.message} ${loaded.message}` };
  };
}
