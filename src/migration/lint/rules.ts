/** What a migration does besides what it is meant to do. */
export const effects = [
  /** Live traffic waits while the table is read or rewritten. */
  "stalls",
  /** Queries of the version that serves now fail or return nothing. */
  "breaks-reads",
  /** Writes of the version that serves now are refused. */
  "breaks-writes",
  /** Rows or values are gone; only a backup brings them back. */
  "loses-data",
  /** The statement, or the file, cannot be applied. */
  "fails",
  /** Somebody may read or write what they should not. */
  "exposes",
] as const;
export type Effect = (typeof effects)[number];

export const tiers = ["block", "acknowledge", "note"] as const;
export type Tier = (typeof tiers)[number];

interface Rule {
  readonly tier: Tier;
  readonly effects: readonly Effect[];
}

/**
 * Rules about what nobody can know from the file: an answer is somebody's word that the version that serves can work with it.
 * Every other answer says why it is done all the same, and leaves it as breaking as it is.
 */
export const answeredByPromise: ReadonlySet<string> = new Set<RuleName>(["opaque", "replaced"]);

const rule = (tier: Tier, ...what: readonly Effect[]): Rule => ({ tier, effects: what });

/** Every rule: how severe it is by itself, and what it does. What it finds is said in `rule-words.ts`. */
export const rules = {
  syntax: rule("block", "fails", "breaks-reads", "breaks-writes"),
  acknowledgement: rule("block", "fails"),
  "duplicate-column": rule("block", "fails"),
  "nested-transaction": rule("block", "fails"),
  "open-transaction": rule("block", "fails"),
  "concurrently-in-transaction": rule("block", "fails"),
  "required-column": rule("block", "fails", "breaks-writes"),
  "table-rewrite": rule("block", "stalls"),
  "type-change": rule("block", "stalls", "breaks-reads"),
  "foreign-key-scan": rule("block", "stalls", "breaks-writes"),
  "check-scan": rule("block", "stalls", "breaks-writes"),
  "validate-under-lock": rule("block", "stalls"),
  "not-null-scan": rule("block", "stalls", "breaks-writes"),
  "primary-key-build": rule("block", "stalls", "breaks-writes"),
  "unique-build": rule("block", "stalls", "breaks-writes"),
  "index-build": rule("block", "stalls"),
  "index-drop": rule("block", "stalls"),
  reindex: rule("block", "stalls"),
  "detach-partition": rule("block", "stalls"),
  "attach-partition": rule("acknowledge", "stalls", "breaks-writes"),
  "rows-leave": rule("acknowledge", "breaks-reads", "breaks-writes"),
  "full-rewrite": rule("block", "stalls"),
  "explicit-lock": rule("acknowledge", "stalls"),
  "domain-constraint": rule("acknowledge", "stalls", "breaks-writes"),
  "new-constraint": rule("note", "breaks-writes"),
  "unique-index": rule("note", "breaks-writes"),
  "drop-column": rule("acknowledge", "breaks-reads", "loses-data"),
  "drop-table": rule("acknowledge", "breaks-reads", "loses-data"),
  "drop-object": rule("acknowledge", "breaks-reads"),
  "drop-owned": rule("block", "breaks-reads", "breaks-writes", "loses-data"),
  "drop-database": rule("block", "loses-data"),
  "drop-default": rule("acknowledge", "breaks-writes"),
  "drop-not-null": rule("note"),
  rename: rule("acknowledge", "breaks-reads"),
  "set-schema": rule("acknowledge", "breaks-reads"),
  trigger: rule("acknowledge", "breaks-writes"),
  truncate: rule("acknowledge", "loses-data", "stalls"),
  "truncate-cascade": rule("block", "loses-data", "stalls"),
  "whole-table-write": rule("acknowledge", "loses-data", "stalls"),
  "backfill-under-lock": rule("acknowledge", "stalls"),
  "row-security-without-policy": rule("acknowledge", "breaks-reads"),
  "policy-change": rule("acknowledge", "breaks-reads", "exposes"),
  "row-security-forced": rule("acknowledge", "breaks-reads", "breaks-writes"),
  "row-security-off": rule("acknowledge", "exposes"),
  "open-policy": rule("acknowledge", "exposes"),
  "open-grant": rule("acknowledge", "exposes"),
  revoke: rule("acknowledge", "breaks-reads", "breaks-writes"),
  "owner-change": rule("note", "breaks-reads", "breaks-writes"),
  opaque: rule("acknowledge", "breaks-reads", "breaks-writes"),
  replaced: rule("acknowledge", "breaks-reads", "breaks-writes"),
  "maybe-new": rule("note"),
  "enum-order": rule("note"),
} as const satisfies Record<string, Rule>;
export type RuleName = keyof typeof rules;

export const isRule = (name: string): name is RuleName => Object.hasOwn(rules, name);

/** What one statement was found to do; `tier` where what is known of the table changes the rule's own. */
export interface Hazard {
  readonly rule: RuleName;
  readonly message: string;
  readonly rewrite: string;
  readonly tier?: Tier | undefined;
  /** Where this one does less than its rule says. */
  readonly effects?: readonly Effect[] | undefined;
}

/** One hazard, as the list that most statements give. */
export const hazard = <More extends object>(
  rule: RuleName,
  message: string,
  rewrite: string,
  more?: More,
): readonly (Hazard & More)[] => [{ rule, message, rewrite, ...(more as More) }];

/** The rewrite of whatever is taken away while somebody may still use it. */
export const dropLater = "Release a version that does not use it first, and drop it in a later release.";
