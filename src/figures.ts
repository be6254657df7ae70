/** At most `most` decimals, thousands grouped. By hand: `toLocaleString` takes longer than all the statistics of a look. */
export function digits(value: number, most: number): string {
  const rounded = Number(value.toFixed(most));
  if (Math.abs(rounded) < 1_000) return String(rounded);
  const [whole = "", fraction] = String(rounded).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A number of requests, thousands grouped. */
export const asCount = (count: number): string => digits(count, 0);

/** Three significant digits are enough to see a rate beside its limit. */
export const asPercent = (share: number): string => `${Number((share * 100).toPrecision(share >= 0.1 ? 3 : 2))}%`;

export function asTime(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${digits(milliseconds / 1_000, 1)} s`;
  if (milliseconds < 3_600_000) return `${digits(milliseconds / 60_000, 1)} min`;
  return `${digits(milliseconds / 3_600_000, 1)} h`;
}

/** An e-value for people: nobody needs the digits of a large one. */
export function asEValue(logE: number): string {
  const value = Math.exp(logE);
  if (value > 1e6) return "over 1,000,000";
  return digits(value, value < 10 ? 1 : 0);
}

/** Forty hexadecimal digits help nobody: a commit is shown by its first seven. */
export const shortVersion = (version: string): string =>
  /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version.slice(0, 40);
