import type { Fingerprint, TableFingerprint } from "./fingerprint.ts";

/** The part of a backup that is restored where the whole is too large for it. */
export interface Sample {
  readonly tables: readonly TableFingerprint[];
  /** Tables whose rows are not restored, largest first. */
  readonly left: readonly TableFingerprint[];
}

/**
 * As many tables as fit into `bytes`, the smallest first, so that as few as possible are left. Undefined where all of them
 * fit, or where the manifest does not say how large they are.
 */
export function sampleOf(tables: readonly TableFingerprint[], bytes: number): Sample | undefined {
  const bySize = tables.toSorted((a, b) => (a.bytes ?? 0) - (b.bytes ?? 0));
  let room = bytes;
  const taken = bySize.findIndex((table) => {
    room -= table.bytes ?? 0;
    return room < 0;
  });
  if (taken < 0 || bySize.some(({ oid }) => oid === undefined)) return undefined;
  return { tables: bySize.slice(0, taken), left: bySize.slice(taken).reverse() };
}

/**
 * What the restored part is compared with: without constraints, because foreign keys are left out, without large objects
 * and without materialized views, which have no rows then.
 */
export const expectedOf = (whole: Fingerprint, { tables }: Sample): Fingerprint => ({ ...comparable(whole), tables });

/** Of a fingerprint, what a sample's restore has to have as well. */
export function comparable({ hashedBy, tables, objects, sequences, shapes }: Fingerprint): Fingerprint {
  const { constraints: _, ...counted } = objects;
  const kept = Object.entries(shapes ?? {}).filter(([object]) => !/^(constraint|materialized view) /.test(object));
  return { hashedBy, tables, objects: counted, sequences, shapes: shapes && Object.fromEntries(kept) };
}

/**
 * The table of contents that `pg_restore --list` prints, without what a sample cannot have: rows of the tables that are
 * left, foreign keys, which may lead to them, and what is computed from them.
 *
 * A line names the table of its rows by the object's number, `4021; 0 16411 TABLE DATA public orders owner`.
 */
export function listOfSample(list: string, { left }: Sample): string {
  const rowsOf = new Set(left.map(({ oid }) => `0 ${oid}`));
  return list
    .split("\n")
    .filter((line) => {
      const [, object = "", what = ""] = /^\d+; (\d+ \d+) ((?:[A-Z]+ ?)+)/.exec(line) ?? [];
      if (/^(FK CONSTRAINT|MATERIALIZED VIEW DATA|BLOB)/.test(what)) return false;
      return !what.startsWith("TABLE DATA") || !rowsOf.has(object);
    })
    .join("\n");
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000)} MB`;
const bytesOf = (tables: readonly TableFingerprint[]) => tables.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
const mostNamed = 5;

/** How far the proof of a sample goes, in words. */
export function toldOf({ tables, left }: Sample): string {
  const named = left.slice(0, mostNamed).map(({ name }) => name);
  const others = left.length > mostNamed ? ` and ${left.length - mostNamed} more` : "";
  return (
    `the structure without its foreign keys, and rows and hashes of ${tables.length} of ${tables.length + left.length} tables ` +
    `(${megabytes(bytesOf(tables))} of ${megabytes(bytesOf([...tables, ...left]))}) equal the snapshot's. ` +
    `Read to their end only, because of \`sample-above\`: ${named.join(", ")}${others}.`
  );
}
