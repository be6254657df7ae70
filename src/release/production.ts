import type { Production } from "../deploy-target.ts";
import type { ReleaseState } from "../record.ts";

/** Which share of production each side has; `foreign` names what is neither ours nor the version we came from. */
export function shares(release: ReleaseState, production: Production) {
  const weight = (version: string | undefined) =>
    production.serving.find((serving) => serving.version === version)?.weight ?? 0;
  const known = new Set([release.stable.version, release.candidate?.version]);
  return {
    candidate: weight(release.candidate?.version),
    stable: weight(release.stable.version),
    foreign: production.serving
      .filter((serving) => serving.weight > 0 && !known.has(serving.version))
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
