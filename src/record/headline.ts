import type { Entry } from "../record.ts";
import { shortVersion } from "../short-version.ts";

/** One line for people and for the record's own history, such as `canary 5%: pass (limits-kept)`. */
export function headline(entry: Entry): string {
  switch (entry.kind) {
    case "started":
      return `release ${entry.release} started: ${entry.commit.slice(0, 12)}`;
    case "resumed":
      return `release ${entry.release} resumed by attempt ${entry.by.attempt}`;
    case "step":
      return `${entry.stage}: ${entry.step} ${entry.outcome} (${entry.reason})`;
    case "intent":
      return `${entry.stage}: about to give the candidate ${entry.weight}%`;
    case "result":
      return `candidate at ${entry.weight}%: ${entry.outcome}`;
    case "verdict":
      return `canary ${entry.weight}%: ${entry.verdict} (${entry.reason})`;
    case "interrupted":
      return `interrupted (${entry.reason})`;
    case "rollback":
      return `${entry.as}: traffic to ${shortVersion(entry.to)} (${entry.reason})`;
    case "ended":
      return `release ${entry.release} ${entry.as} (${entry.reason})`;
    case "approval":
      return `${entry.stage}: approved by ${entry.by.actor} as ${entry.role}`;
    case "signature":
      return `signed by ${entry.by.actor} as ${entry.role}`;
    case "attested":
      return `${entry.stage}: task done, says ${entry.by.actor} as ${entry.role}`;
    case "order":
      return `${entry.by.actor} says ${entry.order}${entry.reason === "" ? "" : `: ${entry.reason}`}`;
    case "skipped":
      return `${entry.stage}: ${entry.step} skipped by ${entry.by.actor}: ${entry.reason}`;
    case "asked":
      return `${entry.stage}: ${entry.step} asks a person (${entry.reason})`;
    case "warned":
      return `${entry.stage}: warning (${entry.reason})`;
    case "stepped-back":
      return `${entry.stage}: back by one share (${entry.reason})`;
    case "look":
      return `${entry.stage}: watch ${entry.verdict} (${entry.reason})`;
    case "changing":
      return `${entry.stage}: about to turn ${entry.what} ${entry.to}`;
    case "changed":
      return `${entry.stage}: ${entry.what} ${entry.failed === true ? "not " : ""}${entry.to}`;
    case "recovery":
      return entry.healthy ? "what serves now does its work" : "what serves now is NOT healthy";
    case "queued":
      return `release ${entry.release} of ${entry.commit.slice(0, 12)} waits (${entry.reason})`;
    case "dequeued":
      return `release ${entry.release} waits no more (${entry.reason})`;
    case "locked":
      return `locked by ${entry.by.actor}: ${entry.reason}`;
    case "unlocked":
      return `unlocked by ${entry.by.actor}`;
  }
}
