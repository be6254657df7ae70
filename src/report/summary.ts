import { markdownText } from "../plain-text.ts";
import type { Verdict } from "../verdict.ts";

const marks: Record<Verdict["verdict"], string> = { pass: "✅", fail: "❌", hold: "⏸️", error: "⚠️" };

/** Job summary of one action: the verdict in one line, as Markdown that cannot be injected into. */
export function summaryOf(action: string, verdict: Verdict): string {
  return `${marks[verdict.verdict]} **${markdownText(action)}**: ${verdict.verdict} (${markdownText(verdict.reason)})  \n${markdownText(verdict.message)}\n`;
}

/** GitHub drops a summary of more than 1 MiB whole, so a longer one is cut at half of that, at the end of a line. */
export function boundedSummary(text: string, mostBytes = 512 * 1024): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= mostBytes) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, mostBytes));
  const whole = kept.slice(0, kept.lastIndexOf("\n") + 1);
  return `${whole}\n**This summary was cut: it has ${bytes.length} bytes, and GitHub would drop it whole. The evidence is in the outputs.**\n`;
}
