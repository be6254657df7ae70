/**
 * How Flagger counts failed checks, written anew from its documented behaviour (fluxcd/flagger at 15bd6ad,
 * `pkg/controller/scheduler.go`, Apache-2.0), to compare with: cumulative, never reset by a good check, and no value is
 * a failed one. Not used by Sluice.
 */
export function flaggerFailsAt(
  rates: readonly (number | null)[],
  mostBad: number,
  threshold: number,
): number | undefined {
  let failed = 0;
  for (const [i, rate] of rates.entries()) {
    if (rate === null || rate > mostBad) failed++;
    if (failed >= threshold) return i + 1;
  }
  return undefined;
}
