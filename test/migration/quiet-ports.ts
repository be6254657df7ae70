import type { Ports } from "../../src/ports.ts";
import { runnerPorts } from "../../src/runner/ports.ts";

export interface QuietPorts extends Ports {
  /** Every line that was logged. */
  readonly lines: string[];
  readonly masked: string[];
}

/** Real clock, processes and environment; log lines and masks are kept instead of printed. */
export function quietPorts(changes: Partial<Pick<Ports, "cancelled" | "env">> = {}): QuietPorts {
  const lines: string[] = [];
  const masked: string[] = [];
  const keep = (message: string) => {
    lines.push(message);
  };
  return {
    ...runnerPorts(changes.cancelled ?? new AbortController().signal),
    ...changes,
    log: { info: keep, notice: keep, warn: keep, error: keep },
    mask: (secret) => masked.push(secret),
    lines,
    masked,
  };
}
