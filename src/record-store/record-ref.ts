import { InputError } from "../failure.ts";

const prefix = "refs/sluice/";

/** File systems, on which git keeps refs, allow 255 bytes a name; some are needed for lock files. */
const longestName = 200;

/**
 * The ref that holds an environment's record, such as `refs/sluice/production`.
 *
 * Environments may be called almost anything, refs may not (git-check-ref-format). Every byte besides letters, digits,
 * `-` and `_` becomes `=XX`, as in quoted-printable: reversible, one path segment, and unlike `%XX` not taken for
 * URL encoding on the way.
 */
export function recordRef(environment: string): string {
  const name = Buffer.from(environment, "utf8")
    .toString("latin1")
    .replaceAll(/[^A-Za-z0-9_-]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  if (name === "" || name.length > longestName || !environment.isWellFormed())
    throw new InputError(
      `"${environment.slice(0, 60)}" cannot name an environment; use at most ${longestName} letters, digits, "-" and "_".`,
    );
  return `${prefix}${name}`;
}

/** The environment whose record a ref holds; undefined when the ref holds none. */
export function environmentOf(ref: string): string | undefined {
  if (!/^refs\/sluice\/(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(ref)) return undefined;
  const bytes = ref
    .slice(prefix.length)
    .replaceAll(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
