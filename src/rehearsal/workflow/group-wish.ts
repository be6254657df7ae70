import { asText, isObject, type Scope } from "./expression.ts";
import { fill, type Template } from "./template.ts";

/** What a `concurrency:` entry asks for. */
export interface GroupWish {
  readonly group: string;
  readonly queue: "single" | "max";
  readonly cancelInProgress: boolean;
}

/** Reads `concurrency:`; an entry that is missing or whose group is empty asks for nothing. */
export function groupWish(concurrency: Template | undefined, scope: Scope): GroupWish | undefined {
  const filled = concurrency === undefined ? null : fill(concurrency, scope);
  const given = isObject(filled) ? filled : { group: filled };
  const group = asText(given["group"]);
  if (group === "") return undefined;
  return {
    group,
    queue: given["queue"] === "max" ? "max" : "single",
    cancelInProgress: asText(given["cancel-in-progress"]) === "true",
  };
}
