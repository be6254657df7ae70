import type { CheckSpec } from "./check-spec.ts";
import type { LoadTest } from "./load-test-spec.ts";
import { pass } from "./verdict.ts";

/*
 * What a platform's protection of the version's own address keeps the job with the user's code from asking: it must not
 * see the secret that passes it. What Sluice asks by itself is asked by the job that deploys, which holds the secret;
 * a program of the user's meets the protection.
 */

type Target = Readonly<{ target: object }>;

const isProtected = ({ target }: Target): boolean =>
  "vercel" in target && typeof target.vercel === "object" && target.vercel !== null && "bypass" in target.vercel
    ? target.vercel.bypass !== undefined
    : false;

/** A line of a smoke test that the job which deploys asks. */
export const isBehindProtection = (runbook: Target, check: CheckSpec): boolean =>
  isProtected(runbook) && "get" in check;

/** A load test that the job which deploys makes; a script of k6 is the user's code. */
export const loadIsBehindProtection = (runbook: Target, { k6 }: Pick<LoadTest, "k6">): boolean =>
  isProtected(runbook) && k6 === undefined;

/** What the load test's own job says of a load test that was made before. */
export const loadedWhenDeployed = () =>
  pass("loaded-when-deployed", "The version was loaded through its protection when it was deployed.");

interface Probed extends Target {
  readonly stages: readonly {
    readonly name: string;
    readonly "smoke-test"?: readonly CheckSpec[] | undefined;
    readonly "load-test"?: Pick<LoadTest, "k6"> | undefined;
  }[];
}

/** One sentence for each program of the user's that will meet the protection; none where nothing is protected. */
export function protectionWarnings(runbook: Probed): readonly string[] {
  if (!isProtected(runbook)) return [];
  const mend =
    "Sluice gives no secret to your code, so a request of it to the version's own address is answered by the protection";
  return runbook.stages.flatMap(({ name, "smoke-test": lines = [], "load-test": load }) => [
    ...lines.flatMap((line) =>
      "run" in line
        ? [
            `Stage ${name}, smoke-test \`run: ${line.run}\`: deployments are protected (\`target.vercel.bypass\`). ${mend}. ` +
              "Write what it asks as `get` lines, or leave deployments of production unprotected.",
          ]
        : [],
    ),
    ...(load?.k6 === undefined
      ? []
      : [
          `Stage ${name}, load-test \`k6: ${load.k6}\`: deployments are protected (\`target.vercel.bypass\`). ${mend}. ` +
            "Write the load as `requests`, which pass it, or leave deployments of production unprotected.",
        ]),
  ]);
}
