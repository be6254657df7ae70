import { isBehindProtection, loadIsBehindProtection } from "./behind-protection.ts";
import type { DeployTarget } from "./deploy-target.ts";
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
  const loaded = load !== undefined && loadIsBehindProtection(runbook, load);
  if (checks.length === 0 && !loaded) return undefined;
  const ask = async (url: string, commit: string): Promise<Verdict> => {
    const { runChecks } = await import("./run-checks.ts");
    return runChecks(checks, { directory, url, commit }, { ports: throughProtection(target, ports), variables: {} });
  };
  return async (url: string, commit: string): Promise<Verdict> => {
    const asked = checks.length === 0 ? undefined : await ask(url, commit);
    if (!loaded || (asked !== undefined && asked.verdict !== "pass")) return asked ?? nothingToAsk();
    const { runLoadTest } = await import("./run-load-test.ts");
    // The driver asks nobody but this address, and follows no redirect.
    const headers = target.headersFor?.(new URL(url)) ?? {};
    const verdict = await runLoadTest(load, { url, allowed: [url], directory, headers }, ports);
    return asked === undefined ? verdict : { ...verdict, message: `${asked.message} ${verdict.message}` };
  };
}

function nothingToAsk(): never {
  throw new Error("a version with neither a line to ask nor a load");
}
