import type { GitHubClient } from "./github.ts";
import type { StageCommits } from "./plan.ts";
import type { Runbook } from "./runbook.ts";
import { fail, type Verdict } from "./verdict.ts";

export interface CommitSources {
  readonly client: Pick<GitHubClient, "commitOf" | "isAncestor">;
  /** The commit of the release: what stages without a `ref` release, and what contains all of them. */
  readonly commit: string;
  /** What serves production by now, where that is known. */
  readonly released: string | null;
}

/**
 * What the refs of a runbook are, found once when a release begins. Each stage's commit contains the one before it, so
 * that no stage takes back what an earlier one brought; a stage whose commit is in production already is left out.
 */
export async function stageCommits(
  { stages }: Pick<Runbook, "stages">,
  { client, commit, released }: CommitSources,
): Promise<StageCommits | Verdict> {
  const commits: Record<string, string> = {};
  const left: string[] = [];
  let before: { readonly name: string; readonly commit: string } | undefined;
  for (const { name, ref } of stages) {
    if (ref === undefined) continue;
    const found = await client.commitOf(ref);
    if (found === null)
      return fail(
        "no-such-ref",
        `Stage ${name} releases \`${ref}\`, which is no tag, branch or commit of this repository. Push it, or correct \`ref\`.`,
      );
    const next = { name, commit: found };
    if (before !== undefined && !(await contains(client, before.commit, found)))
      return fail("refs-out-of-order", outOfOrder(before, next, ref));
    if (!(await contains(client, found, commit)))
      return fail(
        "ref-not-released",
        `Stage ${name} releases \`${ref}\` (${found.slice(0, 12)}), which the release's commit ${commit.slice(0, 12)} does not contain. Merge it first, or correct \`ref\`.`,
      );
    commits[name] = found;
    before = next;
    if (released !== null && (await contains(client, found, released))) left.push(name);
  }
  if (left.length === stages.length)
    return fail("serves-already", "Every stage's commit is in production already, so there is nothing to release.");
  return { commits, released: left };
}

const contains = async (client: CommitSources["client"], older: string, newer: string): Promise<boolean> =>
  older === newer || client.isAncestor(older, newer);

const outOfOrder = (before: { readonly name: string; readonly commit: string }, next: typeof before, ref: string) =>
  `Stage ${next.name} releases \`${ref}\` (${next.commit.slice(0, 12)}), which does not contain ${before.commit.slice(0, 12)} of stage ${before.name}: it would take back what that one released. Order the stages from the oldest commit to the newest.`;
