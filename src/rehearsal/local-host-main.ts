import { InputError } from "../failure.ts";
import { startLocalHost } from "./local-host.ts";
import { runPart, untilAskedToEnd } from "./part-process.ts";

/**
 * The local host as a process of its own. It takes its configuration from the environment, because a token in argv
 * can be read by every user of the machine, prints one JSON line with its addresses, and ends on SIGTERM, on SIGINT
 * or when its standard input ends.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { LOCAL_HOST_DIRECTORY: directory, LOCAL_HOST_TOKEN: token } = env;
  if (!directory || !token) throw new InputError("LOCAL_HOST_DIRECTORY and LOCAL_HOST_TOKEN must be set.");
  const host = await startLocalHost({
    directory,
    token,
    port: portIn(env, "LOCAL_HOST_PORT"),
    adminPort: portIn(env, "LOCAL_HOST_ADMIN_PORT"),
  });
  const asked = untilAskedToEnd(process);
  process.stdout.write(`${JSON.stringify({ production: host.production, admin: host.admin })}\n`);
  await asked;
  await host.close();
}

function portIn(env: NodeJS.ProcessEnv, name: string): number {
  const port = Number(env[name] ?? "0");
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InputError(`${name} is "${env[name]}" and must be a port number from 0 (any free port) to 65535.`);
}

await runPart(() => main(process.env));
