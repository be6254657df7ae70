import type { WorkflowNode } from "./call-graph.ts";
import { isMappingTemplate, namedEntries, type Template } from "./template.ts";
import type { Job } from "./workflow-file.ts";

export type Access = "read" | "write";
/** What a GITHUB_TOKEN may do; a scope that is not named is none. */
export type Permissions = Readonly<Record<string, Access>>;

/** The scopes of GitHub's own schema (workflow-v1.0.json, `permissions-mapping`). */
export const permissionScopes = [
  ...["actions", "artifact-metadata", "attestations", "checks", "code-quality", "contents", "copilot-requests"],
  ...["deployments", "discussions", "drives", "id-token", "issues", "models", "packages", "pages", "pull-requests"],
  ...["repository-projects", "security-events", "statuses", "vulnerability-alerts"],
] as const;

/** GitHub's restricted default for a workflow that declares nothing. */
export const restrictedPermissions: Permissions = { contents: "read", packages: "read" };

/** Reads a `permissions:` entry; `undefined` when the file has none. */
export function permissionsOf(template: Template | undefined): Permissions | undefined {
  if (template === undefined) return undefined;
  if (template === "read-all" || template === "write-all") {
    const access = template === "read-all" ? "read" : "write";
    return Object.fromEntries(permissionScopes.map((scope) => [scope, access]));
  }
  const permissions: Record<string, Access> = {};
  if (!isMappingTemplate(template)) return permissions;
  for (const [scope, access] of namedEntries(template)) {
    if (access === "read" || access === "write") permissions[scope] = access;
  }
  return permissions;
}

/** What a job's token holds: its own declaration, else its workflow's, else what the caller (or repository) grants. */
export function jobPermissions(job: Job, workflow: Permissions | undefined, granted: Permissions): Permissions {
  return job.permissions ?? workflow ?? granted;
}

/** A token that may not write, as runs from forks get. */
export function readOnly(permissions: Permissions): Permissions {
  return Object.fromEntries(Object.keys(permissions).map((scope) => [scope, "read"]));
}

export function unionOf(all: readonly Permissions[]): Permissions {
  const union: Record<string, Access> = {};
  for (const permissions of all) {
    for (const [scope, access] of Object.entries(permissions)) {
      if (access === "write" || union[scope] === undefined) union[scope] = access;
    }
  }
  return union;
}

/** The scopes in which `requested` exceeds `granted`. */
export function excess(requested: Permissions, granted: Permissions): readonly string[] {
  return Object.entries(requested)
    .filter(([scope, access]) => granted[scope] !== "write" && granted[scope] !== access)
    .map(([scope]) => scope);
}

/**
 * What a caller must grant a workflow: the union over all its jobs and everything they call. A workflow or a job that
 * declares nothing asks for nothing.
 */
export function neededPermissions(node: WorkflowNode): Permissions {
  const jobs = Object.values(node.workflow.jobs).flatMap((job) => {
    const callee = node.calls[job.id];
    return [job.permissions ?? {}, callee ? neededPermissions(callee) : {}];
  });
  return unionOf([node.workflow.permissions ?? {}, ...jobs]);
}

/**
 * Every place where a called workflow, or a job in it, asks for more than the calling job holds. GitHub refuses such a
 * run as a whole before any job starts, in these words (actions/runner, PermissionsHelper.cs).
 */
export function permissionViolations(node: WorkflowNode, granted: Permissions): readonly string[] {
  return Object.values(node.workflow.jobs).flatMap((job) => {
    const callee = node.calls[job.id];
    if (callee === undefined || job.kind !== "calling") return [];
    const allowed = jobPermissions(job, node.workflow.permissions, granted);
    const where = `${node.workflow.file} (Line: ${job.place.line}, Col: ${job.place.column}): `;
    const complaint = (who: string, requested: Permissions | undefined): readonly string[] => {
      const scopes = excess(requested ?? {}, allowed);
      if (scopes.length === 0) return [];
      const asked = scopes.map((scope) => `${scope}: ${requested?.[scope]}`).join(", ");
      const given = scopes.map((scope) => `${scope}: ${allowed[scope] ?? "none"}`).join(", ");
      return [
        `${where}Error calling workflow '${job.uses}'. ${who} is requesting '${asked}', but is only allowed '${given}'.`,
      ];
    };
    return [
      ...complaint("The workflow", callee.workflow.permissions),
      ...Object.values(callee.workflow.jobs).flatMap((inner) =>
        complaint(`The nested job '${inner.id}'`, inner.permissions),
      ),
      ...permissionViolations(callee, allowed),
    ];
  });
}
