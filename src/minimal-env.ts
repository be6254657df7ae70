import type { Ports } from "./ports.ts";

/** What a command needs to work at all. Everything else (tokens, GitHub's files, our own inputs) stays with us. */
const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "CI",
  "RUNNER_TEMP",
  "RUNNER_TOOL_CACHE",
  // The runner ends what a job leaves behind by this mark.
  "RUNNER_TRACKING_ID",
];

/** The environment of a program that is not ours. */
export function minimalEnv(env: Ports["env"]): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
