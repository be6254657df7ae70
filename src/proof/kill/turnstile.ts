/** One change that an action asks of the world outside of it. */
export interface Change {
  readonly where: "github" | "platform" | "database";
  /** Such as `POST git/commits`, `PUT weights` or `create table`. */
  readonly what: string;
}

export const sides = ["before", "after"] as const;
export const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;

/** Where a process is hit: in front of its n-th change, or when that has happened and nobody told it yet. */
export interface Blow {
  /** Its number, from 0, or what it is: then the first of that kind. */
  readonly change: number | string;
  readonly side: (typeof sides)[number];
  readonly signal: (typeof signals)[number];
}

export interface Victim {
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
}

/**
 * Every change that an action asks for passes here, one after the other, and waits while its process is being hit: that
 * is how a process is stopped exactly in front of and right behind each of its effects without touching its code.
 */
export interface Turnstile {
  /** Counts the changes of one process from now on, and hits it at one of them; `onBlow` is told when it does. */
  watch(victim: Victim, blow?: Blow, onBlow?: () => void): void;
  /** The changes since, and whether the blow fell. */
  leave(): { readonly changes: readonly Change[]; readonly struck: boolean };
  /** Called in front of a change; with `false` it must not happen. Otherwise the number to call `behind` with. */
  before(change: Change): Promise<number | false>;
  /** Called when a change has happened; with `false` nobody is left to hear of it. */
  behind(index: number): Promise<boolean>;
}

export function createTurnstile(): Turnstile {
  let victim: Victim | undefined;
  let blow: Blow | undefined;
  let tell: (() => void) | undefined;
  let struck = false;
  let changes: Change[] = [];

  const hit = async (signal: Blow["signal"]): Promise<boolean> => {
    if (victim === undefined || struck) return true;
    struck = true;
    signalGroup(victim.pid, signal);
    tell?.();
    if (signal !== "SIGKILL") return true;
    await victim.ended;
    return false;
  };
  const due = (index: number, side: Blow["side"]) =>
    blow?.side === side && (blow.change === index || blow.change === changes[index]?.what);

  return {
    watch(next, at, onBlow) {
      victim = next;
      blow = at;
      tell = onBlow;
      struck = false;
      changes = [];
    },
    leave() {
      const seen = { changes, struck };
      victim = undefined;
      blow = undefined;
      return seen;
    },
    async before(change) {
      const index = victim === undefined ? -1 : changes.push(change) - 1;
      if (due(index, "before") && blow !== undefined && !(await hit(blow.signal))) return false;
      return index;
    },
    async behind(index) {
      return !(due(index, "after") && blow !== undefined) || hit(blow.signal);
    },
  };
}

/** The whole group, as when a terminal or a machine goes away. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already, which no signal can hurry.
  }
}
