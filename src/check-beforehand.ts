import { envCheck } from "./check/env.ts";
import type { Repository } from "./check/github.ts";
import { needsSecret } from "./check-secret.ts";
import type { CheckSpec } from "./check-spec.ts";
import type { DeployTarget, StageRequest } from "./deploy-target.ts";
import { referencePattern } from "./field.ts";
import type { Ports } from "./ports.ts";
import { runChecks } from "./run-checks.ts";
import type { Variables } from "./variables.ts";
import { pass, type Verdict } from "./verdict.ts";
import { resolveParts, type WrittenRunbook } from "./written-runbook.ts";

export interface Beforehand {
  readonly written: WrittenRunbook;
  readonly variables: Variables;
  readonly target: DeployTarget;
  readonly repository: Repository;
  readonly ports: Ports;
  /** Commit that is to be released. */
  readonly commit: string;
  /** Where it is checked out; without it, variables of a version that is not there yet are not asked for. */
  readonly directory?: string | undefined;
}

/** What only a job with secrets can prove, before anything moves: the contract of variables, and preflight's other half. */
export async function checkBeforehand(scene: Beforehand): Promise<Verdict> {
  const { written, variables, target, ports, repository, commit, directory } = scene;
  const context = { directory: ".", commit };
  const version = directory === undefined ? undefined : { commit, directory, env: variables };
  const contract = await contractCheck(written, variables, target, version);
  const agreed = await contract.run(context);
  if (agreed.verdict !== "pass") return agreed;
  const checks = withSecrets(written, variables);
  if (checks.length === 0) return agreed;
  const proven = await runChecks(checks, context, { ports, variables, repository });
  return proven.verdict === "pass"
    ? pass(proven.reason, `${agreed.message} ${proven.message}`, proven.evidence)
    : proven;
}

/**
 * Where the platform has variables of its own they are what versions run with; elsewhere it is what this job was given.
 * What the target itself is opened with, such as a token, is always this job's.
 */
async function contractCheck(
  { value }: WrittenRunbook,
  variables: Variables,
  target: DeployTarget,
  version: Pick<StageRequest, "commit" | "directory" | "env"> | undefined,
) {
  const { env: contract = {} } = value;
  const found = Object.keys(contract).length === 0 ? undefined : await target.variables?.(version);
  if (found === undefined) return envCheck(contract, variables);
  const { values, unreadable } = found;
  const opening = referencesIn(value.target);
  // Any other variable of this job is no proof for one of the platform; it may be what another must differ from.
  const isOurs = (name: string) => opening.has(name) || !Object.hasOwn(contract, name);
  const ours = Object.fromEntries(Object.entries(variables).filter(([name]) => isOurs(name)));
  return envCheck(contract, { ...ours, ...values }, new Set(unreadable));
}

/** The names behind every `$NAME` of a part of the runbook. */
function referencesIn(part: unknown): ReadonlySet<string> {
  if (typeof part === "string") return new Set(referencePattern.test(part) ? [part.slice(1)] : []);
  if (typeof part !== "object" || part === null) return new Set();
  return new Set(Object.values(part).flatMap((inner) => [...referencesIn(inner)]));
}

/** Every stage's checks that need a secret, with it; other lines keep their references and are not looked at. */
function withSecrets(written: WrittenRunbook, variables: Variables): readonly CheckSpec[] {
  const places = written.value.stages.flatMap(({ preflight = [] }, stage) =>
    preflight.flatMap((check, line) => (needsSecret(check) ? [{ stage, line }] : [])),
  );
  const parts = places.map(({ stage, line }) => `stages.${stage}.preflight.${line}`);
  if (parts.length === 0) return [];
  const { stages } = resolveParts(written, variables, parts);
  return places.flatMap(({ stage, line }) => stages[stage]?.preflight?.[line] ?? []);
}
