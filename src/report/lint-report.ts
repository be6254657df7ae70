import type { Finding } from "../migration/lint.ts";
import { markdownText } from "../plain-text.ts";

const marks = { block: "⛔", acknowledge: "✋", note: "ℹ️" } as const;

/** At most this many rows: a comment of GitHub's holds 65,536 characters. */
const mostRows = 60;
/** Of what the files themselves say: a reason, or a name. */
const mostCharacters = 300;

/** Findings as Markdown: what stops the migration first. Nothing in it can become HTML, a link or a mention. */
export function lintReport(files: number, findings: readonly Finding[]): string {
  const open = findings.filter(({ tier, acknowledged }) => tier !== "note" && acknowledged === undefined).length;
  const head =
    findings.length === 0
      ? `✅ **Migrations**: nothing to say about ${files} file(s).`
      : `${open === 0 ? "✅" : "❌"} **Migrations**: ${open} of ${findings.length} finding(s) in ${files} file(s) need an answer.`;
  if (findings.length === 0) return `${head}\n`;
  const order = { block: 0, acknowledge: 1, note: 2 } as const;
  const sorted = findings.toSorted(
    (a, b) =>
      Number(a.acknowledged !== undefined) - Number(b.acknowledged !== undefined) || order[a.tier] - order[b.tier],
  );
  const rows = sorted.slice(0, mostRows).map(({ tier, rule, file, line, message, rewrite, acknowledged }) => {
    const answer = acknowledged === undefined ? rewrite : `Acknowledged: ${acknowledged.slice(0, mostCharacters)}`;
    const cells = [`${file}:${line}`, rule, `${message.slice(0, 2 * mostCharacters)} ${answer}`].map(markdownText);
    return `| ${acknowledged === undefined ? marks[tier] : "✔️"} | ${cells.join(" | ")} |`;
  });
  const left = sorted.length - rows.length;
  const more = left > 0 ? [`\n${left} further finding(s) are in the log.`] : [];
  const how =
    open === 0
      ? []
      : [
          "\n⛔ is refused and ✋ wants a reason: rewrite it as the table says, or write `-- sluice: allow RULE because REASON` above the statement.",
        ];
  return [
    head,
    "",
    "| | place | rule | what it does, and what to do |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...more,
    ...how,
  ]
    .join("\n")
    .concat("\n");
}
