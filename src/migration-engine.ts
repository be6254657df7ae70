/** One migration as the engine sees it. */
export interface Migration {
  /** Name as recorded in the history, such as `0002_add_note.sql`. */
  readonly name: string;
  /** sha256 of the file's bytes, hexadecimal; undefined when only the history knows the migration. */
  readonly checksum: string | undefined;
  readonly state: "applied" | "pending" | "edited" | "missing" | "out-of-order" | "failed";
}

export interface MigrationStatus {
  /** In order of the history, then of the files. */
  readonly migrations: readonly Migration[];
  /** Why nothing may be applied, with the repair commands; empty when all is well. */
  readonly problems: readonly { readonly reason: string; readonly message: string }[];
}

export interface MigrationPlan extends MigrationStatus {
  readonly pending: readonly Migration[];
  /** sha256 over the pending migrations and the target's identity: a plan approved is the plan applied. */
  readonly hash: string;
}

export interface AppliedMigration {
  readonly name: string;
  /** Undefined when a tool applied it that does not say. */
  readonly seconds: number | undefined;
  /** Attempts that gave way to a reader or writer before the lock was had. */
  readonly lockRetries: number;
}

export type ApplyResult =
  | {
      readonly outcome: "applied";
      readonly applied: readonly AppliedMigration[];
      /** Longest time traffic waited for us; undefined when it could not be seen. */
      readonly longestStallMs: number | undefined;
      /** What `revert` takes to go back to where this apply began; undefined when the engine cannot go back. */
      readonly before?: string;
    }
  | {
      readonly outcome: "failed";
      readonly applied: readonly AppliedMigration[];
      readonly failed: string;
      readonly reason: string;
      readonly message: string;
      readonly before?: string;
    };

/** Brings one database from the schema it has to the schema the commit needs. */
export interface MigrationEngine {
  readonly kind: string;
  status(): Promise<MigrationStatus>;
  plan(): Promise<MigrationPlan>;
  /** Applies exactly the plan with this hash, or fails with `plan-changed`. */
  apply(planHash: string): Promise<ApplyResult>;
  /** Goes back to `before`, as an earlier apply returned it; absent where going back is not possible. */
  revert?(before: string): Promise<ApplyResult>;
}
