/** A table as the database holds it today. */
export interface KnownTable {
  /** The planner's estimate, with what inherits from it; 0 or less where it was never analysed. */
  readonly rows: number;
  readonly bytes: number;
  /** Type of every column, as `format_type` writes it: `character varying(20)`. */
  readonly columns: Readonly<Record<string, string>>;
  /** Those of them that are NOT NULL. */
  readonly required?: readonly string[];
  /** Columns of its indexes. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
}

/** What a linter may know of the database, by `schema.table`. */
export interface Catalog {
  readonly serverMajor: number;
  /** Where a session looks up names that have none; `public` when undefined. */
  readonly schema?: string;
  readonly tables: Readonly<Record<string, KnownTable>>;
  /** Names of its views and functions, which CREATE OR REPLACE would change; any may be there when undefined. */
  readonly others?: ReadonlySet<string>;
}

/** Below both, reading or rewriting the table takes no time anybody notices. */
const smallRows = 10_000;
const smallBytes = 16 * 1024 * 1024;

/** Whether a table is known to be small; one that was never analysed is judged by its size alone. */
export const isSmall = ({ rows, bytes }: KnownTable): boolean => rows <= smallRows && bytes <= smallBytes;
