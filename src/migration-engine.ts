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
  /** What tells this database from all others. */
  readonly database: string;
  /** Whether this is what is left of an earlier plan, all of it or its end: an apply that was killed goes on under it. */
  isRestOf(hash: string): boolean;
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
      /** Nothing was applied before it, and the server itself said that all of it was rolled back. */
      readonly leftNothing?: boolean;
      /** The server was lost before it said that the newest of those applied are on its disk. */
      readonly mayBeLost?: boolean;
      readonly before?: string;
    };

/** A lock that a statement took on a relation that was there before the migrations. */
export interface TracedLock {
  /** Quoted where SQL needs it, with its schema. */
  readonly relation: string;
  /** As pg_locks names it, such as `AccessExclusiveLock`. */
  readonly mode: string;
  /** Whom it keeps waiting while the transaction lasts. */
  readonly blocks: "reads and writes" | "writes";
  /** Whether every row is written anew, which takes as long as the relation is large. */
  readonly rewritten: boolean;
  /** From the statement to the end of its file, milliseconds, on the empty copy: there rows take no time. */
  readonly heldMs: number;
  /** `file:line:column` of the statement. */
  readonly place: string;
}

export interface TracedFile {
  readonly name: string;
  readonly seconds: number;
  readonly locks: readonly TracedLock[];
  /** What the server said, with the statement's place, when the file cannot be applied. */
  readonly failure?: string;
  /** Whether it failed for a row that an empty copy cannot have; that says nothing of production. */
  readonly forWantOfRows?: boolean;
}

/** A relation of production, as its own statistics know it. */
export interface RelationSize {
  readonly rows: number;
  readonly bytes: number;
}

export type Rehearsal =
  | {
      readonly outcome: "rehearsed";
      /** Where: the program, and whether its major version is production's. */
      readonly origin: string;
      readonly sameMajor: boolean;
      readonly files: readonly TracedFile[];
      /** Of the relations that were locked, in production. */
      readonly sizes: Readonly<Record<string, RelationSize>>;
      /** The file that cannot be applied, with the server's words. */
      readonly failure?: string;
    }
  | { readonly outcome: "not-rehearsed"; readonly why: string };

export type ReadMigration =
  | { readonly name: string; readonly sql: string }
  /** The beginning of a sentence, such as `the revision asks the database something`. */
  | { readonly name: string; readonly unread: string };

/** Brings one database from the schema it has to the schema the commit needs. */
export interface MigrationEngine {
  readonly kind: string;
  status(): Promise<MigrationStatus>;
  plan(): Promise<MigrationPlan>;
  /**
   * What pending migrations that are no files of SQL would run, each under the name that people know it by; of those
   * that cannot be known before they run, why. Absent where the files are SQL.
   */
  readSql?(pending: readonly Migration[]): Promise<readonly ReadMigration[]>;
  /** Applies exactly the plan with this hash, or fails with `plan-changed`. */
  apply(planHash: string): Promise<ApplyResult>;
  /** Applies what is pending to an empty copy of the schema, and says which locks it takes; absent where it cannot. */
  rehearse?(scratchUrl: string | undefined): Promise<Rehearsal>;
  /** Goes back to `before`, as an earlier apply returned it; absent where going back is not possible. */
  revert?(before: string): Promise<ApplyResult>;
}
