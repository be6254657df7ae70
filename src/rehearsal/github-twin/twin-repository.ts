import type { BareRepository } from "./bare-repository.ts";

/** The repository a twin stands for, as its endpoints see it. */
export interface TwinRepository {
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  /** Address of the repository in the API, without a slash at the end. */
  readonly url: string;
  /** Address of the repository's pages for people. */
  readonly htmlUrl: string;
  readonly git: BareRepository;
  /** Now, as GitHub writes times: `2026-11-20T10:00:00Z`. */
  timestamp(): string;
  /** A number no object of this twin has yet. */
  nextId(): number;
}

export const isoSeconds = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

/** GitHub's opaque global identifiers look like this; nobody may read them. */
export const nodeId = (type: string, id: number | string): string => Buffer.from(`${type}:${id}`).toString("base64url");

export const user = (login: string) => ({
  login,
  id:
    login === "github-actions[bot]"
      ? 41898282
      : [...login].reduce((sum, c) => (sum * 31 + (c.codePointAt(0) ?? 0)) % 1e6, 7),
  type: login.endsWith("[bot]") ? "Bot" : "User",
  site_admin: false,
});

/** The commit a branch, a tag, a full ref or a sha names; undefined when there is none. */
export async function resolveCommit(repository: TwinRepository, name: string): Promise<string | undefined> {
  if (/^[0-9a-f]{40}$/.test(name)) return (await repository.git.readCommit(name))?.sha;
  const candidates = name.startsWith("refs/") ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
  for (const candidate of candidates) {
    const commit = isRefName(candidate) ? await repository.git.readCommit(candidate) : undefined;
    if (commit !== undefined) return commit.sha;
  }
  return undefined;
}

/** The rules of git-check-ref-format(1) for a full ref name. */
export function isRefName(ref: string): boolean {
  if (/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$/.test(ref)) return false;
  return ref.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}
