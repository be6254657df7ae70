import type { NoData, Window } from "../metric-provider.ts";
import { noData } from "./no-data.ts";

const MINUTE = 60_000;
/** Platforms count a request some time after it was answered; minutes younger than this are not whole yet. */
const SETTLING = 2 * MINUTE;

/** Which minutes of a platform's own counts have ended and were not counted yet, per version. */
export interface WholeMinutes {
  /** From the first whole minute of the window on, or from where the last count ended, to the newest settled minute. */
  of(window: Window, version: string, now: number): Window | NoData;
  counted(window: Window, version: string): void;
}

export function wholeMinutes(): WholeMinutes {
  const until = new Map<string, number>();
  return {
    of({ from, to }, version, now) {
      const begin = until.get(version) ?? Math.ceil(from / MINUTE) * MINUTE;
      const end = Math.floor(Math.min(to, now - SETTLING) / MINUTE) * MINUTE;
      if (end > begin) return { from: begin, to: end };
      return noData("first-look", "No minute of this share has ended and settled since the last look; looking again.");
    },
    counted: ({ to }, version) => void until.set(version, to),
  };
}
