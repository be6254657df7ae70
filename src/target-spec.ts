import * as z from "zod";
import { adminAddress, command, secretReference, urlPath } from "./field.ts";

/** Processes on this machine behind a router: for rehearsals and for a first try. */
const local = z.strictObject({
  admin: adminAddress.meta({ description: "Where the router takes orders." }),
  token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
  start: command.meta({ description: "Starts one version; it listens on $PORT." }),
  health: urlPath.meta({ description: "Answers 200 once the version is ready." }),
});
export type LocalTarget = z.infer<typeof local>;

/** Where versions run, keyed by the platform's name: exactly one. A platform is added as one more member. */
export const targetSchema = z.union([z.strictObject({ local })]);
export type TargetSpec = z.infer<typeof targetSchema>;

/** What a candidate can get on a platform: percent of requests, whole hosts, or nothing between none and all. */
export type Shifts = "traffic" | "hosts" | "all-at-once";

const shiftsByPlatform: Readonly<Record<string, Shifts>> = {
  local: "traffic",
};

/** How the named platform divides production, read from data that may be broken elsewhere; undefined when it names none. */
export function shiftsOf(target: unknown): Shifts | undefined {
  if (typeof target !== "object" || target === null) return undefined;
  const [platform = ""] = Object.keys(target);
  return Object.hasOwn(shiftsByPlatform, platform) ? shiftsByPlatform[platform] : undefined;
}
