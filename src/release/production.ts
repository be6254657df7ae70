import type { Production } from "../deploy-target.ts";
import type { PlannedShift } from "../plan.ts";
import type { ReleaseState } from "../record.ts";
import { shortVersion } from "../short-version.ts";

/** Which share of production our version has; `foreign` names what is neither ours nor what we would go back to. */
export function shares(production: Production, { from, to }: { readonly from: string; readonly to: string }) {
  return {
    ours: production.serving.find((serving) => serving.version === from)?.weight ?? 0,
    foreign: production.serving
      .filter((serving) => serving.weight > 0 && serving.version !== from && serving.version !== to)
      .map((serving) => serving.version),
  };
}

export const driftMessage = (production: Production) =>
  `Production serves ${
    production.serving
      .filter((s) => s.weight > 0)
      .map((s) => `${shortVersion(s.version)} at ${s.weight}%`)
      .join(" and ") || "nothing"
  }, which this release did not do: ` +
  "somebody moved traffic by hand. Nothing is changed; dispatch the rollback workflow with an explicit target, or push again.";

export const servesAll = (production: Production, version: string) =>
  production.serving.some((serving) => serving.version === version && serving.weight === 100);

/** What this process sent all traffic back from, while a raise stood announced. */
export interface SentBack {
  /** The generation that the raise was announced for. */
  readonly announcedAt: string;
  /** The one that was to be replaced. */
  readonly generation: string;
}

/**
 * What a process remembers of traffic that it sent back and that did not come back at once. Only for platforms that
 * refuse late writes: there the raise had landed before, and the same share at another generation is somebody else's.
 */
export function sentBackFrom({ intent }: Pick<ReleaseState, "intent">, generation: string): SentBack | undefined {
  // At the generation it was announced for, the raise had not landed yet, and still may.
  return intent === null || intent.generation === generation
    ? undefined
    : { announcedAt: intent.generation, generation };
}

/** Whether production shows the raise that was announced, as far as this process can tell it from a person's hand. */
export function showsAnnounced(
  { intent }: Pick<ReleaseState, "intent">,
  production: Production,
  ours: number,
  sentBack: SentBack | undefined,
): boolean {
  if (intent === null || ours !== intent.weight) return false;
  return sentBack?.announcedAt !== intent.generation || sentBack.generation === production.generation;
}

/**
 * The share below the one on record, where production shows just that and nobody announced it: a step back goes to the
 * platform first when the record cannot be written. A person who gives exactly this share cannot be told from it; either
 * way fewer users have the candidate, and only a person's word lets it try again.
 */
export function showsLower(
  { plan, traffic, intent }: Pick<ReleaseState, "plan" | "traffic" | "intent">,
  production: Production,
  ours: number,
): PlannedShift | undefined {
  if (traffic === null || intent !== null || production.generation === traffic.generation) return undefined;
  const stage = plan.stages.find(({ name }) => name === traffic.stage);
  // From the last share the way down without a record goes to stable.
  if (stage?.onFail !== "step-back" || traffic.shift === stage.shifts.length - 1) return undefined;
  const lower = stage.shifts[traffic.shift - 1];
  return lower?.weight === ours ? lower : undefined;
}
