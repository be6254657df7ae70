import type { Ports } from "./ports.ts";

/** Sha of the commit that a folder holds; empty when it holds none. */
export async function checkedOut(workspace: string, ports: Pick<Ports, "exec" | "env">): Promise<string> {
  // Nothing of the repository's or the user's may configure this git: its job holds secrets.
  const { stdout } = await ports.exec("git", ["-c", `safe.directory=${workspace}`, "rev-parse", "HEAD"], {
    cwd: workspace,
    env: { PATH: ports.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" },
  });
  return stdout.trim();
}
