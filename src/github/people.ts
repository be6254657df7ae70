import * as z from "zod";
import { ProviderError } from "../failure.ts";
import { shaped } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** Who somebody is to the repository and its organisation. Every method throws `ProviderError`. */
export interface People {
  /** What a person may do in this repository: `admin`, `maintain`, `write`, `triage`, `read` or `none`. */
  permissionOf(login: string): Promise<string>;
  /** Whether a person is an active member of `@organisation/team`; null when this token may not ask. */
  isInTeam(team: string, login: string): Promise<boolean | null>;
}

export function people({ read, here }: Exchange): People {
  return {
    async permissionOf(login) {
      const answer = await read({
        to: `read what ${login} may do`,
        send: (octokit, request) =>
          octokit.rest.repos.getCollaboratorPermissionLevel({ ...here, username: login, request }),
      });
      return shaped(z.object({ role_name: z.string() }), answer ?? { role_name: "none" }, "permission").role_name;
    },

    async isInTeam(team, login) {
      const [org = "", slug = ""] = team.replace(/^@/, "").split("/");
      try {
        const answer = await read({
          to: `look for ${login} in ${team}`,
          send: (octokit, request) =>
            octokit.rest.teams.getMembershipForUserInOrg({ org, team_slug: slug, username: login, request }),
        });
        if (answer === undefined) return false;
        return shaped(z.object({ state: z.string() }), answer, "team membership").state === "active";
      } catch (problem) {
        if (problem instanceof ProviderError && (problem.status === 401 || problem.status === 403)) return null;
        throw problem;
      }
    },
  };
}
