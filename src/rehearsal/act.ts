import type { Fault } from "./github-twin/faults.ts";

/** What a rehearsed platform does wrong from now on; all that is not named is mended. */
export interface PlatformFaults {
  /** Every answer comes this much later, after its effect. */
  readonly delayMs?: number;
  /** So many of the next writes are answered 503, or 429, and have no effect. */
  readonly refuseWrites?: number;
  readonly limitWrites?: number;
  /** So many of the next writes take effect and are never answered. */
  readonly loseAnswers?: number;
}

/** One thing that happens in the world around a release. */
export type Deed =
  /** The machine of the running step is lost: SIGKILL to all of it. */
  | { readonly do: "lose-machine" }
  /** Somebody presses the cancel button. */
  | { readonly do: "cancel" }
  /** Somebody pushes the next change. */
  | { readonly do: "push"; readonly change: string }
  /** Somebody moves all traffic on the platform, past us. */
  | { readonly do: "move-traffic"; readonly to: "candidate" | "stable" }
  | { readonly do: "break-platform"; readonly faults: PlatformFaults }
  | { readonly do: "break-github"; readonly faults: readonly Fault[] }
  | { readonly do: "mend-github" }
  /** Somebody comments on issue 1. */
  | { readonly do: "comment"; readonly body: string; readonly by: string }
  /** Somebody runs a finished run again. */
  | { readonly do: "rerun"; readonly run: "first" | "second"; readonly which: "failed" | "all" }
  /** Somebody, or a schedule, starts a workflow. */
  | { readonly do: "dispatch"; readonly workflow: string };

/** When it happens: at the first line of any job's log that matches, or when every run before it has ended. */
export type Act = Deed & ({ readonly on: RegExp } | { readonly on: "quiet" });
