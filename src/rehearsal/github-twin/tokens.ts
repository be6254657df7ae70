import { randomBytes } from "node:crypto";
import { Refusal } from "./refusal.ts";

export type Access = "read" | "write" | "none";

/** As a job's `permissions:` has them, keys with dashes. What is not named is not granted. */
export type Permissions = Readonly<Record<string, Access>>;

export interface TokenRequest {
  readonly permissions: Permissions;
  /** Names the holder in the request log. */
  readonly jobId: string;
  /** Login that acts; a job's own token acts as `github-actions[bot]`. */
  readonly actor?: string;
}

export interface TokenHolder {
  readonly permissions: Permissions;
  readonly jobId: string;
  readonly actor: string;
}

export interface Tokens {
  issue(request: TokenRequest): string;
  revoke(token: string): void;
  /** The holder of the token in an Authorization header; 401 when there is none. */
  holder(authorization: string | undefined): TokenHolder;
}

export function tokenBook(): Tokens {
  const holders = new Map<string, TokenHolder>();
  return {
    issue({ permissions, jobId, actor = "github-actions[bot]" }) {
      const token = `ghs_${randomBytes(18).toString("hex")}`;
      holders.set(token, { permissions, jobId, actor });
      return token;
    },
    revoke(token) {
      holders.delete(token);
    },
    holder(authorization) {
      if (authorization === undefined) throw new Refusal(401, "Requires authentication");
      const [, token = ""] = /^(?:token|bearer) (\S+)$/i.exec(authorization) ?? [];
      const holder = holders.get(token);
      if (holder === undefined) throw new Refusal(401, "Bad credentials");
      return holder;
    },
  };
}

/**
 * Refuses a token without the permission an endpoint needs, as GitHub refuses a job's token in a private repository.
 *
 * `accepted` has the form of GitHub's `x-accepted-github-permissions` header: alternatives separated by `;`, each a
 * list of `name=level` that are all needed.
 */
export function requirePermissions(holder: TokenHolder, accepted: string): void {
  const satisfied = accepted
    .split(";")
    .some((alternative) => alternative.split(",").every((needed) => grants(holder.permissions, needed.trim())));
  if (satisfied) return;
  throw new Refusal(403, "Resource not accessible by integration", {
    headers: { "x-accepted-github-permissions": accepted },
  });
}

function grants(permissions: Permissions, needed: string): boolean {
  const [name = "", level] = needed.split("=");
  if (name === "metadata") return level === "read";
  const granted = permissions[name.replaceAll("_", "-")];
  return granted === "write" || (granted === "read" && level === "read");
}
