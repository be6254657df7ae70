import type { Check, CheckContext } from "../check.ts";
import type { GitCheck } from "../check-spec.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { fail, hold, pass, type Verdict, worst } from "../verdict.ts";

const mostFiles = 10;

/** That the tree is the commit under release, unchanged, from the branch it must come from. */
export function gitCheck({ git }: GitCheck, ports: Ports): Check {
  const claims = [
    "the tree is the commit under release",
    ...(git.clean === true ? ["no file differs"] : []),
    ...(git.branch === undefined ? [] : [`the branch is ${git.branch}`]),
  ];
  const title = `git: ${claims.join(", ")}`;
  return {
    title,
    async run(context) {
      const ask = (...args: string[]) =>
        ports.exec("git", ["-c", "core.quotePath=true", "-c", "core.fsmonitor=false", ...args], {
          cwd: context.directory,
          env: { ...minimalEnv(ports.env), GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" },
          timeoutMs: 60_000,
        });
      const verdicts = [await commitVerdict(context, await ask("rev-parse", "--verify", "HEAD"))];
      if (verdicts[0]?.reason === "no-repository") return worst(verdicts);
      if (git.clean === true)
        verdicts.push(cleanVerdict(await ask("status", "--porcelain", "--untracked-files=normal")));
      if (git.branch !== undefined)
        verdicts.push(branchVerdict(git.branch, context, await ask("symbolic-ref", "--quiet", "--short", "HEAD")));
      const all = worst(verdicts);
      return all.verdict === "pass"
        ? pass("git-as-expected", `${title}: all of it holds.`, { commit: context.commit })
        : all;
    },
  };
}

function commitVerdict({ commit }: CheckContext, head: ExecResult): Verdict {
  if (head.code !== 0)
    return hold(
      "no-repository",
      `git: the checked-out tree cannot be read (${quote(head.stderr.trim())}). Check the commit out with actions/checkout first.`,
    );
  const found = head.stdout.trim();
  if (found === commit) return pass("commit-as-expected", "git: the tree is the commit under release.");
  return fail(
    "other-commit",
    `git: the tree is at ${found.slice(0, 12)}, and ${commit.slice(0, 12)} is being released. Check out the commit under release.`,
    { found, expected: commit },
  );
}

function cleanVerdict(status: ExecResult): Verdict {
  if (status.code !== 0)
    return hold(
      "no-data",
      `git: the state of the tree cannot be read (${quote(status.stderr.trim())}). Run the job again.`,
    );
  const files = status.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(3));
  if (files.length === 0) return pass("tree-clean", "git: no file differs from the commit.");
  const shown = files.slice(0, mostFiles).map(quote).join(", ");
  const left = files.length > mostFiles ? ` and ${files.length - mostFiles} more` : "";
  return fail(
    "dirty-tree",
    `git: ${files.length === 1 ? "1 file differs" : `${files.length} files differ`} from the commit: ${shown}${left}. ` +
      "Commit what belongs to the release, and have the others ignored or removed.",
    { files: files.slice(0, 100) },
  );
}

function branchVerdict(wanted: string, { branch }: CheckContext, symbolic: ExecResult): Verdict {
  const found = branch ?? (symbolic.code === 0 ? symbolic.stdout.trim() : undefined);
  if (found === undefined)
    return hold(
      "branch-unknown",
      `git: the commit is checked out without a branch and none was given, so nobody can tell whether it comes from ${wanted}. Start the release from a branch.`,
    );
  if (found === wanted) return pass("branch-as-expected", `git: the branch is ${wanted}.`);
  return fail(
    "other-branch",
    `git: the branch is ${quote(found)}, and releases come from ${wanted}. Merge first, then release.`,
    {
      found,
    },
  );
}
