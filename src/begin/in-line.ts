import { advance } from "../advance.ts";
import type { Begin, Begun } from "../begin.ts";
import type { After, WaitingRelease } from "../record/waiting.ts";
import type { Entry } from "../record.ts";
import type { RecordSnapshot } from "../record-store.ts";
import { provenElsewhere } from "../release/elsewhere.ts";
import type { Runbook } from "../runbook.ts";
import { hold, type Verdict } from "../verdict.ts";

type Why = Pick<WaitingRelease, "reason" | "after">;

/**
 * Writes down that a release waits, once; whoever ends what it waits for starts its workflow. An older one that waited
 * gives it its place and ends. Undefined when somebody else appended first.
 */
export async function waitInLine(
  context: Begin,
  snapshot: RecordSnapshot,
  why: Why,
  message: string,
): Promise<Begun | undefined> {
  const { store, environment, asker, author, ports, commit, workflow, overrideRejected } = context;
  const { record } = snapshot;
  const { queued } = record;
  const verdict = hold("queued", `${message} It waits in line, and is begun by itself.`);
  if (queued?.release === asker.release && queued.reason === why.reason) return { record, verdict };
  const overtaken =
    queued !== null && queued.release < asker.release
      ? `Release ${queued.release} of commit ${queued.commit.slice(0, 12)} waited and is superseded: release ${asker.release} of commit ${commit.slice(0, 12)} waits in its place.`
      : undefined;
  if (overtaken !== undefined) ports.log.notice(overtaken);
  const told = overtaken === undefined ? message : `${message} ${overtaken}`;
  const entry: Entry = {
    kind: "queued",
    ...{ at: ports.clock.now(), by: author, release: asker.release, commit, reason: why.reason, message: told },
    ...(why.after !== undefined && { after: why.after }),
    ...(workflow !== undefined && { workflow }),
    ...(overrideRejected && { overrideRejected }),
  };
  const appended = await store.append(environment, snapshot, [entry]);
  if (!appended.appended) return undefined;
  await context.onEntry?.(entry, appended.snapshot);
  return { record: appended.snapshot.record, verdict };
}

/**
 * A release that may begin only after another environment's: undefined when that is proven, "again" when the record has
 * to be read anew.
 */
export async function waitsForOther(
  context: Begin,
  snapshot: RecordSnapshot,
  { environment, watched, within }: NonNullable<Runbook["after"]>,
): Promise<Begun | "again" | undefined> {
  const after: After = {
    environment,
    watchedMs: watched ?? 0,
    ...(within !== undefined && { withinMs: within }),
  };
  const { record: other } = await context.store.read(environment);
  const proven = provenElsewhere(other, context.commit, after, context.ports.clock.now());
  if (proven.verdict === "pass") return undefined;
  if (proven.verdict !== "hold") return { record: snapshot.record, verdict: proven };
  return (await waitInLine(context, snapshot, { reason: "after", after }, proven.message)) ?? "again";
}

/**
 * Ends the release under way, so that a newer one may begin: an order like a person's, which every process of it
 * follows, and its traffic back on what served before. Undefined when it has ended.
 */
export async function endForNewer(context: Begin, snapshot: RecordSnapshot, other: number): Promise<Begun | undefined> {
  const { store, environment, asker, author, ports, commit, target, change, onEntry, show } = context;
  const { release } = snapshot.record;
  if (release?.people.wanted === null) {
    const reason = `release ${asker.release} of commit ${commit.slice(0, 12)} replaces it`;
    const by = { ...author, attempt: release.attempt };
    const entry: Entry = { kind: "order", at: ports.clock.now(), by, release: other, order: "abort", reason };
    const appended = await store.append(environment, snapshot, [entry]);
    if (!appended.appended) return undefined;
    await onEntry?.(entry, appended.snapshot);
  }
  const attempt = release?.attempt ?? 1;
  const ended: Verdict = await advance({
    ...{ ports, store, environment, target, change, onEntry, show },
    asker: { release: other, attempt },
    author: { ...author, attempt },
    steps: {},
  });
  const { record } = await store.read(environment);
  if (record.release?.id !== other || record.release.ended !== null) return undefined;
  const message = `Release ${other} was to end for release ${asker.release}, and is still under way: ${ended.message} Run this release again.`;
  return { record, verdict: hold("not-replaced", message) };
}
