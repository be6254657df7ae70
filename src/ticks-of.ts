import * as z from "zod";
import type { GitHubClient } from "./github.ts";
import type { TickSource } from "./hand-over.ts";
import { tickSourceSchema } from "./tick-source.ts";

const ticking = z.looseObject({ ticks: tickSourceSchema.optional() });

/** Who looks next by the runbook of a commit. Whatever is wrong with the runbook, somebody has to look again: the chain. */
export async function ticksOf(
  client: Pick<GitHubClient, "readFile">,
  commit: string,
  runbook: string,
): Promise<TickSource> {
  const written = await client.readFile(commit, runbook).catch(() => null);
  const { readBySchema } = await import("./read-by-schema.ts");
  const read = written === null ? undefined : readBySchema(written, runbook, ticking);
  return read?.ok === true ? (read.value.ticks ?? "chain") : "chain";
}
