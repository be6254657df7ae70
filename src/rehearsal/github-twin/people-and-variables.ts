import { notFound } from "./refusal.ts";
import { get, page, type Route } from "./route.ts";
import { type TwinRepository, user } from "./twin-repository.ts";

export type CollaboratorRole = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** Collaborators' permissions, and repository variables, which a job's own token can never read. */
export function peopleAndVariableRoutes(
  repository: TwinRepository,
  collaborators: Readonly<Record<string, CollaboratorRole>>,
  variables: Readonly<Record<string, string>>,
): Route[] {
  const variableBody = ([name, value]: [string, string]) => ({
    name,
    value,
    created_at: repository.timestamp(),
    updated_at: repository.timestamp(),
  });
  return [
    get("/collaborators/:login/permission", "metadata=read", ({ params }) => {
      const login = params["login"] ?? "";
      const role = collaborators[login] ?? "none";
      return { status: 200, body: { permission: legacy(role), role_name: role, user: user(login) } };
    }),
    get("/actions/variables", "actions_variables=read", (request) => {
      const all = Object.entries(variables).map(variableBody);
      return page(all, request, (shown) => ({ total_count: all.length, variables: shown }));
    }),
    get("/actions/variables/:name", "actions_variables=read", ({ params }) => {
      const found = Object.entries(variables).find(([name]) => name === params["name"]?.toUpperCase());
      if (found === undefined) throw notFound();
      return { status: 200, body: variableBody(found) };
    }),
  ];
}

/** The `permission` field knows four levels only: maintain reads as write, triage as read. */
const legacy = (role: CollaboratorRole): string => (role === "maintain" ? "write" : role === "triage" ? "read" : role);
