import { Refused } from "./refused.ts";

export interface Parsed {
  readonly flags: Readonly<Record<string, string>>;
  /** Of options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly values: readonly string[];
}

/** An option that is not listed is refused, as by the real command. With `untilCommand` the rest stays as it is. */
export function options(
  args: readonly string[],
  known: Readonly<Record<string, "flag" | "value" | "list">>,
  untilCommand = false,
): Parsed {
  const flags: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const rest = [...args];
  const values: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const kind = known[word];
    if (word === "--") return { flags, lists, values: [...values, ...rest] };
    if (kind === "list") lists[word] = [...(lists[word] ?? []), rest.shift() ?? ""];
    else if (kind === "value") flags[word] = rest.shift() ?? "";
    else if (kind === "flag") flags[word] = "";
    else if (word.startsWith("-")) throw new Refused(16, `unknown flag: ${word}`);
    else if (untilCommand) return { flags, lists, values: [word, ...rest] };
    else values.push(word);
  }
  return { flags, lists, values };
}
