import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** A bare repository with one commit on `main`, that holds the files given. */
export interface BareFixture extends Disposable {
  readonly directory: string;
  readonly main: string;
  git(...args: readonly string[]): string;
  /** Commits one more file onto a branch (made when it is not there) and answers the commit. */
  commit(branch: string, file: string, content: string): string;
}

export function bareRepository(files: Readonly<Record<string, string>> = { "README.md": "hello\n" }): BareFixture {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-bare-"));
  const identity = { NAME: "Ada", EMAIL: "ada@example.org", DATE: "1760000000 +0000" };
  const env = {
    PATH: process.env["PATH"] ?? "",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    ...Object.fromEntries(Object.entries(identity).map(([key, value]) => [`GIT_AUTHOR_${key}`, value])),
    ...Object.fromEntries(Object.entries(identity).map(([key, value]) => [`GIT_COMMITTER_${key}`, value])),
  };
  const run = (input: string, ...args: readonly string[]) =>
    execFileSync("git", ["--git-dir", directory, ...args], { env, input, encoding: "utf8" }).trim();

  // git fast-import writes a whole commit from one stream: https://git-scm.com/docs/git-fast-import
  const importCommit = (ref: string, from: string | undefined, tree: Readonly<Record<string, string>>) => {
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const changes = Object.entries(tree).map(([file, content]) => `M 100644 inline ${file}\n${data(content)}`);
    const start = `commit ${ref}\ncommitter Ada <ada@example.org> 1760000000 +0000\n${data(`add to ${ref}`)}`;
    run(`${start}${from === undefined ? "" : `from ${from}\n`}${changes.join("")}\n`, "fast-import", "--quiet");
    return run("", "rev-parse", ref);
  };
  const tip = (ref: string) => run("", "for-each-ref", "--format=%(objectname)", ref) || undefined;

  const remove = () => rmSync(directory, { recursive: true, force: true });

  let main: string;
  try {
    run("", "init", "--quiet", "--bare", "--initial-branch=main");
    main = importCommit("refs/heads/main", undefined, files);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    directory,
    main,
    git: (...args) => run("", ...args),
    commit(branch, file, content) {
      const ref = `refs/heads/${branch}`;
      return importCommit(ref, tip(ref) ?? tip("refs/heads/main"), { [file]: content });
    },
    [Symbol.dispose]: remove,
  };
}
