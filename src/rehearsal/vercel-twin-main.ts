import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { InputError } from "../failure.ts";
import { runPart, untilAskedToEnd } from "./part-process.ts";
import { startVercelTwin } from "./vercel-twin.ts";

/**
 * Vercel's twin as a process of its own, with one version that serves. It takes its configuration from the environment,
 * prints one JSON line with its addresses and a token, and ends on SIGTERM, on SIGINT or when its standard input ends.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { TWIN_DIRECTORY: directory, TWIN_REPOSITORY: bare, TWIN_COMMIT: commit, TWIN_DOMAIN: domain } = env;
  if (!directory || !bare || !commit || !domain)
    throw new InputError("TWIN_DIRECTORY, TWIN_REPOSITORY, TWIN_COMMIT and TWIN_DOMAIN must be set.");
  const variables: Record<string, string> = JSON.parse(env["TWIN_VARIABLES"] ?? "{}");
  const project = { id: "prj_rehearsal4711", name: "rehearsal" };
  const team = { id: "team_rehearsal0815", slug: "rehearsal" };
  const twin = await startVercelTwin({
    directory,
    project,
    team,
    domains: [domain],
    checkout: (sha, into) => checkout(bare, sha, into, join(directory, `index-${sha.slice(0, 12)}`)),
    command: ["node", "app/server.mjs"],
    health: { path: "/api/health", withinMs: 20_000 },
    // Real builds take minutes; half a second shows that nobody believes one before it is ready.
    buildMs: 500,
    aliasMs: 150,
  });
  for (const [key, value] of Object.entries(variables))
    twin.variables.put({ key, value, type: "encrypted", target: ["production"] });
  const stable = await twin.serve(commit);
  const asked = untilAskedToEnd(process);
  const told = { api: twin.url, production: twin.production, token: twin.issueToken(), project, team, stable };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  await asked;
  await twin.stop();
}

/** The tree of a commit, by an index of its own: the repository's stays as it is. */
async function checkout(bare: string, sha: string, into: string, index: string): Promise<boolean> {
  const args = ["--git-dir", bare, "--work-tree", into, "checkout", "--quiet", "--force", sha, "--", "."];
  return promisify(execFile)("git", args, { env: { ...process.env, GIT_INDEX_FILE: index } }).then(
    () => true,
    () => false,
  );
}

await runPart(() => main(process.env));
