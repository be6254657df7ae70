import { messageOf, ProviderError } from "../failure.ts";
import { recordDiffers } from "../record-store.ts";
import type { RestoreScene } from "../restore-production.ts";
import type { Witness } from "../rollback.ts";

/** What GitHub shows of the newest release; where the record contradicts it, neither counts by itself. */
export async function witnessFor({ witness, ports }: RestoreScene, problem: unknown): Promise<Witness | undefined> {
  const told = await witness?.().catch((why: unknown) =>
    ports.log.warn(`GitHub's deployments cannot be read either: ${messageOf(why)}`),
  );
  if (told === undefined) return undefined;
  return { ...told, contradicted: problem instanceof ProviderError && problem.status === recordDiffers };
}
