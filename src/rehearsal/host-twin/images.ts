import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import * as z from "zod";
import { Refused } from "./refused.ts";

const manifest = z.object({
  id: z.string(),
  command: z.array(z.string()),
  healthcheck: z.array(z.string()).optional(),
});
export type Manifest = z.infer<typeof manifest>;

export interface Images {
  /** Builds a context with its Dockerfile; the same files are the same image. */
  build(context: string, tag: string): Manifest;
  find(reference: string): Manifest | undefined;
  digestsOf(manifest: Manifest): readonly string[];
  /** Folder with the image's files. */
  content(manifest: Manifest): string;
  remove(reference: string): void;
  save(reference: string): Buffer;
  load(archive: Buffer): string;
  push(reference: string): string;
  pull(reference: string): Manifest;
}

/** Images as folders below `directory`; `registry` is a folder that several hosts share. */
export function imageStore(directory: string, registry: string | undefined): Images {
  mkdirSync(directory, { recursive: true });
  const tagsFile = path.join(directory, "tags.json");
  const digestsFile = path.join(directory, "digests.json");
  const table = (file: string): Record<string, string> =>
    existsSync(file) ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  const put = (file: string, key: string, value: string | undefined): void => {
    const { [key]: _old, ...rest } = table(file);
    writeFileSync(file, JSON.stringify(value === undefined ? rest : { ...rest, [key]: value }));
  };
  const folder = (id: string) => path.join(directory, id.replace("sha256:", ""));
  const manifestOf = (id: string): Manifest =>
    manifest.parse(JSON.parse(readFileSync(path.join(folder(id), "manifest.json"), "utf8")));
  const find = (reference: string): Manifest | undefined => {
    const id = reference.startsWith("sha256:")
      ? reference
      : (table(tagsFile)[reference] ?? table(digestsFile)[reference]);
    return id !== undefined && existsSync(folder(id)) ? manifestOf(id) : undefined;
  };
  const must = (reference: string): Manifest => {
    const found = find(reference);
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such image: ${reference}`);
    return found;
  };
  const place = (part: string): Manifest => {
    const built = manifest.parse(JSON.parse(readFileSync(path.join(part, "manifest.json"), "utf8")));
    if (existsSync(folder(built.id))) rmSync(part, { recursive: true });
    else renameSync(part, folder(built.id));
    return built;
  };
  const remote = () => {
    if (registry === undefined) throw new Refused(1, "Error response from daemon: no registry can be reached");
    mkdirSync(registry, { recursive: true });
    return registry;
  };
  return {
    find,
    content: ({ id }) => path.join(folder(id), "content"),
    digestsOf: ({ id }) => Object.entries(table(digestsFile)).flatMap(([digest, of]) => (of === id ? [digest] : [])),
    build(context, tag) {
      const recipe = dockerfile(context);
      const part = mkdtempSync(path.join(directory, "part-"));
      cpSync(context, path.join(part, "content"), {
        recursive: true,
        filter: (file) => ![".git", "node_modules"].includes(path.basename(file)),
      });
      const id = `sha256:${hashOf(path.join(part, "content"), recipe)}`;
      writeFileSync(path.join(part, "manifest.json"), JSON.stringify({ id, ...recipe }));
      const built = place(part);
      put(tagsFile, tag, id);
      return built;
    },
    remove(reference) {
      must(reference);
      put(tagsFile, reference, undefined);
    },
    save(reference) {
      const { id } = must(reference);
      const archive = execFileSync("tar", ["-c", "-C", folder(id), "."], { maxBuffer: 512 * 1024 * 1024 });
      const head = Buffer.from(`${JSON.stringify({ reference })}\n`);
      return Buffer.concat([head, archive]);
    },
    load(archive) {
      const end = archive.indexOf("\n");
      const { reference } = z.object({ reference: z.string() }).parse(JSON.parse(archive.subarray(0, end).toString()));
      const part = mkdtempSync(path.join(directory, "part-"));
      execFileSync("tar", ["-x", "-f", "-", "-C", part], { input: archive.subarray(end + 1) });
      put(tagsFile, reference, place(part).id);
      return reference;
    },
    push(reference) {
      const { id } = must(reference);
      const to = remote();
      const [name = ""] = reference.split(":");
      // A registry's digest is of the manifest, and so another one than the image's own.
      const digest = `${name}@sha256:${createHash("sha256").update(`manifest of ${id}`).digest("hex")}`;
      cpSync(folder(id), path.join(to, id.replace("sha256:", "")), { recursive: true });
      for (const key of [reference, digest]) put(path.join(to, "tags.json"), key, `${id} ${digest}`);
      put(digestsFile, digest, id);
      return digest;
    },
    pull(reference) {
      const from = remote();
      const [id, digest] = (table(path.join(from, "tags.json"))[reference] ?? "").split(" ");
      if (id === undefined || digest === undefined)
        throw new Refused(1, `Error response from daemon: manifest for ${reference} not found: manifest unknown`);
      if (!existsSync(folder(id))) cpSync(path.join(from, id.replace("sha256:", "")), folder(id), { recursive: true });
      put(digestsFile, digest, id);
      if (!reference.includes("@")) put(tagsFile, reference, id);
      return manifestOf(id);
    },
  };
}

/** Of a Dockerfile the stand-in runs only what a process needs: its CMD and HEALTHCHECK, as lists of words. */
function dockerfile(context: string): { command: string[]; healthcheck?: string[] } {
  const file = path.join(context, "Dockerfile");
  if (!existsSync(file))
    throw new Refused(17, "failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory");
  const text = readFileSync(file, "utf8").replace(/\\\n/g, " ");
  const words = (line: string | undefined) =>
    line === undefined ? undefined : z.array(z.string()).parse(JSON.parse(line));
  const command = words(/^CMD\s+(\[.*\])\s*$/m.exec(text)?.[1]);
  const healthcheck = words(/^HEALTHCHECK\s.*?CMD\s+(\[.*\])\s*$/m.exec(text)?.[1]);
  const failing = /^RUN\s+(?:exit\s+[1-9]\d*|false)\s*$/m.exec(text)?.[0];
  if (failing !== undefined)
    throw new Refused(
      17,
      `failed to solve: process "/bin/sh -c ${failing.slice(4)}" did not complete successfully: exit code: 1`,
    );
  return { command: command ?? [], ...(healthcheck !== undefined && { healthcheck }) };
}

function hashOf(directory: string, recipe: object): string {
  const hash = createHash("sha256").update(JSON.stringify(recipe));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }).sort((a, b) =>
    path.join(a.parentPath, a.name) < path.join(b.parentPath, b.name) ? -1 : 1,
  )) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    hash.update(`${path.relative(directory, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}
