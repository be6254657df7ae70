import { InputError, ProviderError } from "./failure.ts";
import type { Verdict } from "./verdict.ts";

/** 0 fine, 1 gate failed, 2 configuration, 3 outside system, 4 drift or ambiguous, 5 held: look again. */
export const exitCodes = { fine: 0, gateFailed: 1, configuration: 2, outsideSystem: 3, ambiguous: 4, held: 5 } as const;

const byVerdict: Record<Verdict["verdict"], number> = {
  pass: exitCodes.fine,
  fail: exitCodes.gateFailed,
  hold: exitCodes.held,
  error: exitCodes.ambiguous,
};

/** The code a program ends with after this verdict. */
export const exitCodeOf = (verdict: Verdict): number => byVerdict[verdict.verdict];

/** The code a program ends with after this exception; our own defects count as ambiguous. */
export function exitCodeOfError(problem: unknown): number {
  if (problem instanceof InputError) return exitCodes.configuration;
  if (problem instanceof ProviderError) return exitCodes.outsideSystem;
  return exitCodes.ambiguous;
}
