import { messageOf } from "../failure.ts";
import type { Entry } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import type { RestoreScene } from "../restore-production.ts";
import { fail, hold, type Verdict } from "../verdict.ts";

/** The proof comes after the write and after it was written down; a version that fails it is told as a page. */
export async function recovered(scene: RestoreScene, verdict: Verdict): Promise<Verdict> {
  const { ports, store, environment, prove } = scene;
  if (prove === undefined) return verdict;
  const snapshot = await store.read(environment).catch((problem: unknown) => messageOf(problem));
  const release = typeof snapshot === "string" ? undefined : (snapshot.record.release ?? undefined);
  const proof = await prove(release).catch((problem: unknown) => hold("not-proven", messageOf(problem)));
  if (proof === undefined) return verdict;
  if (proof.verdict === "hold" || proof.verdict === "error") {
    ports.log.warn(`Traffic is back, and whether users are served well could not be proven: ${proof.message}`);
    return verdict;
  }
  const healthy = proof.verdict === "pass";
  const message = healthy
    ? `Users are served again: ${proof.message}`
    : `What serves now is not healthy: ${proof.message}`;
  if (typeof snapshot === "string") ports.log.warn(`${message} But the record could not be written: ${snapshot}`);
  else await tellRecovery(scene, snapshot, { healthy, message });
  return healthy
    ? { ...verdict, message: `${verdict.message} ${message}` }
    : fail("rolled-back-unhealthy", `${verdict.message} ${message} Return to another version with \`to\`.`);
}

async function tellRecovery(
  { ports, store, environment, author, onEntry }: RestoreScene,
  known: RecordSnapshot,
  { healthy, message }: { readonly healthy: boolean; readonly message: string },
): Promise<void> {
  try {
    // The proof took its time; once more where somebody has appended meanwhile.
    for (let onto = known, again = true; ; onto = await store.read(environment), again = false) {
      const { release } = onto.record;
      if (release?.ended == null || release.recovery !== null) return;
      const common = { at: ports.clock.now(), by: author, release: release.id };
      const entry: Entry = { kind: "recovery", ...common, healthy, message: message.slice(0, 4000) };
      const appended = await store.append(environment, onto, [entry]);
      if (appended.appended) return await onEntry(entry, appended.snapshot);
      if (!again) return ports.log.warn(`${message} Others appended to the record, which does not say so.`);
    }
  } catch (problem) {
    ports.log.warn(`${message} But the record could not be written: ${messageOf(problem)}`);
  }
}
