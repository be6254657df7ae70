import * as z from "zod";
import { type CheckSpec, smokeTest } from "./check-spec.ts";
import { site as siteSchema } from "./field.ts";
import type { Ports } from "./ports.ts";
import { runChecks } from "./run-checks.ts";
import type { Variables } from "./variables.ts";
import { hold, type Verdict } from "./verdict.ts";
import { readInside, resolveParts } from "./written-runbook.ts";

/** Longest a person waits to hear whether users are served again; traffic has long been given back. */
const longestProofMs = 60_000;

const served = z.looseObject({
  url: siteSchema,
  stages: z.array(z.looseObject({ "smoke-test": smokeTest.optional() })),
});

/**
 * Proves after a rollback that what serves does its work: the runbook's smoke tests against the address people use, as
 * far as they need no code of the repository. Undefined where the runbook cannot be read or has no such test: then the
 * platform's own health check is all there is. Never part of giving traffic back.
 */
export async function proveRecovery(
  where: { readonly runbook: string; readonly workspace: string; readonly variables: Variables },
  ports: Ports,
): Promise<Verdict | undefined> {
  const { runbook, workspace, variables } = where;
  const text = await readInside(runbook, workspace).catch(() => undefined);
  const { readBySchema } = await import("./runbook-file.ts");
  const written = text === undefined ? undefined : readBySchema(text, runbook, served);
  if (written === undefined || !written.ok) return undefined;
  const { url, stages } = resolveParts(written, variables, ["url", "stages"]);
  const checks = stages.flatMap((stage) => stage["smoke-test"] ?? []).filter(needsNoCode);
  if (checks.length === 0) return undefined;
  const proof = runChecks(checks, { directory: workspace, url, commit: "" }, { ports, variables, site: url });
  const late = new AbortController();
  const overdue = ports.clock
    .sleep(longestProofMs, late.signal)
    .then(() => hold("not-proven", `The smoke tests did not end within ${longestProofMs / 1000} seconds.`))
    .catch(() => hold("not-proven", "The proof was stopped."));
  return Promise.race([proof, overdue]).finally(() => late.abort());
}

const needsNoCode = (check: CheckSpec): boolean => "get" in check || "http" in check;
