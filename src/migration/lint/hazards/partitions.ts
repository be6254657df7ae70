import type { Node } from "libpg-query";
import { relationName, shown } from "../names.ts";
import { isInUse, isKnownSmall, type Scope } from "../scope.ts";
import type { Command, OnTable } from "./locks.ts";

/**
 * A table that becomes a part of `table`, or is none any more. Locks: the notes of ALTER TABLE on ATTACH and DETACH
 * PARTITION.
 */
export function partitionHazards({ subtype, def }: Command, table: string, scope: Scope): readonly OnTable[] {
  const of = shown(table);
  if (subtype === "AT_DropInherit") return [rowsLeave(`\`${of}\` is no part of its parent any more`)];
  if (def === undefined || !("PartitionCmd" in def)) return [];
  const { name, concurrent } = def.PartitionCmd;
  const part = relationName(name);
  if (subtype === "AT_AttachPartition") return attached(part, table, scope);
  const left = rowsLeave(`\`${shown(part)}\` is no part of \`${of}\` any more`);
  if (concurrent === true) return [left];
  return [
    {
      rule: "detach-partition",
      table,
      message: `DETACH PARTITION stops reads and writes of \`${of}\` and all its partitions.`,
      rewrite: "Write DETACH PARTITION ... CONCURRENTLY in a file of its own.",
    },
    left,
  ];
}

const rowsLeave = (what: string): OnTable => ({
  rule: "rows-leave",
  message: `${what}: the version that serves now does not find its rows there, and cannot write them.`,
  rewrite: "Release a version that does not need them first.",
});

function attached(part: string, table: string, scope: Scope): readonly OnTable[] {
  const isFull = isInUse(scope, part);
  return [
    {
      rule: "attach-partition",
      // The default partition is read as well: only where both are small nobody notices.
      table: isFull && !isKnownSmall(scope, part) ? part : table,
      ...(!isFull && { tier: "note" as const, effects: ["stalls"] as const }),
      message: isFull
        ? `ATTACH PARTITION reads all of \`${shown(part)}\`, and the default partition of \`${shown(table)}\`, under a lock that stops reads and writes of them; rows outside of its bounds are refused from then on.`
        : `Where \`${shown(table)}\` has a default partition, all of that is read under a lock that stops reads and writes of it.`,
      rewrite:
        "First add a CHECK of its bounds NOT VALID (to the default partition one that excludes them), and VALIDATE it in a later file: then nothing is read.",
    },
  ];
}

/** A new partition of a table in use: nobody waits for its rows, but everybody for the moment's lock on the parent. */
export function newPartition(
  { inhRelations = [], partbound }: Extract<Node, { CreateStmt: unknown }>["CreateStmt"],
  scope: Scope,
): readonly OnTable[] {
  if (partbound === undefined) return [];
  return inhRelations.flatMap((node): readonly OnTable[] => {
    const parent = "RangeVar" in node ? relationName(node.RangeVar) : "";
    if (parent === "" || !isInUse(scope, parent)) return [];
    return [
      {
        rule: "attach-partition",
        table: parent,
        tier: "note",
        effects: ["stalls"],
        message: `PARTITION OF waits for every query of \`${shown(parent)}\`, and every new one waits behind it; a default partition is read meanwhile.`,
        rewrite:
          "Create the table apart (LIKE ... INCLUDING ALL) and ATTACH PARTITION: that stops neither reads nor writes of the parent.",
      },
    ];
  });
}
