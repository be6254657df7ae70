import { untilAskedToEnd } from "./part-process.ts";
import { startPostgres } from "./postgres.ts";

/**
 * The database server under a process that outlives nobody: when the rehearsal is killed outright, its end of standard
 * input closes, and the server is stopped and its files are removed. Prints one JSON line with the addresses, which
 * hold passwords and therefore go through a pipe, not through argv.
 */
async function main(directory: string | undefined): Promise<void> {
  if (directory === undefined) throw new Error("POSTGRES_DIRECTORY must be set.");
  const asked = untilAskedToEnd(process);
  const { url, monitorUrl, adminUrl, stop } = await startPostgres({ directory });
  process.stdout.write(`${JSON.stringify({ url, monitorUrl, adminUrl })}\n`);
  await asked;
  await stop();
}

await main(process.env["POSTGRES_DIRECTORY"]);
