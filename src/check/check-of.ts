import type { Check } from "../check.ts";
import type { CheckSpec } from "../check-spec.ts";
import type { Ports } from "../ports.ts";
import { pass } from "../verdict.ts";
import type { Variables } from "./env.ts";
import type { Repository } from "./github.ts";

/** What checks may use besides their context. */
export interface CheckWorld {
  readonly ports: Ports;
  /** The variables that an `env` check judges. */
  readonly variables: Variables;
  /** The runbook's `url`: besides the candidate, the only host a check may ask. */
  readonly site?: string | undefined;
  /** Whom a `github` check asks; absent outside of a workflow. */
  readonly repository?: Repository | undefined;
}

/** The check that one line of a runbook describes; only its own code is loaded. */
export async function checkOf(spec: CheckSpec, { ports, variables, site, repository }: CheckWorld): Promise<Check> {
  if ("run" in spec) return optional(spec.must, (await import("./run.ts")).runCheck(spec, ports));
  if ("get" in spec) return optional(spec.must, (await import("./http.ts")).getCheck(spec, ports));
  if ("http" in spec) return optional(spec.http.must, (await import("./http.ts")).httpCheck(spec, ports, site));
  if ("env" in spec) return (await import("./env.ts")).envCheck(spec.env, variables);
  if ("lint" in spec) return optional(spec.lint.must, (await import("./lint.ts")).lintCheck(spec, ports));
  if ("audit" in spec) return (await import("./audit.ts")).auditCheck(spec, ports);
  if ("tls" in spec) return (await import("./tls.ts")).tlsCheck(spec, ports);
  if ("dns" in spec) return (await import("./dns.ts")).dnsCheck(spec, ports);
  if ("github" in spec) return (await import("./github.ts")).githubCheck(spec, ports, repository);
  if ("sentry" in spec) return (await import("./sentry.ts")).sentryCheck(spec, ports);
  return (await import("./git.ts")).gitCheck(spec, ports);
}

/** With `must: false` a failure is told and stops nothing. What could not be judged still holds. */
function optional(must: boolean | undefined, check: Check): Check {
  if (must !== false) return check;
  return {
    title: `${check.title} (not required)`,
    async run(context) {
      const verdict = await check.run(context);
      if (verdict.verdict !== "fail") return verdict;
      return pass("failed-but-not-required", `Not required, and failed: ${verdict.message}`, verdict.evidence);
    },
  };
}
