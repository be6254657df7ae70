import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../../failure.ts";
import { git } from "./git.ts";
import type { Origin } from "./reference.ts";

export interface Checkout {
  /** The git work tree to take the commit from. */
  readonly source: string;
  /** Branch, tag, full ref or commit. */
  readonly ref: string;
  /** Taken instead of what `ref` points to now, as a run does with its own ref. */
  readonly sha?: string;
  readonly into: string;
  /** Commits of history; 0 means all, with all branches and tags. */
  readonly depth: number;
  readonly tags: boolean;
}

/** Makes a real work tree of a commit, shaped as actions/checkout leaves it, and returns the commit. */
export async function checkOut(checkout: Checkout): Promise<string> {
  const { source, into, depth } = checkout;
  const target = await resolveRef(checkout);
  await mkdir(into, { recursive: true });
  await git(into, "init", "--quiet", "--template=", "--initial-branch=main");
  await git(into, "remote", "add", "origin", pathToFileURL(source).href);
  const remote = target.branch === undefined ? [] : [`+${target.sha}:refs/remotes/origin/${target.branch}`];
  const wanted = remote.length > 0 ? remote : [target.sha];
  if (depth === 0) {
    await git(into, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*");
    await git(into, "fetch", "--quiet", "--no-tags", "origin", ...wanted);
  } else {
    const tags = checkout.tags ? ["+refs/tags/*:refs/tags/*"] : [];
    await git(into, "fetch", "--quiet", "--no-tags", `--depth=${depth}`, "origin", ...wanted, ...tags);
  }
  if (target.branch === undefined) await git(into, "checkout", "--quiet", "--force", "--detach", target.sha);
  else await git(into, "checkout", "--quiet", "--force", "-B", target.branch, `refs/remotes/origin/${target.branch}`);
  return target.sha;
}

async function resolveRef({ source, ref, sha }: Checkout): Promise<{ sha: string; branch: string | undefined }> {
  const branch = ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined;
  if (sha !== undefined) return { sha, branch };
  if (/^[0-9a-f]{40}$/.test(ref)) return { sha: ref, branch: undefined };
  const candidates = ref.startsWith("refs/") ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  for (const candidate of candidates) {
    const found = await git(source, "rev-parse", "--verify", "--quiet", `${candidate}^{commit}`).catch(() => "");
    if (found === "") continue;
    const name = candidate.startsWith("refs/heads/") ? candidate.slice("refs/heads/".length) : undefined;
    return { sha: found, branch: name };
  }
  throw new InputError(`A branch or tag with the name '${ref}' could not be found. Push it, or check out another ref.`);
}

/** The repository at a commit, in a folder of its own that the caller removes. */
export async function snapshot(source: string, repository: string, ref: string, sha: string): Promise<Origin> {
  const root = await mkdtemp(join(tmpdir(), "rehearsal-repository-"));
  try {
    await checkOut({ source, ref, sha, into: root, depth: 1, tags: false });
    return { repository, root, ref, sha, source };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}
