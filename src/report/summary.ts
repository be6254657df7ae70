import { markdownText } from "../plain-text.ts";
import type { Verdict } from "../verdict.ts";

const marks: Record<Verdict["verdict"], string> = { pass: "✅", fail: "❌", hold: "⏸️", error: "⚠️" };

/** Job summary of one action: the verdict in one line, as Markdown that cannot be injected into. */
export function summaryOf(action: string, verdict: Verdict): string {
  return `${marks[verdict.verdict]} **${markdownText(action)}**: ${verdict.verdict} (${markdownText(verdict.reason)})  \n${markdownText(verdict.message)}\n`;
}
