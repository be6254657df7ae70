import type { Verdict } from "./verdict.ts";

/** What a check may look at. */
export interface CheckContext {
  /** Checked-out tree of the commit under release. */
  readonly directory: string;
  /** Base address for checks that give only a path; the candidate's own address in a smoke test. */
  readonly url?: string | undefined;
  readonly commit: string;
  readonly branch?: string | undefined;
}

/** One line of a runbook, proven or not. */
export interface Check {
  /** As a person would say it: `GET /api/health answers 200`. */
  readonly title: string;
  run(context: CheckContext): Promise<Verdict>;
}
