import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { InputError } from "../failure.ts";
import { githubClient } from "../github.ts";
import { notifier } from "../notifier.ts";
import type { Ports } from "../ports.ts";
import type { Author } from "../record/author.ts";
import type { Entry } from "../record.ts";
import { githubRefStore } from "../record-store/github-ref.ts";
import { journalHistory } from "../record-store/journal-history.ts";
import { localGitStore } from "../record-store/local-git.ts";
import { recordRef } from "../record-store/record-ref.ts";
import { remoteGitStore } from "../record-store/remote-git.ts";
import type { RecordSnapshot, RecordStore } from "../record-store.ts";
import type { Witness } from "../rollback.ts";
import { rollbackNotify } from "../rollback-target.ts";
import { readVariables, type Variables } from "../variables.ts";

/** Options of every command that looks at an environment's record. */
export const recordOptions = {
  environment: { type: "string", default: "production" },
  repository: { type: "string", default: "." },
  runbook: { type: "string", default: ".github/runbook.yml" },
  "env-file": { type: "string" },
} as const;

export interface RecordOptions {
  readonly environment: string;
  /** A clone on this machine, or `owner/name` of a repository on GitHub. */
  readonly repository: string;
  readonly runbook: string;
  readonly "env-file"?: string | undefined;
}

/** What a person's own machine gives a command to work with. */
export interface Laptop {
  readonly store: RecordStore;
  /** Where the record is read from, for people. */
  readonly place: string;
  /** Folder of the work tree; the present one when the repository is named by `owner/name`. */
  readonly workspace: string;
  readonly variables: Variables;
  /** Self-declared, as the name in a commit is. */
  readonly author: Author;
  /** What GitHub's newest deployment says of the release; absent where nobody here may ask. */
  readonly witness?: () => Promise<Witness | undefined>;
  /** The record as it was fetched last; absent where nothing is kept. */
  readonly lastSeen?: () => Promise<RecordSnapshot | undefined>;
  /** What the newest commits of the journal added, oldest first; undefined where only the newest state can be read. */
  readonly history: (newest: number) => Promise<readonly Entry[] | undefined>;
  /** Tells the people that the runbook names. */
  readonly onEntry: (entry: Entry, snapshot: RecordSnapshot) => Promise<void>;
}

/** Opens what a command needs of this machine; no server is asked yet, and a record that is missing is told when read. */
export async function openLaptop(options: RecordOptions, ports: Ports): Promise<Laptop> {
  const { repository, environment, runbook } = options;
  // A name that no record can have is a mistake, not a record that happens to be missing.
  recordRef(environment);
  const isFolder = existsSync(repository) && statSync(repository).isDirectory();
  const workspace = path.resolve(isFolder ? repository : ".");
  const ask = async (...args: string[]) => {
    const answer = await ports.exec("git", ["-C", workspace, ...args], { env: ownEnv(ports), timeoutMs: 10_000 });
    return answer.code === 0 ? answer.stdout.trim() : undefined;
  };
  const name = (await ask("config", "user.name")) || ports.env["USER"] || ports.env["USERNAME"] || "unknown";
  const email = (await ask("config", "user.email")) ?? "";
  const variables = laptopVariables(options["env-file"], ports);
  const notify = notifier({ written: () => rollbackNotify(runbook, workspace), variables }, {}, ports);
  const own = {
    workspace,
    variables,
    author: { run: 0, attempt: 1, actor: name.slice(0, 200) },
    onEntry: (entry: Entry, { record }: RecordSnapshot) => notify(entry, record),
  };
  if (!isFolder) return { ...own, ...onGitHub(repository, environment, ports) };

  const directory = await ask("rev-parse", "--path-format=absolute", "--git-common-dir");
  if (directory === undefined)
    return {
      ...own,
      ...nowhere(
        `${workspace} is not a git repository. Run this inside a clone, or name one with --repository DIR or --repository owner/name.`,
      ),
    };
  const remotes = ((await ask("remote")) ?? "").split("\n").filter((remote) => remote !== "");
  const remote = remotes.includes("origin") ? "origin" : remotes[0];
  if (remote === undefined) {
    const place = `${directory} (it has no remote)`;
    const history = (newest: number) => journalHistory(directory, environment, ports, { newest });
    return { ...own, place, store: localGitStore(directory, ports), history };
  }
  const store = remoteGitStore({ directory, remote, author: { name, email } }, ports);
  return {
    ...own,
    place: `remote ${remote} of ${workspace}`,
    store,
    lastSeen: () => store.lastSeen(environment),
    history: (newest) => store.history(environment, newest),
  };
}

/** For a person who waits: GitHub's API is given up on much sooner than by a release. */
const patience = { requestMs: 5_000, totalMs: 15_000 };

function onGitHub(
  repository: string,
  environment: string,
  ports: Ports,
): Pick<Laptop, "store" | "place" | "history" | "witness"> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    return nowhere(`--repository is ${repository}: there is no such folder, and it is not owner/name.`);
  const token = ports.env["GITHUB_TOKEN"] || ports.env["GH_TOKEN"];
  if (token === undefined || token === "")
    return nowhere(
      `Reading ${repository} through GitHub's API needs a token in GITHUB_TOKEN. Inside a clone none is needed: run the command there.`,
    );
  const apiUrl = ports.env["GITHUB_API_URL"] || "https://api.github.com";
  const client = githubClient({ token, repository, apiUrl, patience }, ports);
  return {
    store: githubRefStore(client),
    place: `${repository} through ${apiUrl}`,
    history: async () => undefined,
    witness: async () => (await import("../report/deployment.ts")).witnessOf(client, environment),
  };
}

/** `$NAME` on this machine: the shell's own variables, then the dotenv texts that workflows are given. */
function laptopVariables(file: string | undefined, { env }: Pick<Ports, "env">): Variables {
  if (file !== undefined && !existsSync(file))
    throw new InputError(`There is no file ${file}; --env-file names a file with NAME=value lines.`);
  return {
    ...ownEnv({ env }),
    ...readVariables(env["RUNBOOK_VARS"]),
    ...readVariables(env["RUNBOOK_ENV"]),
    ...(file === undefined ? {} : readVariables(readFileSync(file, "utf8"))),
  };
}

const ownEnv = ({ env }: Pick<Ports, "env">): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));

/** No record to read, which is an error only for who needs one: a rollback with an explicit target does not. */
function nowhere(why: string): Pick<Laptop, "store" | "place" | "history"> {
  const refuse = async (): Promise<never> => {
    throw new InputError(why);
  };
  return { place: "nowhere", store: { read: refuse, append: refuse }, history: refuse };
}
