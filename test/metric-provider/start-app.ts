import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("counting-app.ts", import.meta.url));

export interface App {
  readonly address: string;
  /** Sends requests one after the other: `hit("/fail", 3)`. */
  hit(path: string, times: number): Promise<void>;
  stop(): Promise<void>;
}

/** One process of one version of the small application. */
export async function startApp(version: string, instance = version): Promise<App> {
  const child = spawn(process.execPath, [program, version, instance], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [address] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    address,
    async hit(path, times) {
      for (let i = 0; i < times; i++) await (await fetch(`${address}${path}`)).arrayBuffer();
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
