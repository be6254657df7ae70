/** Longest name of a version that a sentence takes whole. */
const longest = 64;

/**
 * A version as people are told it: a commit by its first 12 digits with whatever tells versions of one commit apart, any
 * other name whole. Two versions never look alike, unless their names are longer than any platform's.
 */
export function shortVersion(version: string): string {
  const [, digits = "", variant = ""] = /^([0-9a-f]{12})[0-9a-f]{28}(-[\w.-]+)?$/.exec(version) ?? [];
  if (digits !== "") return `${digits}${variant}`;
  return version.length <= longest ? version : `${version.slice(0, longest - 1)}…`;
}
