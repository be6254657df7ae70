import type { Node } from "libpg-query";
import { text } from "./names.ts";

/** What a statement does without keeping anybody waiting, and outside of a transaction only; undefined for all others. */
export function concurrently(node: Node): string | undefined {
  if ("IndexStmt" in node && node.IndexStmt.concurrent === true) return "CREATE INDEX CONCURRENTLY";
  if ("DropStmt" in node && node.DropStmt.concurrent === true) return "DROP INDEX CONCURRENTLY";
  if ("ReindexStmt" in node && hasOption(node.ReindexStmt.params, "concurrently")) return "REINDEX CONCURRENTLY";
  if (!("AlterTableStmt" in node)) return undefined;
  return node.AlterTableStmt.cmds?.some(
    (command) =>
      "AlterTableCmd" in command &&
      command.AlterTableCmd.subtype === "AT_DetachPartition" &&
      command.AlterTableCmd.def !== undefined &&
      "PartitionCmd" in command.AlterTableCmd.def &&
      command.AlterTableCmd.def.PartitionCmd.concurrent === true,
  )
    ? "DETACH PARTITION CONCURRENTLY"
    : undefined;
}

/** Whether it may simply be run again after it was interrupted; several of them may stand in one file. */
export const isRepeatable = (node: Node): boolean => {
  const what = concurrently(node);
  return what !== undefined && what !== "DETACH PARTITION CONCURRENTLY";
};

/** Whether `name` is among the options in parentheses, and not switched off. */
export const hasOption = (params: readonly Node[] | undefined, name: string): boolean =>
  params?.some(
    (param) =>
      "DefElem" in param &&
      param.DefElem.defname === name &&
      !["false", "off", "0"].includes(text(param.DefElem.arg) ?? "on"),
  ) === true;
