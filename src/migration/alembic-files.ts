import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** A revision as its file says, without running it. */
export interface RevisionFile {
  readonly id: string;
  /** The revision it builds on; undefined of the first. */
  readonly after: string | undefined;
  /** The file's name. */
  readonly file: string;
  /** sha256 of the file's bytes, hexadecimal. */
  readonly checksum: string;
  readonly text: string;
}

/** What a project may say elsewhere, so that its files alone do not tell which revisions there are. */
const elsewhere = /^\s*(version_locations|recursive_version_locations|sourceless)\s*=\s*(?!false\b)\S/im;
const scriptLocation = /^\s*script_location\s*=\s*(\S.*?)\s*$/m;

/**
 * The revisions of an Alembic project in the order in which they run, read as text: whoever plans a release holds secrets
 * and runs nobody's Python. A sentence why they cannot be known that way where they are not one line of plain files.
 */
export async function revisionsInLine(config: string): Promise<readonly RevisionFile[] | string> {
  const found = await versionsFolder(config);
  if (typeof found === "string") return found;
  const { folder } = found;
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return `${folder} is no folder that can be read`;
  const revisions: RevisionFile[] = [];
  for (const file of names.filter((name) => /^(?!\.#|__init__).*\.py$/.test(name)).toSorted()) {
    const bytes = await readFile(path.join(folder, file));
    const text = bytes.toString("utf8");
    const read = revisionIn(text);
    if (read === undefined) return `${file} does not say in plain words which revision it is and what it builds on`;
    revisions.push({ ...read, file, text, checksum: createHash("sha256").update(bytes).digest("hex") });
  }
  return inLine(revisions) ?? "its revisions are not one line, each building on the one before it";
}

/** Where the revisions of a project lie, as its own file says; a sentence why that is not known. */
export async function versionsFolder(config: string): Promise<{ readonly folder: string } | string> {
  const ini = await readFile(config, "utf8").catch(() => undefined);
  if (ini === undefined) return `${config} cannot be read`;
  const location = scriptLocation.exec(ini)?.[1];
  const other = elsewhere.exec(ini)?.[1];
  if (location === undefined || other !== undefined)
    return `${config} ${other === undefined ? "has no script_location" : `sets ${other}`}`;
  return { folder: path.join(scriptsIn(location, config), "versions") };
}

/** `%(here)s` is the folder of the file; so is what a relative path begins at, because Alembic runs there. */
function scriptsIn(location: string, config: string): string {
  const here = path.resolve(path.dirname(config));
  return path.resolve(here, location.replaceAll("%(here)s", here));
}

const assigned = (name: string) => new RegExp(String.raw`^${name}\s*(?::[^=\n]+)?=\s*(.+?)\s*(?:#.*)?$`, "gm");
const plainText = /^(["'])([^"'\\]+)\1$/;

/** Undefined unless each is assigned once, at the beginning of a line, and is a plain text or None. */
function revisionIn(python: string): Pick<RevisionFile, "id" | "after"> | undefined {
  const assignedTo = (name: string): string | undefined => {
    const [found, second] = [...python.matchAll(assigned(name))];
    return second === undefined ? found?.[1] : undefined;
  };
  const id = plainText.exec(assignedTo("revision") ?? "")?.[2];
  const below = assignedTo("down_revision");
  const after = plainText.exec(below ?? "")?.[2];
  if (id === undefined || (after === undefined && below !== "None")) return undefined;
  const others = [...python.matchAll(/^(?:depends_on|branch_labels)\b[^=\n]*=\s*(.+?)\s*(?:#.*)?$/gm)];
  return others.every(([, value]) => value === "None") ? { id, after } : undefined;
}

/** From the first to the last; undefined where there are branches, gaps or circles. */
function inLine(revisions: readonly RevisionFile[]): readonly RevisionFile[] | undefined {
  const next = new Map(revisions.map((one) => [one.after, one]));
  const line: RevisionFile[] = [];
  for (let one = next.get(undefined); one !== undefined; one = next.get(one.id)) {
    if (line.length === revisions.length) return undefined;
    line.push(one);
  }
  return line.length === revisions.length ? line : undefined;
}
