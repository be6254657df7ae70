import type { GateEvidence } from "./gate/judgement.ts";
import { type GateState, waivePages } from "./gate.ts";
import type { ReleaseState } from "./record.ts";
import type { Notable } from "./release.ts";
import type { Verdict } from "./verdict.ts";

export interface Notices {
  /** The first page-limit that is broken and that nobody waived; its code is the limit as it is written. */
  readonly page?: Notable;
  readonly warnings: readonly Notable[];
}

/** What people have to hear of a gate's verdict besides whether the release goes on. */
export function noticesIn({ evidence, message, reason }: Verdict): Notices {
  const { limits = [], waived = [] } = (evidence ?? {}) as Partial<GateEvidence>;
  const broken = limits.filter(({ standing }) => standing === "broken");
  const paging = broken.find(({ level, limit }) => level === "page" && !waived.includes(limit));
  const warnings = broken
    .filter(({ level }) => level === "warn")
    .map(({ limit, seen }) => ({ reason: limit, message: `${seen} breaks \`${limit}\`.` }));
  return paging !== undefined && reason === "page-limit-broken"
    ? { page: { reason: paging.limit, message }, warnings }
    : { warnings };
}

type Asked = NonNullable<ReleaseState["people"]["question"]>;

/** The gate after a person said to go on in spite of the page-limit that was asked about. */
export const waivedBy = (gate: GateState, asked: Asked | null): GateState =>
  asked?.about === "page" && asked.answered && gate.waived?.includes(asked.reason) !== true
    ? waivePages(gate, asked.reason)
    : gate;
