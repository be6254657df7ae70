import { InputError } from "../failure.ts";

/** The run of a workflow an action finds itself in, as the runner's environment tells it. */
export interface Workflow {
  readonly repository: string;
  readonly runId: number;
  readonly attempt: number;
  readonly actor: string;
  /** Commit that started the run; a resumed release has its own, in the record. */
  readonly sha: string;
  /** Short name of the branch the commit is released from; of a pull request, the branch it would be merged into. */
  readonly branch: string | undefined;
  /** The consumer's own workflow file below `.github/workflows`; undefined when the runner does not tell. */
  readonly file: string | undefined;
  readonly eventName: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly workspace: string;
  readonly apiUrl: string;
  /** Page of the run, for people. */
  readonly runUrl: string;
  /** An input of the action as it was written, by its kebab-case name; undefined when it is empty. */
  readonly input: (name: string) => string | undefined;
}

/** Reads GITHUB_*; outside of a runner it says which names are missing. */
export function readWorkflow(env: Readonly<Record<string, string | undefined>>): Workflow {
  const names = ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SHA", "GITHUB_WORKSPACE"];
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0)
    throw new InputError(
      `This action runs inside a GitHub workflow: ${missing.join(", ")} is not set. On your own machine use the \`sluice\` command instead.`,
    );
  const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
  const repository = env["GITHUB_REPOSITORY"] ?? "";
  return {
    repository,
    runId: countIn(env, "GITHUB_RUN_ID"),
    attempt: countIn(env, "GITHUB_RUN_ATTEMPT", "1"),
    actor: env["GITHUB_TRIGGERING_ACTOR"] ?? env["GITHUB_ACTOR"] ?? "unknown",
    sha: env["GITHUB_SHA"] ?? "",
    branch: env["GITHUB_BASE_REF"] || (env["GITHUB_REF_TYPE"] === "branch" ? env["GITHUB_REF_NAME"] : undefined),
    file: /\/\.github\/workflows\/([^/@]+)@/.exec(env["GITHUB_WORKFLOW_REF"] ?? "")?.[1],
    eventName: env["GITHUB_EVENT_NAME"] ?? "",
    event: readEvent(env["GITHUB_EVENT_PATH"]),
    workspace: env["GITHUB_WORKSPACE"] ?? "",
    apiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
    input: (name) => env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] || undefined,
    runUrl: `${server}/${repository}/actions/runs/${env["GITHUB_RUN_ID"]}`,
  };
}

/** Releases are ordered by these numbers, so a missing or odd one must never become NaN. */
function countIn(env: Readonly<Record<string, string | undefined>>, name: string, usual = ""): number {
  const value = env[name] || usual;
  if (/^[1-9]\d{0,15}$/.test(value)) return Number(value);
  throw new InputError(`${name} is ${JSON.stringify(value)} and must be a whole number; the runner sets it.`);
}

function readEvent(path: string | undefined): Record<string, unknown> {
  if (path === undefined || path === "") return {};
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const event: unknown = JSON.parse(readFileSync(path, "utf8"));
  return typeof event === "object" && event !== null ? { ...event } : {};
}
