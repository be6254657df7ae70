import * as z from "zod";
import { InputError } from "../failure.ts";
import { missingForHosts, startHostTwin } from "./host-twin.ts";
import { runPart, untilAskedToEnd } from "./part-process.ts";

/**
 * A host for docker compose as a process of its own: a real SSH server, a real HAProxy, a stand-in for Docker. It takes
 * its configuration from the environment, prints one JSON line with its addresses and the key it lets in, and ends on
 * SIGTERM, on SIGINT or when its standard input ends.
 */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { TWIN_DIRECTORY: directory, TWIN_LABEL: label, TWIN_SLOTS: slots } = env;
  if (!directory || !label || !slots) throw new InputError("TWIN_DIRECTORY, TWIN_LABEL and TWIN_SLOTS must be set.");
  const missing = missingForHosts();
  if (missing !== undefined)
    throw new InputError(`A host cannot be played here: ${missing}. Install it and try again.`);
  const twin = await startHostTwin({
    directory,
    label,
    slots: z.record(z.string(), z.number()).parse(JSON.parse(slots)),
  });
  const asked = untilAskedToEnd(process);
  const { destination, knownHosts, key } = twin.ssh;
  process.stdout.write(`${JSON.stringify({ destination, knownHosts, key, production: twin.production })}\n`);
  await asked;
  await twin.close();
}

await runPart(() => main(process.env));
