import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "./expression.ts";
import { endOrphans } from "./orphan.ts";

/** The fresh folders of one job. Ports, /tmp and the network are those of this machine. */
export interface Machine {
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
  readonly eventFile: string;
  /** The `runner` context. */
  readonly runner: JsonObject;
  /** What the processes start from; a workflow may set these otherwise. */
  readonly env: Readonly<Record<string, string>>;
  /** The RUNNER_* variables, which a workflow cannot change. */
  readonly runnerEnv: Readonly<Record<string, string>>;
  /** Ends what the job left running and removes the folders; returns the ids of the processes ended. */
  readonly dispose: () => readonly number[];
}

const architectures: Readonly<Record<string, string>> = { x64: "X64", arm64: "ARM64", arm: "ARM", ia32: "X86" };
const systems: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS", win32: "Windows" };

export function createMachine(repository: string, event: JsonObject): Machine {
  const root = mkdtempSync(join(tmpdir(), "rehearsal-job-"));
  const name = repository.split("/")[1] ?? "repository";
  const workspace = join(root, "work", name, name);
  const [temp, home, tools] = [join(root, "work", "_temp"), join(root, "home"), join(root, "tools")] as const;
  for (const folder of [workspace, temp, home, tools]) mkdirSync(folder, { recursive: true });
  const workflowFolder = join(temp, "_github_workflow");
  mkdirSync(workflowFolder);
  const eventFile = join(workflowFolder, "event.json");
  writeFileSync(eventFile, JSON.stringify(event));
  // actions/checkout does the same for the workspace (its input set-safe-directory).
  writeFileSync(join(home, ".gitconfig"), `[safe]\n\tdirectory = ${workspace}\n`);
  const trackingId = `github_${randomUUID()}`;
  const runner = {
    os: systems[process.platform] ?? process.platform,
    arch: architectures[arch()] ?? arch(),
    name: "rehearsal",
    environment: "self-hosted",
    temp,
    tool_cache: tools,
    workspace: join(root, "work", name),
  };
  return {
    workspace,
    temp,
    home,
    eventFile,
    runner,
    env: { HOME: home, LANG: "C.UTF-8", RUNNER_TRACKING_ID: trackingId },
    runnerEnv: Object.fromEntries(Object.entries(runner).map(([key, value]) => [`RUNNER_${key.toUpperCase()}`, value])),
    dispose: () => {
      const ended = endOrphans(trackingId);
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
      return ended;
    },
  };
}
