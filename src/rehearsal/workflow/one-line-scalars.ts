import { parseDocument, visit } from "yaml";

/**
 * Rewrites each scalar that spans lines and holds an expression as a double-quoted one on its first line, followed by
 * as many line breaks as it had. The official parser takes the text around expressions of such a scalar as it stands in
 * the file, indentation and all, which is good for an editor and wrong for running: a script would keep its indentation
 * and a folded scalar its line breaks. Values and line numbers stay what they were.
 */
export function oneLineScalars(content: string): string {
  if (!content.includes("${{")) return content;
  const replacements: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const document = parseDocument(content, { uniqueKeys: false });
  // Text that is not YAML is left to the official parser's own message.
  if (document.errors.length > 0) return content;
  visit(document, {
    Scalar: (key, node) => {
      const [from, to] = node.range ?? [0, 0];
      const written = content.slice(from, to);
      if (key === "key" || typeof node.value !== "string") return;
      if (!written.includes("\n") || !node.value.includes("${{")) return;
      const lines = written.split("\n");
      // What follows a quoted scalar in a flow collection must stay indented.
      const indent = /^\s*/.exec(lines.at(-1) ?? "")?.[0] ?? "";
      replacements.push({ from, to, text: JSON.stringify(node.value) + "\n".repeat(lines.length - 1) + indent });
    },
  });
  return replacements.reduceRight(
    (text, { from, to, text: inserted }) => text.slice(0, from) + inserted + text.slice(to),
    content,
  );
}
