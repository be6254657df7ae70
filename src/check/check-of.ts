import type { Check } from "../check.ts";
import type { Ports } from "../ports.ts";
import type { CheckSpec } from "../step.ts";
import { pass } from "../verdict.ts";
import { envCheck, type Variables } from "./env.ts";
import { gitCheck } from "./git.ts";
import { getCheck, httpCheck } from "./http.ts";
import { runCheck } from "./run.ts";

/** What checks may use besides their context. */
export interface CheckWorld {
  readonly ports: Ports;
  /** The variables that an `env` check judges. */
  readonly variables: Variables;
  /** The runbook's `url`: besides the candidate, the only host a check may ask. */
  readonly site?: string | undefined;
}

/** The check that one line of a runbook describes. */
export function checkOf(spec: CheckSpec, { ports, variables, site }: CheckWorld): Check {
  if ("run" in spec) return optional(spec.must, runCheck(spec, ports));
  if ("get" in spec) return optional(spec.must, getCheck(spec, ports));
  if ("http" in spec) return optional(spec.http.must, httpCheck(spec, ports, site));
  if ("env" in spec) return envCheck(spec.env, variables);
  return gitCheck(spec, ports);
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
