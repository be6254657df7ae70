/**
 * Orders the attempts at one release: those of its own run first, then those of runs that took it up again, which have
 * higher run ids. GitHub allows at most 50 attempts of a run.
 */
export const attemptAt = (
  release: number,
  { run, attempt }: { readonly run: number; readonly attempt: number },
): number => (run - release) * 100 + attempt;
