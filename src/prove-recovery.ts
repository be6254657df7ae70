import * as z from "zod";
import { type CheckSpec, smokeTest } from "./check-spec.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { messageOf } from "./failure.ts";
import { site as siteSchema } from "./field.ts";
import type { Ports } from "./ports.ts";
import type { ReleaseState } from "./record.ts";
import { runChecks } from "./run-checks.ts";
import type { Variables } from "./variables.ts";
import { hold, type Verdict, worst } from "./verdict.ts";
import { readInside, resolveParts } from "./written-runbook.ts";

/** Longest a person waits to hear whether users are served again; traffic has long been given back. */
const longestProofMs = 60_000;

const served = z.looseObject({
  url: siteSchema,
  stages: z.array(z.looseObject({ "smoke-test": smokeTest.optional() })),
});

export interface Recovering {
  readonly runbook: string;
  readonly workspace: string;
  readonly variables: Variables;
  readonly target: DeployTarget;
  /** The release that was sent back, as far as the record could be read. */
  readonly release: ReleaseState | undefined;
}

/**
 * Proves after a rollback that what serves does its work: the runbook's smoke tests against the address people use, as
 * far as they need no code of the repository, and the limits that sent the release back, measured again. Undefined where
 * the runbook has neither or cannot be read: then the platform's own health check is all there is. Never part of giving
 * traffic back.
 */
export async function proveRecovery(where: Recovering, ports: Ports): Promise<Verdict | undefined> {
  const text = await readInside(where.runbook, where.workspace).catch(() => undefined);
  if (text === undefined) return undefined;
  const late = new AbortController();
  const overdue = ports.clock
    .sleep(longestProofMs, late.signal)
    .then(() => hold("not-proven", `The proof did not end within ${longestProofMs / 1000} seconds.`))
    .catch(() => hold("not-proven", "The proof was stopped."));
  const proofs = [smokeTested(where, text, ports), limitsHold(where, text, ports)];
  const said = await Promise.all(proofs.map((proof) => Promise.race([proof, overdue]))).finally(() => late.abort());
  const proven = said.filter((verdict) => verdict !== undefined);
  if (proven.length === 0) return undefined;
  const outcome = worst(proven);
  return outcome.verdict === "pass" ? { ...outcome, message: proven.map(({ message }) => message).join(" ") } : outcome;
}

async function smokeTested(
  { runbook, workspace, variables }: Recovering,
  text: string,
  ports: Ports,
): Promise<Verdict | undefined> {
  const { readBySchema } = await import("./read-by-schema.ts");
  const written = readBySchema(text, runbook, served);
  if (!written.ok) return undefined;
  const { url, stages } = resolveParts(written, variables, ["url", "stages"]);
  const checks = stages.flatMap((stage) => stage["smoke-test"] ?? []).filter(needsNoCode);
  if (checks.length === 0) return undefined;
  const proof = await runChecks(checks, { directory: workspace, url, commit: "" }, { ports, variables, site: url });
  return proof.verdict === "pass" ? { ...proof, message: "Every smoke test passed." } : proof;
}

async function limitsHold(
  { runbook, variables, target, release }: Recovering,
  text: string,
  ports: Ports,
): Promise<Verdict | undefined> {
  if (release === undefined) return undefined;
  const { readRunbook } = await import("./runbook-file.ts");
  const written = readRunbook(text, runbook);
  if (!written.ok) return undefined;
  const { measureAgain } = await import("./measure-again.ts");
  const judged = resolveParts(written, variables, ["metrics"]);
  return measureAgain({ runbook: judged, target, release }, ports).catch((problem: unknown) =>
    hold("not-proven", messageOf(problem)),
  );
}

const needsNoCode = (check: CheckSpec): boolean => "get" in check || "http" in check;
