import * as z from "zod";
import { sha256 } from "./sha256.ts";

/** Who has to agree before a stage goes on; pinned in the plan when the release starts. */
export const approvalRule = z.strictObject({
  /** GitHub logins by role, as the runbook names them. */
  by: z.record(z.string(), z.array(z.string()).min(1)),
  /** How many different people have to agree. */
  minimum: z.number().int().positive(),
});
export type ApprovalRule = z.infer<typeof approvalRule>;

/** One person's agreement, bound to what they could see when they gave it. */
export const approval = z.strictObject({
  stage: z.string(),
  role: z.string(),
  actor: z.string(),
  /** Digest of the commit and of everything proven until then. */
  digest: z.string(),
  at: z.number(),
});
export type Approval = z.infer<typeof approval>;

/** What an approval is given for: when any of it changes, earlier approvals do not count any more. */
export function approvalDigest(commit: string, runbookHash: string, proven: readonly string[]): string {
  return sha256(JSON.stringify([commit, runbookHash, proven])).slice(0, 16);
}

/**
 * The roles in which a person may approve; logins are compared as GitHub does, without case. Whether somebody is in a
 * team (`@organisation/team`) is known only to who asked GitHub, and given as `teams`.
 */
export const rolesOf = (
  { by }: Pick<ApprovalRule, "by">,
  login: string,
  teams: readonly string[] = [],
): readonly string[] => {
  const names = new Set([login, ...teams].map((known) => known.toLowerCase()));
  return Object.entries(by)
    .filter(([, people]) => people.some((person) => names.has(person.toLowerCase())))
    .map(([role]) => role);
};

/** Whoever wrote an approval down had asked GitHub about teams; nobody can ask again here. */
const mayHave = (rule: ApprovalRule, { actor, role }: Approval): boolean =>
  rolesOf(rule, actor).includes(role) || (rule.by[role] ?? []).some((person) => person.startsWith("@"));

export interface ApprovalCount {
  readonly granted: boolean;
  /** People whose approval counts. */
  readonly people: readonly string[];
  /** What is still needed, as a sentence. */
  readonly message: string;
}

/** Counts different people, each once, whose approval is for exactly this evidence. */
export function countApprovals(
  rule: ApprovalRule,
  approvals: readonly Approval[],
  stage: string,
  digest: string,
): ApprovalCount {
  const counted = approvals.filter((given) => given.stage === stage && given.digest === digest && mayHave(rule, given));
  const people = [...new Set(counted.map(({ actor }) => actor.toLowerCase()))];
  const granted = people.length >= rule.minimum;
  const roles = Object.entries(rule.by).map(([role, logins]) => `${role} (${logins.join(", ")})`);
  const message = granted
    ? `Approved by ${people.join(" and ")}.`
    : `${people.length} of ${rule.minimum} approvals for stage ${stage}${people.length === 0 ? "" : ` (${people.join(", ")})`}; comment \`/approve\` as one of ${roles.join(", ")}.`;
  return { granted, people, message };
}
