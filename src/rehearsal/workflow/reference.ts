import { join } from "node:path";
import { InputError } from "../../failure.ts";

/** A repository at a commit, lying in a folder. */
export interface Origin {
  /** `owner/name` */
  readonly repository: string;
  readonly root: string;
  /** As the caller named it: a branch, a tag or a commit. */
  readonly ref: string;
  readonly sha: string;
  /** The git work tree behind it, from which further commits can be checked out. */
  readonly source: string;
}

/** The repositories a rehearsal knows; there is no network to find others in. */
export interface World {
  readonly consumer: Origin;
  readonly toolkit: Origin;
}

export interface Reference {
  readonly origin: Origin;
  /** Within the repository; empty is its root. */
  readonly path: string;
}

/**
 * What `uses:` means in a file of `writtenIn`: `$/x` the same repository and commit, `owner/name/x@ref` one of the
 * rehearsal's repositories.
 */
export function resolveUses(uses: string, writtenIn: Origin, world: World): Reference {
  if (uses.startsWith("$/")) return { origin: writtenIn, path: uses.slice(2) };
  const match = /^([^/@]+\/[^/@]+)(?:\/([^@]*))?@(.+)$/.exec(uses);
  const [, repository = "", path = "", ref = ""] = match ?? [];
  if (!match) {
    throw new InputError(`'uses: ${uses}' is not understood. Write '$/path', './path' or 'owner/repository/path@ref'.`);
  }
  const origin = [world.toolkit, world.consumer].find((known) => known.repository === repository);
  if (origin) return { origin: { ...origin, ref }, path };
  throw new InputError(
    `'uses: ${uses}' names a repository this rehearsal does not have. It knows ${world.consumer.repository}, ` +
      `${world.toolkit.repository} and actions/checkout; use one of these, or rehearse without that step.`,
  );
}

/** A workflow called with `./` lies in the caller's repository at the caller's commit. */
export function resolveWorkflow(uses: string, writtenIn: Origin, world: World): Reference {
  return uses.startsWith("./") ? { origin: writtenIn, path: uses.slice(2) } : resolveUses(uses, writtenIn, world);
}

export function folderOf(reference: Reference): string {
  return join(reference.origin.root, reference.path);
}
