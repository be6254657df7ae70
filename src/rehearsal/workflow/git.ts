import { execFile } from "node:child_process";
import { ProviderError } from "../../failure.ts";

/** Runs git without a person's configuration and returns what it printed, trimmed. */
export function git(folder: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      LANG: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    };
    // The source may belong to another user than the one who rehearses.
    const trusting = ["-c", "safe.directory=*", "-c", "advice.detachedHead=false", ...args];
    execFile("git", trusting, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      const said = stderr.trim() || error.message;
      reject(new ProviderError("git", `git ${args[0] ?? ""} failed in ${folder}: ${said}`, { cause: error }));
    });
  });
}
