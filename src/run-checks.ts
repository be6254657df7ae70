import { type CheckWorld, checkOf } from "./check/check-of.ts";
import type { CheckContext } from "./check.ts";
import type { CheckSpec } from "./check-spec.ts";
import { type Verdict, worst } from "./verdict.ts";

/** Runs every check, tells each as it ends, and gives the most severe verdict with all of them as its evidence. */
export async function runChecks(
  specs: readonly CheckSpec[],
  context: CheckContext,
  world: CheckWorld,
): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const spec of specs) {
    const check = await checkOf(spec, world);
    const verdict = await check.run(context);
    world.ports.log.info(
      `${verdict.verdict}: ${check.title}. ${verdict.verdict === "pass" ? "" : verdict.message}`.trimEnd(),
    );
    verdicts.push(verdict);
  }
  const passed = verdicts.filter((verdict) => verdict.verdict === "pass").length;
  const last = worst(verdicts);
  const message =
    last.verdict === "pass"
      ? `All ${passed} checks passed.`
      : `${passed} of ${verdicts.length} checks passed. ${last.message}`;
  return {
    ...last,
    reason: last.verdict === "pass" ? "checks-passed" : last.reason,
    message,
    evidence: { checks: verdicts },
  };
}
