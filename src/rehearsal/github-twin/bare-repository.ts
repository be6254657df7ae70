import { execFile, spawn } from "node:child_process";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import {
  type Commit,
  decodeCommit,
  decodeTree,
  encodeObject,
  type GitObject,
  type ObjectType,
  type TreeEntry,
} from "./git-objects.ts";

const compress = promisify(deflate);

export interface GitRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A real bare repository. Objects are read through one long-lived `git cat-file --batch` and written as loose objects
 * by this process, so that an append costs milliseconds; refs move only through `git update-ref`, which compares and
 * sets under git's own lock.
 */
export interface BareRepository {
  /** Resolves any object name git understands (`refs/heads/main`, `<sha>:path`); undefined when it does not exist. */
  read(name: string): Promise<GitObject | undefined>;
  readCommit(name: string): Promise<Commit | undefined>;
  readTree(name: string): Promise<TreeEntry[] | undefined>;
  write(type: ObjectType, content: Buffer): Promise<string>;
  /** Runs `git` on the repository. */
  git(...args: readonly string[]): Promise<GitRun>;
  close(): Promise<void>;
}

const gitEnvironment = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  LC_ALL: "C",
};

export function openBareRepository(directory: string): BareRepository {
  const reader = startReader(directory);
  let temporary = 0;

  async function write(type: ObjectType, content: Buffer): Promise<string> {
    const { sha, bytes } = encodeObject(type, content);
    const folder = path.join(directory, "objects", sha.slice(0, 2));
    const file = path.join(folder, sha.slice(2));
    if (await exists(file)) return sha;
    await mkdir(folder, { recursive: true });
    const draft = path.join(folder, `tmp_obj_${process.pid}_${temporary++}`);
    try {
      await writeFile(draft, await compress(bytes), { mode: 0o444 });
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
    return sha;
  }

  return {
    read: (name) => reader.read(name),
    async readCommit(name) {
      const object = await reader.read(`${name}^{commit}`);
      return object === undefined ? undefined : decodeCommit(object);
    },
    async readTree(name) {
      const object = await reader.read(`${name}^{tree}`);
      return object === undefined ? undefined : decodeTree(object.content);
    },
    write,
    git: (...args) => runGit(directory, args),
    close: () => reader.close(),
  };
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function runGit(directory: string, args: readonly string[]): Promise<GitRun> {
  return new Promise((resolve, reject) => {
    const options = { env: gitEnvironment, maxBuffer: 64 * 1024 * 1024 };
    execFile("git", ["--git-dir", directory, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      if (typeof error.code === "number") return resolve({ code: error.code, stdout, stderr });
      reject(error);
    });
  });
}

interface Reader {
  read(name: string): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

/** One child that answers names on its standard input, in order. */
function startReader(directory: string): Reader {
  const child = spawn("git", ["--git-dir", directory, "cat-file", "--batch"], {
    env: gitEnvironment,
    stdio: ["pipe", "pipe", "ignore"],
    // Ctrl-C in a terminal goes to the whole group: the twin has to answer until the run has ended.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const waiting: { resolve(object: GitObject | undefined): void; reject(error: Error): void }[] = [];
  let received = Buffer.alloc(0);

  child.stdout.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let answer = takeAnswer(received); answer !== undefined; answer = takeAnswer(received)) {
      received = answer.rest;
      waiting.shift()?.resolve(answer.object);
    }
  });
  const failAll = (error: Error) => {
    for (const reader of waiting.splice(0)) reader.reject(error);
  };
  child.once("error", failAll);
  child.once("close", () => failAll(new Error(`git cat-file on ${directory} ended.`)));
  child.stdin.on("error", failAll);

  return {
    read(name) {
      if (/[\n\0]/.test(name)) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${name}\n`);
      });
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Takes one `<sha> <type> <size>\n<content>\n` or `<name> missing\n` off the front, when it is there in full. */
function takeAnswer(
  received: Buffer,
): { readonly object: GitObject | undefined; readonly rest: Buffer<ArrayBuffer> } | undefined {
  const newline = received.indexOf(0x0a);
  if (newline < 0) return undefined;
  const header = /^([0-9a-f]{40}) (blob|tree|commit|tag) (\d+)$/.exec(received.toString("utf8", 0, newline));
  if (header === null) return { object: undefined, rest: Buffer.from(received.subarray(newline + 1)) };
  const [, sha = "", type = "", size = "0"] = header;
  const start = newline + 1;
  const end = start + Number(size);
  if (received.length < end + 1) return undefined;
  return {
    object: { sha, type: type as ObjectType, content: Buffer.from(received.subarray(start, end)) },
    rest: Buffer.from(received.subarray(end + 1)),
  };
}
