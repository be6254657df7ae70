import type { Production } from "../deploy-target.ts";

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
