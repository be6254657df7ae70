import type { GitHubClient } from "./github.ts";
import { markdownText } from "./plain-text.ts";
import type { EnvironmentRecord } from "./record.ts";
import { pass, type Verdict } from "./verdict.ts";

export interface RevertScene {
  readonly client: Pick<
    GitHubClient,
    "readRef" | "isAncestor" | "treeOf" | "createCommit" | "createRef" | "createPullRequest"
  >;
  readonly record: EnvironmentRecord;
  /** Branch that releases come from. */
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
}

/** Name of the branch that takes a commit out of the one that releases come from. */
export const revertBranch = (commit: string): string => `sluice/revert-${commit.slice(0, 12)}`;

const wentBack: ReadonlySet<string> = new Set(["rolled-back", "rolled-back-unhealthy", "rollback-incomplete"]);

/**
 * Prepares the pull request that takes a commit out of the branch which was rolled back: until that is merged, or the
 * fault is mended, the branch holds what production refused. One new commit on the branch's head with the tree of the
 * last good commit. Where GitHub does not allow it, or the branch has moved on, the commands to do it by hand.
 */
export async function prepareRevert({ client, record, branch, author }: RevertScene): Promise<Verdict> {
  const { release } = record;
  const rejected = record.rejected.find(({ commit }) => commit === release?.commit);
  if (release === null || release.ended === null || rejected === undefined || !wentBack.has(release.ended.as))
    return pass("nothing-to-revert", "The newest release was not rolled back for a fault of its commit.");
  const { commit, ended } = release;
  const name = revertBranch(commit);
  const base = baseOf(record);
  const byHand = (why: string): Verdict =>
    pass("revert-by-hand", `${why} By hand:\n${commands(name, branch, base, commit)}`);
  if (base === undefined) return byHand("Which commit served before is not known.");
  const head = await client.readRef(`refs/heads/${branch}`);
  if (head !== commit)
    return byHand(`${branch} has moved on since ${commit.slice(0, 12)}, so a person has to decide what to revert.`);
  if (!(await client.isAncestor(base, commit)))
    return byHand(`${base.slice(0, 12)} is no ancestor of ${commit.slice(0, 12)}.`);

  const message = `Revert to ${base.slice(0, 12)}: ${commit.slice(0, 12)} was rolled back\n\nRelease ${release.id}, ${rejected.reason}.`;
  const tree = await client.treeOf(base);
  // The time of the rollback, so that preparing it again makes the same commit.
  const sha = await client.createCommit({ message, tree, parents: [head], at: ended.at, author });
  const created = await client.createRef(`refs/heads/${name}`, sha);
  // Killed in between, an earlier attempt left the very same commit on the branch.
  const prepared = created.outcome !== "applied" && (await client.readRef(`refs/heads/${name}`)) === sha;
  if (created.outcome === "not-applied" && !prepared)
    return byHand(`The branch ${name} could not be made (${created.error.message}).`);
  const pull = await client.createPullRequest({
    title: `Revert ${commit.slice(0, 12)}, which was rolled back`,
    body: [
      `Release ${release.id} of ${commit} to ${markdownText(record.environment)} was rolled back: ${markdownText(ended.message)}`,
      `This takes the branch back to ${base}, which serves now. Migrations stay applied; their files go with the revert.`,
    ].join("\n\n"),
    head: name,
    base: branch,
  });
  if (pull.outcome === "not-applied" && prepared && pull.error.status === 422)
    return pass("revert-prepared", `The branch ${name} was prepared before. ${pull.error.message}`);
  if (pull.outcome !== "applied")
    return byHand(`The branch ${name} is prepared, and its pull request could not be opened (${pull.error.message}).`);
  return pass("revert-prepared", `Pull request ${pull.value.number} takes ${commit.slice(0, 12)} out of ${branch}.`);
}

/** The commit that serves again; where the platform names versions by commit, the version says it. */
function baseOf({ lastGood, release }: EnvironmentRecord): string | undefined {
  const named = [lastGood?.commit, lastGood?.version, release?.before];
  return named.find((one): one is string => one !== null && one !== undefined && /^[0-9a-f]{40}$/.test(one));
}

const commands = (name: string, branch: string, base: string | undefined, commit: string): string =>
  [
    `  git fetch origin && git switch -c ${name} origin/${branch}`,
    `  git revert --no-edit ${base === undefined ? commit : `${base}..${commit}`}`,
    `  git push -u origin ${name}   # then open a pull request to ${branch}`,
  ].join("\n");
