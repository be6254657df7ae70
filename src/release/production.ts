import type { Production } from "../deploy-target.ts";
import type { ReleaseState } from "../record.ts";

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
      .map((s) => `${s.version.slice(0, 12)} at ${s.weight}%`)
      .join(" and ") || "nothing"
  }, which this release did not do: ` +
  "somebody moved traffic by hand. Nothing is changed; dispatch the rollback workflow with an explicit target, or push again.";

export const servesAll = (production: Production, version: string) =>
  production.serving.some((serving) => serving.version === version && serving.weight === 100);

/** Where this process first saw an announced raise in production. */
export interface Landed {
  /** The generation that the raise was announced for. */
  readonly announcedAt: string;
  /** The one at which production had its weight. */
  readonly generation: string;
}

/**
 * Where the announced raise was seen first, after one more look at production. Only for platforms that refuse late
 * writes: there it lands once, so that the same weight at a later generation is somebody else's work.
 */
export function landedAt(
  known: Landed | undefined,
  release: ReleaseState | null,
  production: Production | { readonly unreadable: string },
): Landed | undefined {
  const { intent = null, candidate = null } = release ?? {};
  if (intent === null || candidate === null) return undefined;
  const { generation, weight } = intent;
  if (known?.announcedAt === generation) return known;
  if ("unreadable" in production || production.generation === generation) return undefined;
  const { ours } = shares(production, { from: candidate.version, to: "" });
  return ours === weight ? { announcedAt: generation, generation: production.generation } : undefined;
}

/** Whether production shows the raise that was announced, as far as this process can tell it from a person's hand. */
export function showsAnnounced(
  { intent }: Pick<ReleaseState, "intent">,
  production: Production,
  ours: number,
  landed: Landed | undefined,
): boolean {
  if (intent === null || ours !== intent.weight) return false;
  return landed?.announcedAt !== intent.generation || landed.generation === production.generation;
}
