import { randomBytes } from "node:crypto";
import { VercelRefusal } from "./api-server.ts";

/** What a role allows: to look, to deploy and promote, to change settings, to see and set variables. */
export type Permission = "read" | "deploy" | "settings" | "variables";

export interface TokenRequest {
  /** The team it may ask for; null: only its owner's own account. */
  readonly team: string | null;
  readonly may: readonly Permission[];
}

export type Holder = TokenRequest;

export interface Tokens {
  /** Everything in the twin's team unless said otherwise. */
  issue(request?: Partial<TokenRequest>): string;
  /** Whose token it is; refused when it is nobody's or asks for a team that is not its own. */
  holder(authorization: string | undefined, query: URLSearchParams): Holder;
  require(holder: Holder, permission: Permission, path: string): void;
}

const everything: readonly Permission[] = ["read", "deploy", "settings", "variables"];

export function tokenBook(team: { readonly id: string; readonly slug: string }): Tokens {
  const holders = new Map<string, Holder>();
  return {
    issue({ team: scope = team.id, may = everything } = {}) {
      const token = `vcp_${randomBytes(18).toString("hex")}`;
      holders.set(token, { team: scope, may });
      return token;
    },
    holder(authorization, query) {
      const [, token = ""] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
      const holder = holders.get(token);
      if (holder === undefined) throw new VercelRefusal(403, "forbidden", "Not authorized", { invalidToken: true });
      const asked = query.get("teamId") ?? query.get("slug");
      const mine = asked === null || (holder.team === team.id && (asked === team.id || asked === team.slug));
      if (!mine)
        throw new VercelRefusal(403, "forbidden", `Not authorized: Trying to access resource under scope "${asked}".`);
      return { ...holder, team: asked === null ? null : holder.team };
    },
    require(holder, permission, path) {
      // Without a team the token's own account is asked, and that has no such project.
      if (holder.team === null && !/^\/(v2\/user|(v2\/)?teams)/.test(path))
        throw new VercelRefusal(404, "not_found", "Project not found");
      if (!holder.may.includes(permission))
        throw new VercelRefusal(403, "forbidden", "You don't have permission to access this resource.");
    },
  };
}
