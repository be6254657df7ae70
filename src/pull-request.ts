import * as z from "zod";

export interface PullRequest {
  readonly number: number;
  /** Proposed from another repository: GitHub gives its workflows a token that may only read, and no secret. */
  readonly fork: boolean;
}

const event = z.object({
  pull_request: z.object({
    number: z.number().int().positive(),
    head: z.object({ repo: z.object({ full_name: z.string() }).nullish() }),
    base: z.object({ repo: z.object({ full_name: z.string() }) }),
  }),
});

/** The pull request a workflow runs for; undefined when it runs for something else. A deleted fork counts as a fork. */
export function pullRequestOf(payload: unknown): PullRequest | undefined {
  const read = event.safeParse(payload);
  if (!read.success) return undefined;
  const { number, head, base } = read.data.pull_request;
  return { number, fork: head.repo?.full_name !== base.repo.full_name };
}
