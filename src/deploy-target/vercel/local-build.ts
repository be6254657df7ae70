import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import * as z from "zod";
import type { StageRequest } from "../../deploy-target.ts";
import { InputError, ProviderError } from "../../failure.ts";
import { plainText } from "../../plain-text.ts";
import type { ExecResult, Ports } from "../../ports.ts";
import type { VercelTarget } from "../../target-spec.ts";
import { looksSecret } from "../../variables.ts";
import { oneLine } from "../rest.ts";
import { apiBase, apiVariable } from "./api.ts";

/** The only version that is used: later ones change their commands, and some do not even install. */
export const cliVersion = "60.1.3";

const commandWithinMs = 45 * 60_000;

/** With `--non-interactive --json` the command line says in one object what it made. */
const deployed = z.looseObject({ deployment: z.looseObject({ id: z.string() }) });

type Command = readonly [string, ...string[]];

/**
 * Builds the checked-out tree with Vercel's own command line and uploads the result, without a production domain.
 *
 * Only these three commands are used, because only they cannot be done otherwise: promotion, rollback and rolling
 * releases by the command line report success when nothing happened. Whatever it prints is not believed either; the
 * deployment is read back. The token is in its environment and never in its arguments, which the build writes down.
 */
export async function deployLocalBuild(
  spec: VercelTarget,
  { directory }: Pick<StageRequest, "directory">,
  meta: Readonly<Record<string, string>>,
  ports: Ports,
): Promise<string> {
  const cli = await findCli(directory, ports);
  const config = await mkdtemp(path.join(tmpdir(), "sluice-vercel-"));
  try {
    // Neither a login nor a preference of this machine has a say, and what the build learns does not stay.
    const api = apiBase(ports.env).href.replace(/\/$/, "");
    const settings = ports.env[apiVariable] === undefined ? {} : { api };
    await writeFile(path.join(config, "config.json"), JSON.stringify(settings));
    const run = (name: string, args: readonly string[]) => command(cli, name, args, { spec, directory, config }, ports);
    await run("pull", ["--environment=production"]);
    await maskPulled(directory, ports);
    await run("build", ["--prod"]);
    const marks = Object.entries(meta).flatMap(([key, value]) => ["-m", `${key}=${value}`]);
    const { stdout } = await run("deploy", [
      "--prebuilt",
      "--prod",
      "--skip-domain",
      "--archive=tgz",
      "--json",
      ...marks,
    ]);
    return idIn(stdout);
  } finally {
    await rm(config, { recursive: true, force: true });
    // `pull` wrote the project's variables in plain text.
    await rm(path.join(directory, ".vercel"), { recursive: true, force: true });
  }
}

/** What a build prints may hold any of the variables that were pulled. */
async function maskPulled(directory: string, ports: Pick<Ports, "mask">): Promise<void> {
  const pulled = await readFile(path.join(directory, ".vercel", ".env.production.local"), "utf8").catch(() => "");
  for (const value of Object.values(parseEnv(pulled)))
    if (value !== undefined && value.length >= 4 && looksSecret(value)) ports.mask(value);
}

/** The command line that is installed in this very version, else npm's copy of it. */
async function findCli(directory: string, ports: Ports): Promise<Command> {
  const env = { PATH: ports.env["PATH"] ?? "", HOME: ports.env["HOME"] ?? "", VERCEL_TELEMETRY_DISABLED: "1" };
  const found = await ports
    .exec("vercel", ["--version"], { cwd: directory, env, timeoutMs: 60_000 })
    .catch(() => undefined);
  if (found?.code === 0 && found.stdout.trim().split(/\s+/).at(-1) === cliVersion) return ["vercel"];
  return ["npx", "--yes", "--package", `vercel@${cliVersion}`, "--", "vercel"];
}

interface Surroundings {
  readonly spec: VercelTarget;
  readonly directory: string;
  readonly config: string;
}

async function command(
  [file, ...before]: Command,
  name: string,
  args: readonly string[],
  { spec, directory, config }: Surroundings,
  ports: Ports,
): Promise<ExecResult> {
  ports.cancelled.throwIfAborted();
  const env = {
    PATH: ports.env["PATH"] ?? "",
    HOME: config,
    VERCEL_TOKEN: spec.token,
    VERCEL_PROJECT_ID: spec.project,
    ...(spec.team === undefined ? {} : { VERCEL_ORG_ID: spec.team }),
    VERCEL_TELEMETRY_DISABLED: "1",
    CI: "1",
    FORCE_COLOR: "0",
  };
  const common = ["--yes", "--non-interactive", "--cwd", directory, "--global-config", config];
  const result = await ports
    .exec(file, [...before, name, ...args, ...common], { cwd: directory, env, timeoutMs: commandWithinMs })
    .catch((problem: Error) => {
      throw new InputError(
        `Vercel's command line cannot be started (${oneLine(problem.message)}). Install vercel@${cliVersion} before this step, or write \`build: remote\`.`,
      );
    });
  if (result.code === 0) return result;
  const how = result.code === null ? `was ended (${result.signal})` : `ended with ${result.code}`;
  const last = plainText(result.stderr)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-10);
  const said =
    last.length === 0 ? "" : `\nIts last lines:\n${last.map((line) => `  ${line.slice(0, 300)}`).join("\n")}`;
  throw new InputError(
    `\`vercel ${name}\` ${how}; production was not touched. Fix what it says and push again.${said}`,
  );
}

function idIn(stdout: string): string {
  const start = stdout.indexOf("{");
  let parsed: unknown;
  try {
    parsed = JSON.parse(start < 0 ? "" : stdout.slice(start));
  } catch {
    parsed = undefined;
  }
  const found = deployed.safeParse(parsed);
  if (found.success && /^dpl_[A-Za-z0-9]+$/.test(found.data.deployment.id)) return found.data.deployment.id;
  throw new ProviderError(
    "vercel",
    "Vercel's command line uploaded a build and did not say which deployment it made. Run the step again.",
    {
      retryable: true,
    },
  );
}
