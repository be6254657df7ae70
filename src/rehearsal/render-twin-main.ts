import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { InputError } from "../failure.ts";
import { runPart, untilAskedToEnd } from "./part-process.ts";
import { startRenderTwin } from "./render-twin.ts";

/**
 * Render's twin as a process of its own: production and, where one is named, a second service of the same repository. It
 * takes its configuration from the environment, prints one JSON line with its addresses and a key once the first commit
 * serves, and ends on SIGTERM, on SIGINT or when its standard input ends.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { TWIN_DIRECTORY: directory, TWIN_REPOSITORY: bare, TWIN_COMMIT: commit, TWIN_SERVICE: service } = env;
  const { TWIN_CANDIDATE: candidate } = env;
  if (!directory || !bare || !commit || !service)
    throw new InputError("TWIN_DIRECTORY, TWIN_REPOSITORY, TWIN_COMMIT and TWIN_SERVICE must be set.");
  const variables: Record<string, string> = JSON.parse(env["TWIN_VARIABLES"] ?? "{}");
  const trees = new Map<string, Promise<string | undefined>>();
  const common = {
    /** The tree of a commit, checked out once for all its deploys. */
    checkout(sha: string) {
      const tree = trees.get(sha) ?? checkedOut(bare, sha, path.join(directory, "trees", sha));
      trees.set(sha, tree);
      return tree;
    },
    command: ["node", "app/server.mjs"] as const,
    healthCheckPath: env["TWIN_HEALTH"] ?? "/health",
    env: variables,
    // Real builds take minutes; half a second shows that nobody believes one before it is live.
    buildMs: 500,
    updateMs: 100,
  };
  const key = `rnd_${randomBytes(16).toString("hex")}`;
  const twin = await startRenderTwin({
    directory: path.join(directory, "services"),
    key,
    services: [
      { id: service, name: "production", ...common },
      ...(candidate ? [{ id: candidate, name: "candidate", ...common }] : []),
    ],
  });
  const production = twin.service(service);
  production.trigger({ commit, trigger: "manual" });
  await production.settled();
  if (production.live() === undefined)
    throw new InputError(`The first version does not start: its deploy is ${production.deploys[0]?.status}.`);
  const asked = untilAskedToEnd(process);
  process.stdout.write(`${JSON.stringify({ api: twin.url, production: production.url, key })}\n`);
  await asked;
  await twin.stop();
}

/** By an index of its own: the repository's stays as it is. Undefined when it has no such commit. */
async function checkedOut(bare: string, sha: string, into: string): Promise<string | undefined> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return undefined;
  await mkdir(into, { recursive: true });
  const args = ["--git-dir", bare, "--work-tree", into, "checkout", "--quiet", "--force", sha, "--", "."];
  const env = { ...process.env, GIT_INDEX_FILE: `${into}.index` };
  return promisify(execFile)("git", args, { env }).then(
    () => into,
    () => undefined,
  );
}

await runPart(() => main(process.env));
