import type { Patience } from "./github/exchange.ts";
import type { GitHubClient } from "./github.ts";
import type { TickSource } from "./hand-over.ts";
import type { Ports } from "./ports.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

/**
 * What kept a tick from looking may keep the job behind it from reading as well, for some minutes. All that the job asks
 * and waits for ends in time for its last word before `timeout-minutes` of watch.yml (30) would end it without one.
 */
export const throughOutage = (began: number): Patience & { readonly endsAt: number } => ({
  ...{ requestMs: 15_000, totalMs: 10 * 60_000, attempts: 32 },
  endsAt: began + 26 * 60_000,
});

/** Kept for reading again after the wait: what happened meanwhile counts. */
const afterWaitMs = 10 * 60_000;

/**
 * How long the tick after one that died waits, milliseconds, when so many died in a row before it: an outage ends after
 * some minutes. Undefined when it is no outage any more: a tick that can never look must not become a loop.
 */
export const retryTickAfter = (failedBefore: number): number | undefined => {
  if (failedBefore >= 5) return undefined;
  return failedBefore === 0 ? 0 : 60_000 * 2 ** (failedBefore - 1);
};

export interface DeadTick {
  readonly client: Pick<GitHubClient, "wasReplaced" | "diedInARow">;
  readonly source: TickSource;
  /** The run whose tick died. */
  readonly run: number;
  /** The consumer's file below `.github/workflows`. */
  readonly workflow: string;
  /** When the job must be done, on the monotonic clock. */
  readonly endsAt: number;
  readonly ports: Pick<Ports, "clock" | "log" | "cancelled">;
}

/** Waits until the tick after one that died may be started; a verdict where none is to be started by this job. */
export async function afterDeath({
  client,
  source,
  run,
  workflow,
  endsAt,
  ports,
}: DeadTick): Promise<Verdict | undefined> {
  if (source === "cron" || source === "external")
    return pass(
      "next-nothing",
      `This tick died; the next look is left to ${source === "cron" ? "the schedule" : "the outside timer"}.`,
    );
  if (await client.wasReplaced(run)) {
    ports.log.info("This tick never began: a newer one took its place, and looks instead of it.");
    return undefined;
  }
  const died = await client.diedInARow(workflow);
  const wantedMs = retryTickAfter(died);
  if (wantedMs === undefined)
    return fail(
      "ticks-fail",
      `This tick died as did ${died} before it, so no other one is started. Look at their logs, and run ${workflow} when what they lack is there.`,
    );
  // An outage that reading took long to get through needs no such wait behind it.
  const waitMs = Math.max(0, Math.min(wantedMs, endsAt - afterWaitMs - ports.clock.monotonic()));
  const minutes = Math.round(waitMs / 60_000);
  ports.log.warn(`This tick died, as did ${died} before it; the next one is started in ${minutes} minutes.`);
  await ports.clock.sleep(waitMs, ports.cancelled).catch(() => undefined);
  // Whoever cancels a tick wants no other one either.
  return ports.cancelled.aborted ? fail("cancelled", "The job was cancelled; nothing is started.") : undefined;
}
