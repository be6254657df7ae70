import type { NoData, Subject, Window } from "../metric-provider.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { ExecResult, Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import { noData } from "./no-data.ts";

export interface CommandSpec {
  /** As one would type it into bash. */
  readonly run: string;
  /** Variables of the command, such as credentials; nothing else is inherited but what programs need to run. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds it may take. Default 30 s. */
  readonly within?: number | undefined;
}

const LONGEST = 30_000;
/** What is kept of a command's output; as much or more may lack its beginning. */
const MOST_CHARACTERS = 1_048_576;

/**
 * Runs a command of the user's and gives what it printed, or why that says nothing. It learns the question from
 * SLUICE_VERSION, SLUICE_ADDRESS, SLUICE_FROM and SLUICE_TO (ISO 8601); its whole process group ends at the deadline.
 */
export async function runCommand(
  { run, env, within = LONGEST }: CommandSpec,
  window: Window,
  subject: Subject,
  ports: Pick<Ports, "exec" | "env" | "cancelled">,
): Promise<{ readonly stdout: string } | NoData> {
  const question = {
    SLUICE_VERSION: subject.version,
    SLUICE_FROM: new Date(window.from).toISOString(),
    SLUICE_TO: new Date(window.to).toISOString(),
    ...(subject.address !== undefined && { SLUICE_ADDRESS: subject.address }),
  };
  const result = await ports
    .exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
      env: { ...minimalEnv(ports.env), ...env, ...question },
      timeoutMs: within,
    })
    .catch(() => undefined);
  if (result === undefined) return noData("command-failed", "The command could not be started: bash is missing.");
  if (result.code !== 0) return noData("command-failed", `The command ${ending(result, within)}.`);
  if (result.stdout.length >= MOST_CHARACTERS) return noData("too-large", "The command printed more than 1 MiB.");
  return { stdout: result.stdout };
}

function ending({ code, signal, stderr }: ExecResult, within: number): string {
  const last = stderr.trimEnd().split("\n").at(-1)?.trim();
  const said = last === undefined || last === "" ? "" : `: ${quote(last)}`;
  if (code === null) return `was ended by ${signal} (it may take ${within} ms)${said}`;
  return `ended with ${code}${said}`;
}
