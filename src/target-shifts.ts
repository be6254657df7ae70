/** What a candidate can get on a platform: percent of requests, whole hosts, or nothing between none and all. */
export const everyShifts = ["traffic", "hosts", "all-at-once"] as const;
export type Shifts = (typeof everyShifts)[number];

const shiftsByPlatform: Readonly<Record<string, Shifts>> = {
  local: "traffic",
  vercel: "traffic",
  compose: "traffic",
  render: "all-at-once",
};

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How the named platform divides production, read from data that may be broken elsewhere; undefined when it names none. */
export function shiftsOf(target: unknown): Shifts | undefined {
  if (!isPlain(target)) return undefined;
  const { command } = target;
  if (isPlain(command)) {
    // What the commands can do is for their owner to say.
    const { shifts = "traffic" } = command;
    return everyShifts.find((known) => known === shifts);
  }
  const [platform = ""] = Object.keys(target);
  return Object.hasOwn(shiftsByPlatform, platform) ? shiftsByPlatform[platform] : undefined;
}

/** How many hosts the named platform has, read from data that may be broken elsewhere; 1 where it is all one. */
export function hostsIn(target: unknown): number {
  const compose = isPlain(target) ? target["compose"] : undefined;
  const hosts = isPlain(compose) ? compose["hosts"] : undefined;
  return isPlain(hosts) ? Math.max(1, Object.keys(hosts).length) : 1;
}
