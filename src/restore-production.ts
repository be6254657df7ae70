import type { Advance } from "./advance.ts";
import type { DeployTarget } from "./deploy-target.ts";
import type { Ports } from "./ports.ts";
import type { Author } from "./record/author.ts";
import type { Entry, ReleaseState } from "./record.ts";
import type { RecordSnapshot, RecordStore } from "./record-store.ts";
import { asAsked, undoRest } from "./restore-production/asked-by-person.ts";
import { servingAll } from "./restore-production/give-back.ts";
import { recovered } from "./restore-production/recovery.ts";
import { asSecondLine } from "./restore-production/second-line.ts";
import type { Witness } from "./rollback.ts";
import type { Verdict } from "./verdict.ts";

/** Everything a rollback needs, opened by whoever asks for it: an action of a workflow, or a command on a laptop. */
export interface RestoreScene {
  readonly environment: string;
  /** Version to return to; what served before the newest release when absent. */
  readonly to?: string | undefined;
  /** Go back only if this release is the one under way; absent when a person decides. */
  readonly release?: number | undefined;
  readonly reason: string;
  /** Go back over a migration that the version may not work with; only a person says so. */
  readonly force?: boolean | undefined;
  readonly author: Author;
  readonly ports: Ports;
  readonly store: RecordStore;
  readonly target: DeployTarget;
  /** The record as it was known last, for when the store cannot be reached. */
  readonly lastSeen?: (() => Promise<RecordSnapshot | undefined>) | undefined;
  /** What GitHub's newest deployment says, for when the record cannot be read; absent where nobody can ask. */
  readonly witness?: (() => Promise<Witness | undefined>) | undefined;
  /** Moves nothing: writes down a rollback that was done while the record could not be reached. */
  readonly onlyRecord?: boolean | undefined;
  /** Turns off what a release had turned on; the record says what. */
  readonly change?: Advance["change"];
  readonly onEntry: (entry: Entry, snapshot: RecordSnapshot) => Promise<void>;
  /** Shows a record that has ended to people: whoever ended it may have died before that. */
  readonly show?: ((snapshot: RecordSnapshot) => Promise<void>) | undefined;
  /** Whether what serves now does its work; undefined when nothing can tell. Asked when traffic is back and told. */
  readonly prove?: ((release: ReleaseState | undefined) => Promise<Verdict | undefined>) | undefined;
}

export interface Restored {
  readonly verdict: Verdict;
  /** The version that serves all traffic now; undefined when there is none, or when it cannot be read. */
  readonly version: string | undefined;
}

/**
 * Gives production back. As the second line of one release it asks `decide` like everybody else; asked by a person it
 * needs only the platform: not the runbook, not the record, not a metric, not a lock.
 */
export async function restoreProduction(scene: RestoreScene): Promise<Restored> {
  const verdict = scene.release === undefined ? await asAsked(scene) : await asSecondLine(scene, scene.release);
  if (scene.release === undefined && verdict.verdict === "pass") await undoRest(scene);
  const version = await scene.target.observe().then(servingAll, () => undefined);
  const proven = verdict.verdict === "pass" && wentBack.has(verdict.reason) ? await recovered(scene, verdict) : verdict;
  return { verdict: proven, version };
}

/** Verdicts after which users are served by another version than before. */
const wentBack: ReadonlySet<string> = new Set(["rolled-back", "held"]);
