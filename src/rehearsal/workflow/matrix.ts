import { InputError } from "../../failure.ts";
import { asText, isList, isObject, type Json, type JsonObject } from "./expression.ts";

/**
 * The combinations of a matrix in GitHub's order: the first axis turns slowest; `exclude` removes by partial match;
 * an `include` joins every combination whose axes it does not overwrite, else stands alone.
 */
export function combinations(matrix: Json): readonly JsonObject[] {
  if (!isObject(matrix))
    throw new InputError("The matrix must be a mapping of names to lists. Correct its expression.");
  const { include = [], exclude = [], ...axes } = matrix;
  const kept = product(axes).filter((leg) => !objectsIn(exclude).some((rule) => matches(rule, leg)));
  const legs = kept.map((original) => ({ original, leg: { ...original } as Record<string, Json> }));
  const alone: JsonObject[] = [];
  for (const extra of objectsIn(include)) {
    const fitting = legs.filter(({ original }) => fits(extra, original));
    for (const { leg } of fitting) Object.assign(leg, extra);
    if (fitting.length === 0) alone.push(extra);
  }
  const all = [...legs.map(({ leg }) => leg), ...alone];
  if (all.length === 0) throw new InputError("The matrix has no combination: give its lists at least one value.");
  return all;
}

function product(axes: JsonObject): readonly JsonObject[] {
  const names = Object.keys(axes);
  if (names.length === 0) return [];
  return names.reduce<readonly JsonObject[]>(
    (legs, name) => legs.flatMap((leg) => withAxis(leg, name, axes[name])),
    [{}],
  );
}

function withAxis(leg: JsonObject, name: string, values: Json | undefined): readonly JsonObject[] {
  if (values === undefined || !isList(values)) {
    throw new InputError(
      `Matrix vector '${name}' must be a list. Write it as a list, or make its expression yield one.`,
    );
  }
  if (values.length === 0) throw new InputError(`Matrix vector '${name}' does not contain any values.`);
  return values.map((value) => ({ ...leg, [name]: value }));
}

function objectsIn(list: Json): readonly JsonObject[] {
  return isList(list) ? list.filter((item) => isObject(item)) : [];
}

function matches(rule: JsonObject, leg: JsonObject): boolean {
  return Object.entries(rule).every(([name, value]) => same(leg[name], value));
}

function fits(extra: JsonObject, original: JsonObject): boolean {
  return Object.entries(extra).every(([name, value]) => !(name in original) || same(original[name], value));
}

function same(left: Json | undefined, right: Json): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** How GitHub names a leg: its values, leaves of structures included, in brackets. */
export function legName(leg: JsonObject): string {
  const leaves = (value: Json): readonly string[] => {
    if (isList(value)) return value.flatMap(leaves);
    return isObject(value) ? Object.values(value).flatMap(leaves) : [asText(value)];
  };
  const text = leaves(leg).join(", ");
  return ` (${text.length > 100 ? `${text.slice(0, 97)}...` : text})`;
}
