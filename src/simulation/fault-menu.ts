/** What goes wrong in one schedule, and how the simulated world goes about it. Times are milliseconds, drawn per schedule. */
export type Trouble =
  | { readonly kind: "none" }
  /** Reads, writes or the record fail for a while; `refused` tells a write that it was not taken. */
  | {
      readonly kind: "outage";
      readonly of: readonly ("platform-read" | "platform-write" | "record" | "metrics" | "machines")[];
      readonly from: readonly [number, number];
    }
  /** Every call takes this long for a while. */
  | { readonly kind: "slow"; readonly each: readonly [number, number] }
  /** The next writes happen and nobody hears of it. */
  | { readonly kind: "answer-lost" }
  /** Writes are acknowledged at once and happen later. */
  | { readonly kind: "ack-before-effect"; readonly after: readonly [number, number] }
  /** A write gets no answer and happens later. */
  | { readonly kind: "late-write"; readonly after: readonly [number, number] }
  /** The job that does the n-th thing from the start is killed, cancelled or frozen there. */
  | { readonly kind: "kill" | "timeout" | "token-expires" | "defect" }
  | { readonly kind: "cancel" | "cancel-at-raise" }
  | { readonly kind: "zombie"; readonly frozen: readonly [number, number] }
  /** Another job starts beside the first. */
  | { readonly kind: "re-run" | "old-release" | "same-again" | "next-release" | "ticks-late" | "pushed-again" }
  | { readonly kind: "evidence"; readonly looks: readonly [number, number] }
  | { readonly kind: "skew"; readonly by: readonly [number, number] }
  | { readonly kind: "partial-restore" | "target-gone" | "person" | "record-unreadable" }
  | { readonly kind: "step-fails"; readonly step: "backup" | "migrate" };

export interface MenuItem {
  /** Number in docs/faults.md. */
  readonly id: string;
  readonly name: string;
  /** Undefined when it cannot be played here; then `why` says where it is proven instead. */
  readonly trouble?: Trouble;
  readonly why?: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The menu of faults; F00 is a day on which nothing goes wrong but, perhaps, the version itself. */
export const menu: readonly MenuItem[] = [
  { id: "F00", name: "nothing goes wrong", trouble: { kind: "none" } },
  {
    id: "F01",
    name: "reads fail",
    trouble: { kind: "outage", of: ["platform-read", "record"], from: [second, 10 * minute] },
  },
  {
    id: "F02",
    name: "rate limit",
    trouble: { kind: "outage", of: ["platform-read", "platform-write"], from: [minute, 10 * minute] },
  },
  { id: "F03", name: "secondary rate limit", trouble: { kind: "outage", of: ["record"], from: [minute, 5 * minute] } },
  { id: "F04", name: "everything is slow", trouble: { kind: "slow", each: [5 * second, 30 * second] } },
  { id: "F05", name: "answer lost after a write", trouble: { kind: "answer-lost" } },
  {
    id: "F06",
    name: "acknowledged before it happens",
    trouble: { kind: "ack-before-effect", after: [10 * second, 5 * minute] },
  },
  { id: "F07", name: "write lands late", trouble: { kind: "late-write", after: [minute, 20 * minute] } },
  { id: "F08", name: "run cancelled", trouble: { kind: "cancel" } },
  { id: "F09", name: "machine lost", trouble: { kind: "kill" } },
  { id: "F10", name: "children outlive their parent", why: "processes; the kill matrix counts them" },
  { id: "F11", name: "job timeout", trouble: { kind: "timeout" } },
  { id: "F12", name: "cancelled in a raise", trouble: { kind: "cancel-at-raise" } },
  { id: "F13", name: "failed jobs re-run", trouble: { kind: "defect" } },
  { id: "F14", name: "all jobs re-run", trouble: { kind: "re-run" } },
  { id: "F15", name: "old run re-run", trouble: { kind: "old-release" } },
  { id: "F16", name: "same push twice", trouble: { kind: "same-again" } },
  { id: "F17", name: "two releases at once", trouble: { kind: "next-release" } },
  { id: "F18", name: "zombie attempt", trouble: { kind: "zombie", frozen: [minute, 2 * hour] } },
  { id: "F19", name: "ticks hours late", trouble: { kind: "ticks-late" } },
  { id: "F20", name: "token expires", trouble: { kind: "token-expires" } },
  { id: "F21", name: "metrics down", trouble: { kind: "outage", of: ["metrics"], from: [minute, 12 * hour] } },
  { id: "F22", name: "metrics are not numbers", trouble: { kind: "evidence", looks: [1, 1_000] } },
  { id: "F23", name: "metrics are stale", trouble: { kind: "evidence", looks: [1, 100] } },
  { id: "F24", name: "too little traffic", trouble: { kind: "evidence", looks: [10_000, 10_000] } },
  { id: "F25", name: "counters start anew", trouble: { kind: "evidence", looks: [1, 2] } },
  { id: "F26", name: "clock is wrong", trouble: { kind: "skew", by: [-10 * minute, 10 * minute] } },
  { id: "F27", name: "partial rollback", trouble: { kind: "partial-restore" } },
  { id: "F28", name: "rollback target gone", trouble: { kind: "target-gone" } },
  { id: "F29", name: "migration fails", trouble: { kind: "step-fails", step: "migrate" } },
  { id: "F30", name: "migration half applied", trouble: { kind: "step-fails", step: "migrate" } },
  { id: "F31", name: "backup cannot be proven", trouble: { kind: "step-fails", step: "backup" } },
  { id: "F32", name: "person moves traffic", trouble: { kind: "person" } },
  { id: "F33", name: "record unreadable", trouble: { kind: "record-unreadable" } },
  { id: "F34", name: "record store down", trouble: { kind: "outage", of: ["record"], from: [minute, 2 * hour] } },
  { id: "F35", name: "our own exception", trouble: { kind: "defect" } },
  { id: "F36", name: "job output dropped", why: "nothing travels by outputs; tested on the workflows" },
  { id: "F37", name: "summary too large", why: "moves no traffic; tested on the summary" },
  { id: "F38", name: "notification fails", why: "never part of a verdict; tested on the channels" },
  { id: "F39", name: "runbook changes meanwhile", why: "the plan is pinned in the record; tested on the actions" },
  {
    id: "F40",
    name: "GitHub is down",
    trouble: { kind: "outage", of: ["record", "machines"], from: [10 * minute, 4 * hour] },
  },
  { id: "F41", name: "another build was shipped", why: "a matter of the platform; tested on the targets" },
  { id: "F42", name: "bad commit pushed again", trouble: { kind: "pushed-again" } },
];
