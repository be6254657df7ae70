import type { NoData } from "../metric-provider.ts";

/** Why there are no numbers this time: a stable code, and a sentence for people. */
export const noData = (reason: string, message: string): NoData => ({ kind: "no-data", reason, message });

export const isNoData = (found: object): found is NoData => "kind" in found && found.kind === "no-data";
