import { minimalEnv } from "./minimal-env.ts";
import type { ExecResult, Ports } from "./ports.ts";
import type { Variables } from "./variables.ts";

/**
 * Our end of its input closes when we die, however that comes, and then the command ends as well. What it left running
 * when it ended by itself goes on, and its own `wait` knows nothing of this watch.
 */
const endsWithUs =
  "exec 3<&0 </dev/null; ( { while read -r _; do :; done <&3; kill -0 $$ && kill -9 0; } >/dev/null 2>&1 & ); exec 3<&-; ";

/**
 * Runs a command of the user's for at most so many milliseconds. Others count on its having ended by then, so it does
 * not outlive the process that runs it.
 */
export const runBounded = (
  command: string,
  { cwd, variables, withinMs }: { readonly cwd: string; readonly variables: Variables; readonly withinMs: number },
  { exec, env }: Ports,
): Promise<ExecResult> =>
  exec("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", `${endsWithUs}${command}`], {
    cwd,
    env: { ...minimalEnv(env), ...variables },
    holdInput: true,
    timeoutMs: Math.max(1, withinMs),
  });
