import type { ReleaseState } from "../record.ts";
import type { Effect } from "../release.ts";

/** How long a person has to answer when the runbook does not say it, milliseconds. */
export const usualDecideWithinMs = 10 * 60_000;

type Asked = NonNullable<ReleaseState["people"]["question"]>;

/** A question waits for its answer; silence decides when there is a time for it. */
export const awaiting = ({ weight, decideBy, reason }: Asked): Effect => ({
  do: "hold",
  reason: "awaiting-decision",
  message:
    `A person decides about ${weight}% (${reason}): comment \`/continue\` or \`/rollback\`` +
    (decideBy === null ? "." : `; without a word by ${new Date(decideBy).toISOString()} traffic goes back.`),
  ...(decideBy !== null && { until: decideBy }),
});
