import type { Channel, Notice, NoticeEvent } from "./channel.ts";
import type { Ports } from "./ports.ts";
import type { Ending, Entry, EntryOf, EnvironmentRecord } from "./record.ts";
import { shortVersion } from "./short-version.ts";

/** Where a notice sends its reader. */
export interface NoticeLinks {
  /** Page of the run that appended the entry; undefined outside of a workflow. */
  readonly run?: string | undefined;
}

/** Longest anybody waits for a channel: notices are best effort, a release is not. */
const noticeWithinMs = 3_000;
/** A cancelled job has little time left, and the rollback job begins when it ends. */
const partingWithinMs = 1_000;

type Words = Pick<Notice, "event" | "outcome" | "reason" | "urgent" | "title" | "text" | "next">;

/**
 * What people are told about an entry of the record, `record` being the one after it; undefined for what only the
 * record needs to know. Every entry worth telling is the last thing its process does or comes after the platform was
 * written, so that waiting for a channel never delays a rollback.
 */
export function noticeOf(entry: Entry, record: EnvironmentRecord, { run }: NoticeLinks): Notice | undefined {
  const words = wordsFor(entry, record);
  if (words === undefined) return undefined;
  const release = record.release?.id === entry.release ? record.release : null;
  return {
    id: `${record.environment}/${entry.release}/${words.event}/${entry.at}`,
    ...words,
    environment: record.environment,
    service: release?.plan.service,
    release: entry.release,
    commit: entry.kind === "queued" ? entry.commit : release?.commit,
    actor: entry.by.actor,
    at: entry.at,
    link: run,
  };
}

function wordsFor(entry: Entry, record: EnvironmentRecord): Words | undefined {
  switch (entry.kind) {
    case "started":
      return started(entry, record.environment);
    case "step":
      return entry.outcome === "held" ? held(entry, record.environment) : undefined;
    case "rollback":
      return wentBack(entry, record);
    case "interrupted":
      return interrupted(entry, record.environment);
    case "ended":
      return ended(entry, record);
    case "locked":
      return locked(entry, record.environment);
    case "unlocked":
      return unlocked(entry, record.environment);
    case "asked":
      return asked(entry, record.environment);
    case "warned":
      return warned(entry, record.environment);
    case "stepped-back":
      return steppedBack(entry, record.environment);
    case "recovery":
      return entry.healthy ? undefined : unhealthy(entry, record.environment);
    case "resumed":
    case "intent":
    case "result":
    case "verdict":
    case "approval":
    case "signature":
    case "attested":
    case "order":
    case "skipped":
    case "look":
    case "changing":
    case "changed":
      return undefined;
    case "queued":
      return inLine(entry, record.environment);
    case "dequeued":
      return leftLine(entry, record.environment);
  }
}

function started(entry: EntryOf<"started">, environment: string): Words {
  const stages = entry.plan.stages.map(({ name }) => name).join(", ");
  return {
    event: "started",
    outcome: "started",
    reason: "started",
    urgent: false,
    title: `${entry.plan.service}: release ${entry.release} to ${environment} started`,
    text: `Commit ${shortVersion(entry.commit)} goes through ${stages}; the way back is ${shortVersion(entry.stable)}.`,
  };
}

function held(entry: EntryOf<"step">, environment: string): Words {
  return {
    event: "held",
    outcome: "held",
    reason: entry.reason,
    urgent: true,
    title: `Release ${entry.release} to ${environment} waits at ${entry.step} of stage ${entry.stage}`,
    text: entry.message,
    next: entry.reason.startsWith("awaiting-")
      ? "Nothing moves until somebody answers; the text says who, and with which comment."
      : "Nothing moves until this is proven. Mend the cause and run the failed jobs of the run again.",
  };
}

function inLine(entry: EntryOf<"queued">, environment: string): Words {
  return {
    event: "held",
    outcome: "queued",
    reason: entry.reason,
    urgent: false,
    title: `Release ${entry.release} to ${environment} waits in line`,
    text: `Commit ${shortVersion(entry.commit)}: ${entry.message}`,
    next: "It is begun by itself; a newer push takes its place.",
  };
}

function leftLine(entry: EntryOf<"dequeued">, environment: string): Words {
  return {
    event: "failed",
    outcome: "not-begun",
    reason: entry.reason,
    urgent: false,
    title: `Release ${entry.release} to ${environment} waited in line and does not begin`,
    text: entry.message,
    next: "Production is untouched. Mend the cause, then push again.",
  };
}

function asked(entry: EntryOf<"asked">, environment: string): Words {
  const { decideBy } = entry;
  return {
    event: "page",
    outcome: "page",
    reason: entry.reason,
    urgent: true,
    title: `Release ${entry.release} to ${environment} needs a decision about ${entry.weight}%`,
    text: entry.message,
    next:
      "Comment `/continue` or `/rollback`." +
      (decideBy === null ? "" : ` Without a word by ${new Date(decideBy).toISOString()} traffic goes back.`),
  };
}

function warned(entry: EntryOf<"warned">, environment: string): Words {
  return {
    event: "warned",
    outcome: "warned",
    reason: entry.reason,
    urgent: false,
    title: `Release ${entry.release} to ${environment}: a warning at ${entry.step} of stage ${entry.stage}`,
    text: entry.message,
  };
}

function steppedBack(entry: EntryOf<"stepped-back">, environment: string): Words {
  return {
    event: "page",
    outcome: "stepped-back",
    reason: entry.reason,
    urgent: true,
    title: `Release ${entry.release} to ${environment} goes back by one share of stage ${entry.stage}`,
    text: entry.message,
    next: "Comment `/continue` to let it try again, or `/rollback`; without a word it goes back to stable.",
  };
}

