/** Half-open, in UTF-16 units from the start of a text. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Prefixes by which services mark their own tokens, and the two shapes that carry passwords or keys. */
const writtenSecrets = [
  /\bgh[pousr]_[A-Za-z0-9]{20,255}/g,
  /\bgithub_pat_\w{20,255}/g,
  /\b(?:sk|rk|pk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{20,255}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{30,60}/g,
  /\b(?:glpat|dop_v1|npm|rnd|sbp|sntrys|sntryu|whsec|vcp|hf)[-_][A-Za-z0-9_=-]{20,255}/g,
  /\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g,
  /\beyJ[\w-]{10,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,1000})?/g,
  /\bhooks\.slack\.com\/services\/[\w/]{10,100}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g,
  /[?&](?:api[-_]?key|key|token|access_token|secret|sig|signature)=[^\s&"'{}$]{6,300}/gi,
];

/** The password in `scheme://user:password@host`, up to the last `@`, for a raw one may hold an `@` itself. */
const addressPassword = /(:\/\/[^\s/:@'"]{0,100}:)(?!\$)[^\s'"]{1,300}@/g;

/** Shapes too common to refuse, yet better not repeated in a message: what follows a telling key, and long random runs. */
const hiddenOnly = [
  /(?<=(?:token|password|passwd|secret|credential|api[-_]?key)["']?\s{0,3}[:=]\s{0,8}["']?)(?!\$|(?:true|false|null|yes|no|on|off)\b)[^\s"',}$]{4,500}/gi,
  /(?=[A-Za-z0-9+/_-]{0,200}\d)(?=[A-Za-z0-9+/_-]{0,200}[A-Z])(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,500}/g,
];

function matches(text: string, patterns: readonly RegExp[]): Range[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ from: match.index, to: match.index + match[0].length })),
  );
}

/** Where a secret is written out: known token shapes and passwords in addresses. */
export function writtenSecretsIn(text: string): Range[] {
  const passwords = [...text.matchAll(addressPassword)].map((match) => ({
    from: match.index + (match[1] ?? "").length,
    to: match.index + match[0].length - 1,
  }));
  return [...matches(text, writtenSecrets), ...passwords];
}

/** What must not be repeated to anybody: written secrets, and whatever merely looks like one. */
export const hiddenIn = (text: string): Range[] => [...writtenSecretsIn(text), ...matches(text, hiddenOnly)];

/** The same places, without overlaps, in order. */
export function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || range.from > last.to) merged.push(range);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return merged;
}
