import type { Node, RangeVar } from "libpg-query";

/** `schema.table` of a relation; what names no schema is taken to be in `public`. */
export const relationName = (relation: RangeVar | undefined): string =>
  relation?.relname === undefined ? "" : `${relation.schemaname ?? "public"}.${relation.relname}`;

/** As a person writes it: the schema only where it is not `public`. */
export const shown = (name: string): string => (name.startsWith("public.") ? name.slice("public.".length) : name);

export const text = (node: Node | undefined): string | undefined =>
  node !== undefined && "String" in node ? node.String.sval : undefined;

/** The parts of a dotted name. */
export const nameParts = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).flatMap((node) => text(node) ?? []);

/** `schema.name` of a dotted name given as a list of strings. */
export function qualified(nodes: readonly Node[] | undefined): string {
  const parts = nameParts(nodes);
  return parts.length === 1 ? `public.${parts[0]}` : parts.join(".");
}

/** The items of a DropStmt: a list of names, a typed name, or a plain string. */
export function droppedName(node: Node): string {
  if ("List" in node) return qualified(node.List.items);
  if ("TypeName" in node) return qualified(node.TypeName.names);
  if ("ObjectWithArgs" in node) return qualified(node.ObjectWithArgs.objname);
  return text(node) ?? "";
}