function unhealthy(entry: EntryOf<"recovery">, environment: string): Words {
  return {
    event: "rolled-back",
    outcome: "rolled-back-unhealthy",
    reason: "not-recovered",
    urgent: true,
    title: `Release ${entry.release} to ${environment} was rolled back, and what serves now is NOT healthy`,
    text: entry.message,
    next: rolledBackNext("rolled-back-unhealthy", environment),
  };
}

const rolledBackTitle: Readonly<Record<EntryOf<"rollback">["as"], string>> = {
  "rolled-back": "was rolled back",
  "rolled-back-unhealthy": "was rolled back, and the version that serves is NOT healthy",
  "rollback-incomplete": "is only PARTLY rolled back",
  held: "was put back unproven",
};

const rolledBackNext = (as: EntryOf<"rollback">["as"], environment: string): string => {
  switch (as) {
    case "rolled-back":
      return "The commit is rejected until it is fixed: push a new one, or revert it.";
    case "rolled-back-unhealthy":
      return `Users are affected: look at the version that serves now, or return to another one with \`sluice rollback --environment ${environment} --to VERSION\`.`;
    case "rollback-incomplete":
      return "Run the rollback again now, or move traffic on the platform by hand.";
    case "held":
      return "The commit is not at fault: run it again when there is enough traffic to judge it.";
  }
};

function wentBack(entry: EntryOf<"rollback">, { environment }: EnvironmentRecord): Words {
  const { as, reason, message, to } = entry;
  const what = entry.release > 0 ? `Release ${entry.release} to ${environment}` : environment;
  return {
    event: as === "held" ? "held" : "rolled-back",
    outcome: as,
    reason,
    urgent: as === "rolled-back-unhealthy" || as === "rollback-incomplete",
    title: `${what} ${rolledBackTitle[as]}`,
    text: `${as === "rollback-incomplete" ? "Wanted" : "Serving now"}: ${shortVersion(to)}. Reason: ${reason}. ${message}`,
    next: rolledBackNext(as, environment),
  };
}

function interrupted(entry: EntryOf<"interrupted">, environment: string): Words {
  return {
    event: "interrupted",
    outcome: "interrupted",
    reason: entry.reason,
    urgent: false,
    title: `Release ${entry.release} to ${environment} was interrupted`,
    text: entry.message,
    next: "The rollback job gives traffic back; if no message says so within minutes, dispatch the rollback workflow.",
  };
}

const endings: Readonly<
  Record<EntryOf<"ended">["as"], { event: NoticeEvent; title: string; next?: string } | undefined>
> = {
  done: { event: "finished", title: "is finished" },
  failed: {
    event: "failed",
    title: "failed before it took traffic",
    next: "Production is untouched. Mend the cause, then push or run the failed jobs again.",
  },
  halted: {
    event: "halted",
    title: "halted: production is not as the release left it",
    next: "Somebody moved traffic by hand and nothing is changed against them. Look at what serves, then dispatch the rollback workflow with a version, or push again.",
  },
  // The newer release tells its own story.
  superseded: undefined,
};

function ended(entry: EntryOf<"ended">, { environment }: EnvironmentRecord): Words | undefined {
  const words = endings[entry.as];
  if (words === undefined) return undefined;
  return {
    event: words.event,
    outcome: entry.as satisfies Ending,
    reason: entry.reason,
    urgent: entry.as === "halted",
    title: `Release ${entry.release} to ${environment} ${words.title}`,
    text: entry.message,
    next: words.next,
  };
}

function locked(entry: EntryOf<"locked">, environment: string): Words {
  return {
    event: "locked",
    outcome: "locked",
    reason: "locked",
    urgent: false,
    title: `${environment} is locked: no release gets traffic`,
    text: `${entry.by.actor} says: ${entry.reason}`,
    next: `Rolling back works all the time. When releases may go on: sluice unlock --environment ${environment}`,
  };
}

function unlocked(entry: EntryOf<"unlocked">, environment: string): Words {
  return {
    event: "unlocked",
    outcome: "unlocked",
    reason: "unlocked",
    urgent: false,
    title: `${environment} is unlocked: releases may go on`,
    text: entry.reason === "" ? `Unlocked by ${entry.by.actor}.` : `${entry.by.actor} says: ${entry.reason}`,
  };
}

/**
 * Tells a notice on every channel that is for it, side by side, within a bound. Never throws and never says where it
 * wrote to: what went wrong becomes a warning and nothing else.
 */
export async function tell(
  notice: Notice,
  channels: readonly Channel[],
  { clock, log }: Pick<Ports, "clock" | "log">,
): Promise<void> {
  const wanted = channels.filter(({ on }) => on.includes(notice.event));
  if (wanted.length === 0) return;
  const over = new AbortController();
  const done = new AbortController();
  const withinMs = notice.event === "interrupted" ? partingWithinMs : noticeWithinMs;
  clock.sleep(withinMs, done.signal).then(
    () => over.abort(new Error(`no answer within ${withinMs} ms`)),
    () => undefined,
  );
  const results = await Promise.all(
    wanted.map(async (channel) => ({ kind: channel.kind, sent: await channel.send(notice, over.signal) })),
  );
  done.abort();
  for (const { kind, sent } of results)
    if (!sent.sent)
      log.warn(`Nobody was told on ${kind} about this (${notice.outcome}): ${sent.why}. The release itself goes on.`);
}
