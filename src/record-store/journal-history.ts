import * as z from "zod";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import { type Entry, entrySchema } from "../record.ts";
import { recordRef } from "./record-ref.ts";

const committed = z.object({ entries: z.array(entrySchema) });

/** An answer of git is kept up to 1 MiB; an entry carries at most 32 KiB of evidence. */
const commitsAtOnce = 16;

export interface HistoryRange {
  /** The ref to read; the environment's own when absent. */
  readonly ref?: string;
  /** Only what the newest so many commits added; everything when absent. */
  readonly newest?: number;
}

/** Every entry of an environment's journal in order, from a git repository on this machine. */
export async function journalHistory(
  directory: string,
  environment: string,
  ports: Pick<Ports, "exec" | "env">,
  { ref = recordRef(environment), newest }: HistoryRange = {},
): Promise<readonly Entry[]> {
  const env = { PATH: ports.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" };
  const git = async (args: readonly string[], stdin = "") => {
    const result = await ports.exec("git", ["--git-dir", directory, ...args], { env, stdin });
    if (result.code !== 0)
      throw new ProviderError(
        "git",
        `git could not read the journal of ${environment} in ${directory}: ${result.stderr.trim().slice(0, 300)}`,
      );
    return result.stdout;
  };
  if ((await git(["for-each-ref", "--format=%(refname)", ref])).trim() === "") return [];
  const range = newest === undefined ? [] : [`--max-count=${newest}`];
  const commits = (await git(["rev-list", "--reverse", ...range, ref])).trim().split("\n");
  const entries: Entry[] = [];
  for (let at = 0; at < commits.length; at += commitsAtOnce) {
    const names = commits.slice(at, at + commitsAtOnce).map((commit) => `${commit}:entries.json\n`);
    const files = filesOf(await git(["cat-file", "--batch"], names.join("")));
    entries.push(...files.flatMap((file) => committed.parse(JSON.parse(file)).entries));
  }
  return entries;
}

/** The contents in the answer of `git cat-file --batch`: a line with name, type and size in bytes, then the content. */
function filesOf(batch: string): readonly string[] {
  const bytes = Buffer.from(batch);
  const files: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const size = Number(bytes.subarray(at, end).toString().split(" ")[2]);
    if (end < 0 || !Number.isInteger(size))
      throw new ProviderError(
        "git",
        "A commit of the journal has no entries.json; the record was not written by Sluice.",
      );
    files.push(bytes.subarray(end + 1, end + 1 + size).toString());
    at = end + 1 + size + 1;
  }
  return files;
}
