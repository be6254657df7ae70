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
  /** One line for the table in the documentation. */
  readonly about: string;
}

/**
 * Rules about what nobody can know from the file: an answer is somebody's word that the version that serves can work with it.
 * Every other answer says why it is done all the same, and leaves it as breaking as it is.
 */
export const answeredByPromise: ReadonlySet<string> = new Set<RuleName>(["opaque", "replaced"]);

const rule = (tier: Tier, about: string, ...what: readonly Effect[]): Rule => ({ tier, effects: what, about });

/** Every rule: how severe it is by itself, and what it says about the version that serves now. */
export const rules = {
  syntax: rule("block", "a statement PostgreSQL cannot read", "fails", "breaks-reads", "breaks-writes"),
  acknowledgement: rule("block", "a `sluice: allow` comment without a known rule or a reason", "fails"),
  "duplicate-column": rule("block", "a column named twice in one statement", "fails"),
  "nested-transaction": rule("block", "BEGIN or COMMIT where the transaction is already open or not open", "fails"),
  "open-transaction": rule("block", "a transaction that the file never ends", "fails"),
  "concurrently-in-transaction": rule("block", "CONCURRENTLY inside a transaction", "fails"),
  "required-column": rule(
    "block",
    "a NOT NULL column without a default on a table with rows",
    "fails",
    "breaks-writes",
  ),
  "table-rewrite": rule("block", "a default or a generated column that rewrites the table", "stalls"),
  "type-change": rule("block", "another type for a column", "stalls", "breaks-reads"),
  "foreign-key-scan": rule("block", "a foreign key that is validated at once", "stalls", "breaks-writes"),
  "check-scan": rule("block", "a check that is validated at once", "stalls", "breaks-writes"),
  "validate-under-lock": rule("block", "VALIDATE in the transaction that added the constraint", "stalls"),
  "not-null-scan": rule(
    "block",
    "SET NOT NULL, or a primary key of columns that may be null, without a validated check",
    "stalls",
    "breaks-writes",
  ),
  "primary-key-build": rule("block", "a primary key that builds its index under lock", "stalls", "breaks-writes"),
  "unique-build": rule("block", "a unique constraint that builds its index under lock", "stalls", "breaks-writes"),
  "index-build": rule("block", "CREATE INDEX without CONCURRENTLY", "stalls"),
  "index-drop": rule("block", "DROP INDEX without CONCURRENTLY", "stalls"),
  reindex: rule("block", "REINDEX without CONCURRENTLY", "stalls"),
  "detach-partition": rule("block", "DETACH PARTITION without CONCURRENTLY", "stalls"),
  "attach-partition": rule(
    "acknowledge",
    "ATTACH PARTITION or PARTITION OF: rows are read under lock",
    "stalls",
    "breaks-writes",
  ),
  "rows-leave": rule(
    "acknowledge",
    "DETACH PARTITION or NO INHERIT: rows are no part of their parent any more",
    "breaks-reads",
    "breaks-writes",
  ),
  "full-rewrite": rule("block", "VACUUM FULL, CLUSTER, SET TABLESPACE and what else rewrites a whole table", "stalls"),
  "explicit-lock": rule("acknowledge", "LOCK TABLE", "stalls"),
  "domain-constraint": rule("acknowledge", "a constraint on a domain", "stalls", "breaks-writes"),
  "new-constraint": rule("note", "a constraint that old writes have to meet, validated apart", "breaks-writes"),
  "unique-index": rule("note", "a unique index that old writes have to meet", "breaks-writes"),
  "drop-column": rule("acknowledge", "DROP COLUMN", "breaks-reads", "loses-data"),
  "drop-table": rule("acknowledge", "DROP TABLE", "breaks-reads", "loses-data"),
  "drop-object": rule("acknowledge", "DROP of a view, function, type, sequence, schema or role", "breaks-reads"),
  "drop-owned": rule("block", "DROP OWNED", "breaks-reads", "breaks-writes", "loses-data"),
  "drop-database": rule("block", "DROP DATABASE", "loses-data"),
  "drop-default": rule("acknowledge", "DROP DEFAULT, DROP IDENTITY or DROP EXPRESSION", "breaks-writes"),
  "drop-not-null": rule("note", "DROP NOT NULL: old code may meet a null it does not expect"),
  rename: rule("acknowledge", "RENAME of a table, column, type, value or function", "breaks-reads"),
  "set-schema": rule("acknowledge", "SET SCHEMA", "breaks-reads"),
  trigger: rule("acknowledge", "a trigger on a table in use", "breaks-writes"),
  truncate: rule("acknowledge", "TRUNCATE", "loses-data", "stalls"),
  "truncate-cascade": rule("block", "TRUNCATE ... CASCADE", "loses-data", "stalls"),
  "whole-table-write": rule("acknowledge", "UPDATE or DELETE of every row", "loses-data", "stalls"),
  "backfill-under-lock": rule("acknowledge", "rows changed in the transaction that changed their table", "stalls"),
  "row-security-without-policy": rule("acknowledge", "ENABLE ROW LEVEL SECURITY without a policy", "breaks-reads"),
  "policy-change": rule(
    "acknowledge",
    "DROP POLICY, ALTER POLICY, or a view that asks as somebody else",
    "breaks-reads",
    "exposes",
  ),
  "row-security-forced": rule("acknowledge", "FORCE ROW LEVEL SECURITY", "breaks-reads", "breaks-writes"),
  "row-security-off": rule("acknowledge", "DISABLE or NO FORCE ROW LEVEL SECURITY", "exposes"),
  "open-policy": rule("acknowledge", "a policy that lets everybody through", "exposes"),
  "open-grant": rule("acknowledge", "rights for PUBLIC or for everybody who is anonymous", "exposes"),
  revoke: rule("acknowledge", "REVOKE of rights or of a role", "breaks-reads", "breaks-writes"),
  "owner-change": rule(
    "note",
    "OWNER TO or REASSIGN OWNED: the owner of before loses its rights",
    "breaks-reads",
    "breaks-writes",
  ),
  opaque: rule(
    "acknowledge",
    "what cannot be read before it runs (`DO`, `CALL`, a function of yours), or is judged by no rule",
    "breaks-reads",
    "breaks-writes",
  ),
  replaced: rule(
    "acknowledge",
    "CREATE OR REPLACE of a function or a view that is there",
    "breaks-reads",
    "breaks-writes",
  ),
  "maybe-new": rule("note", "IF NOT EXISTS of a table, where no database was asked whether it is there"),
  "enum-order": rule("note", "a new enum value without BEFORE or AFTER"),
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
