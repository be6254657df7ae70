/** What people can ask to be told about, as a runbook's `notify` names it. */
export const noticeEvents = [
  "started",
  "held",
  "page",
  "warned",
  "rolled-back",
  "halted",
  "finished",
  "failed",
  "interrupted",
  "locked",
  "unlocked",
] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

/** Something people are told. Every text may hold words from outside: a channel escapes all of it. */
export interface Notice {
  /** The same for the same entry of the record, so that a receiver can drop a repetition. */
  readonly id: string;
  /** What a person subscribes to. */
  readonly event: NoticeEvent;
  /** The event more closely, such as `rolled-back-unhealthy`, and the stable code of its cause. */
  readonly outcome: string;
  readonly reason: string;
  /** Whether a person has to do something now. */
  readonly urgent: boolean;
  readonly title: string;
  /** What happened, in full sentences with values, limits and samples. */
  readonly text: string;
  /** What to do next; absent when there is nothing to do. */
  readonly next?: string | undefined;
  readonly environment: string;
  readonly service?: string | undefined;
  /** GitHub's run id of the release; 0 when no release was ever recorded. */
  readonly release: number;
  /** Full commit sha of the release. */
  readonly commit?: string | undefined;
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Page of the run that says this. */
  readonly link?: string | undefined;
}

/** How sending went; `why` never holds the address, which is a secret. */
export type Sent = { readonly sent: true } | { readonly sent: false; readonly why: string };

/** Somewhere people read. */
export interface Channel {
  /** As under `notify` in the runbook, such as `slack`. */
  readonly kind: string;
  /** The events it is for. */
  readonly on: readonly NoticeEvent[];
  /** Sends once, with at most one repetition, until `signal` aborts; never throws. */
  send(notice: Notice, signal: AbortSignal): Promise<Sent>;
}
