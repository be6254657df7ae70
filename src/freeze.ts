import * as z from "zod";
import { expecting } from "./expectation.ts";
import { listOf } from "./field.ts";

const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

/** A part of every week, by the clocks of one place. Minutes are counted from Monday, 00:00. */
export const freezeWindow = z.strictObject({
  from: z.number().int().min(0).max(weekMinutes),
  until: z.number().int().min(0).max(weekMinutes),
  /** IANA name, such as `Europe/Madrid`. */
  zone: z.string(),
  /** As it was written. */
  text: z.string(),
});
export type FreezeWindow = z.infer<typeof freezeWindow>;

/** Reads `Fri 16:00 - Mon 08:00 Europe/Madrid`; undefined when it is anything else, or a zone nobody knows. */
export function parseFreeze(text: string): FreezeWindow | undefined {
  const match = /^(\w{3})\s+(\d{2}):(\d{2})\s*-\s*(\w{3})\s+(\d{2}):(\d{2})\s+(\S+)$/.exec(text.trim());
  if (match === null) return undefined;
  const [, fromDay, fromHour, fromMinute, untilDay, untilHour, untilMinute, zone = ""] = match;
  const from = minuteOfWeek(fromDay, fromHour, fromMinute);
  const until = minuteOfWeek(untilDay, untilHour, untilMinute);
  if (from === undefined || until === undefined || from === until || !isZone(zone)) return undefined;
  return { from, until, zone, text: text.trim() };
}

/** As a runbook writes it. */
export const freeze = listOf(
  z.string({ error: expecting("freeze") }).transform((text, context): FreezeWindow => {
    const window = parseFreeze(text);
    if (window !== undefined) return window;
    context.addIssue({ code: "custom", message: "freeze" });
    return z.NEVER;
  }),
).meta({
  description:
    "Parts of the week in which nothing begins and no traffic is raised: `Fri 16:00 - Mon 08:00 Europe/Madrid`.",
});

function minuteOfWeek(day = "", hour = "", minute = ""): number | undefined {
  const index = days.findIndex((known) => known.toLowerCase() === day.toLowerCase());
  const [h, m] = [Number(hour), Number(minute)];
  return index < 0 || h > 23 || m > 59 ? undefined : index * dayMinutes + h * 60 + m;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

/** The minute of the week that the clocks of a place show; seconds are cut off. */
function minuteThere(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return minuteOfWeek(parts.get("weekday"), parts.get("hour"), parts.get("minute")) ?? 0;
}

const isWithin = ({ from, until }: FreezeWindow, minute: number) =>
  from < until ? minute >= from && minute < until : minute >= from || minute < until;

/**
 * The window that is open at `now`, and when it ends (milliseconds since the epoch); undefined outside of every window.
 * Where clocks are put forward or back inside a window, it ends when the clocks of the place show its end.
 */
export function frozenAt(
  windows: readonly FreezeWindow[],
  now: number,
): { readonly window: FreezeWindow; readonly until: number } | undefined {
  for (const window of windows) {
    const minute = minuteThere(now, window.zone);
    if (!isWithin(window, minute)) continue;
    const left = (window.until - minute + weekMinutes) % weekMinutes;
    const guess = Math.floor(now / 60_000) * 60_000 + left * 60_000;
    // An hour that is skipped or repeated before the end shifts it by what the clocks then differ.
    const off = (minuteThere(guess, window.zone) - window.until + weekMinutes) % weekMinutes;
    const correction = off > weekMinutes / 2 ? off - weekMinutes : off;
    return { window, until: guess - correction * 60_000 };
  }
  return undefined;
}
