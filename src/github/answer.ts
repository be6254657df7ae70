import * as z from "zod";
import { ProviderError } from "../failure.ts";
import type { Written } from "./exchange.ts";

/** Whatever is named by a full sha. */
export const named = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

/** The same write, where the answer's content says nothing. */
export const withoutValue = (written: Written<unknown>): Written<void> =>
  written.outcome === "applied" ? { outcome: "applied", value: undefined } : written;

export const oddAnswer = (what: string, cause?: unknown): ProviderError =>
  new ProviderError("github", `GitHub answered with something that is not a ${what}. Run it again.`, {
    retryable: true,
    cause,
  });

/** An answer of the wrong shape (a proxy's page, say) is GitHub's failure, never a crash of ours. */
export function shaped<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw oddAnswer(what, parsed.error);
}
