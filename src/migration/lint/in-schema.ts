import type { Node } from "libpg-query";

/** Kinds that DROP names by the schema they are looked up in; an index is called by its name alone here. */
const looked = new Set<string | undefined>([
  ...["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_SEQUENCE", "OBJECT_FUNCTION"],
]);

/**
 * The statement with `schema` written in front of the relations and functions that name none, because the session looks
 * names up there first. What stands in a later schema of the path is then not known, and counts as large and in use.
 */
export function inSchema(node: Node, schema: string): Node {
  if (schema === "public") return node;
  const named = withSchemas(node, schema) as Node;
  if ("CreateFunctionStmt" in named)
    return {
      CreateFunctionStmt: { ...named.CreateFunctionStmt, ...front("funcname", named.CreateFunctionStmt, schema) },
    };
  if (!("DropStmt" in named) || !looked.has(named.DropStmt.removeType)) return named;
  const objects = (named.DropStmt.objects ?? []).map((each): Node => {
    if ("List" in each) return { List: { ...each.List, ...front("items", each.List, schema) } };
    if (!("ObjectWithArgs" in each)) return each;
    return { ObjectWithArgs: { ...each.ObjectWithArgs, ...front("objname", each.ObjectWithArgs, schema) } };
  });
  return { DropStmt: { ...named.DropStmt, objects } };
}

/** The dotted name under `key`, where it has one part only, with the schema in front. */
function front<Key extends string>(key: Key, from: { readonly [K in Key]?: Node[] }, schema: string) {
  const name = from[key];
  return name?.length === 1 ? { [key]: [{ String: { sval: schema } }, ...name] } : {};
}

/** A relation is what has a name and a persistence; a temporary one is in a schema of its own. */
function withSchemas(value: unknown, schema: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withSchemas(each, schema));
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, withSchemas(part, schema)]);
  const isRelation = "relname" in value && "relpersistence" in value && value.relpersistence !== "t";
  if (isRelation && !("schemaname" in value)) parts.push(["schemaname", schema]);
  return Object.fromEntries(parts);
}
