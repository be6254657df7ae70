import type { Patience } from "./github/exchange.ts";
import type { GitHubClient } from "./github.ts";
import type { TickSource } from "./hand-over.ts";
import type { Ports } from "./ports.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

/** What kept a tick from looking may keep the job behind it from reading as well, for some minutes. */
export const throughOutage: Partial<Patience> = { totalMs: 10 * 60_000, attempts: 12 };

/**
 * How long the tick after one that died waits, milliseconds, when so many died in a row before it: an outage ends after
 * some minutes. Undefined when it is no outage any more: a tick that can never look must not become a loop.
 */
export const retryTickAfter = (failedBefore: number): number | undefined => {
  if (failedBefore >= 5) return undefined;
  return failedBefore === 0 ? 0 : 60_000 * 2 ** (failedBefore - 1);
};

export interface DeadTick {
  readonly client: Pick<GitHubClient, "wasReplaced" | "failuresInARow">;
  readonly source: TickSource;
  /** The run whose tick died. */
  readonly run: number;
  /** The consumer's file below `.github/workflows`. */
  readonly workflow: string;
  readonly ports: Pick<Ports, "clock" | "log" | "cancelled">;
}

/** Waits until the tick after one that died may be started; a verdict where none is to be started by this job. */
export async function afterDeath({ client, source, run, workflow, ports }: DeadTick): Promise<Verdict | undefined> {
  if (source === "cron" || source === "external")
    return pass(
      "next-nothing",
      `This tick died; the next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`,
    );
  if (await client.wasReplaced(run)) {
    ports.log.info("This tick never began: a newer one took its place, and looks instead of it.");
    return undefined;
  }
  const failed = await client.failuresInARow(workflow);
  const waitMs = retryTickAfter(failed);
  if (waitMs === undefined)
    return fail(
      "ticks-fail",
      `This tick died as did ${failed} before it, so no other one is started. Look at their logs, and run ${workflow} when what they lack is there.`,
    );
  ports.log.warn(`This tick died, as did ${failed} before it; the next one is started in ${waitMs / 60_000} minutes.`);
  await ports.clock.sleep(waitMs, ports.cancelled).catch(() => undefined);
  // Whoever cancels a tick wants no other one either.
  return ports.cancelled.aborted ? fail("cancelled", "The job was cancelled; nothing is started.") : undefined;
}
