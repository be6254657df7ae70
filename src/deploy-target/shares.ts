import type { Production, Serving } from "../deploy-target.ts";

/** Whether exactly the wanted weights serve; a version that is not named must serve nothing. */
export function servesExactly(production: Production, wanted: readonly Serving[]): boolean {
  const weightOf = (list: readonly Serving[], version: string): number =>
    list.find((entry) => entry.version === version)?.weight ?? 0;
  return [...wanted, ...production.serving].every(
    ({ version }) => weightOf(wanted, version) === weightOf(production.serving, version),
  );
}

/** The shares of a canary: the candidate's, and the rest for stable. */
export const sharesOf = (candidate: string, stable: string, weight: number): readonly Serving[] => [
  { version: candidate, weight },
  { version: stable, weight: 100 - weight },
];

/** The shares of a production that is given to one version whole. */
export const allOn = (version: string): readonly Serving[] => [{ version, weight: 100 }];
