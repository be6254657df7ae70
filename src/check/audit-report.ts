import * as z from "zod";
import { quote } from "../source-text.ts";

/** Whose report it is; yarn 2 and newer speak another one than yarn 1. */
export type Dialect = "npm" | "pnpm" | "yarn" | "yarn-berry";

/** From the least to the worst; `info` is below everything that can be asked for. */
export const levels = ["info", "low", "moderate", "high", "critical"] as const;
export type Level = (typeof levels)[number];

export interface Vulnerable {
  readonly name: string;
  readonly level: Level;
}
export type AuditReport = { readonly found: readonly Vulnerable[] } | { readonly problem: string };

const level = z.enum(levels);
const counts = z.object({ low: z.number(), moderate: z.number(), high: z.number(), critical: z.number() });
/** npm 7 and newer: one entry per package, with the worst level that reaches it. */
const npmReport = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: level })),
  metadata: z.object({ vulnerabilities: counts }),
});
/** pnpm, as npm 6 printed it: one entry per advisory. */
const pnpmReport = z.object({
  advisories: z.record(z.string(), z.object({ module_name: z.string(), severity: level })),
  metadata: z.object({ vulnerabilities: counts }),
});
const refusal = z.object({ error: z.object({ code: z.string().optional(), summary: z.string().optional() }) });
const yarnAdvisory = z.object({
  type: z.literal("auditAdvisory"),
  data: z.object({ advisory: z.object({ module_name: z.string(), severity: level }) }),
});
const yarnSummary = z.object({ type: z.literal("auditSummary"), data: z.object({ vulnerabilities: counts }) });
const berryLine = z.object({ value: z.string(), children: z.object({ Severity: level }) });

/** What a package manager printed, read strictly: whatever is not a whole report is none. */
export function auditReport(dialect: Dialect, printed: string): AuditReport {
  if (dialect === "npm" || dialect === "pnpm") return fromDocument(dialect, printed);
  const lines = printed.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.map(parsed);
  return dialect === "yarn" ? fromYarn(entries) : fromBerry(entries);
}

function fromDocument(dialect: "npm" | "pnpm", printed: string): AuditReport {
  const json = parsed(printed);
  const refused = refusal.safeParse(json);
  if (refused.success) {
    const { code, summary } = refused.data.error;
    return {
      problem: `it says ${quote([code, summary].filter((part) => part !== undefined && part !== "").join(": "))}`,
    };
  }
  if (dialect === "npm") {
    const report = npmReport.safeParse(json);
    if (!report.success) return { problem: unread(json) };
    const found = Object.entries(report.data.vulnerabilities).map(([name, { severity }]) => ({
      name,
      level: severity,
    }));
    return complete(found, report.data.metadata.vulnerabilities, "package");
  }
  const report = pnpmReport.safeParse(json);
  if (!report.success) return { problem: unread(json) };
  const found = Object.values(report.data.advisories).map((entry) => ({
    name: entry.module_name,
    level: entry.severity,
  }));
  return complete(found, report.data.metadata.vulnerabilities, "advisory");
}

/** Yarn 1 ends its lines with a summary; without it the list may be cut off. */
function fromYarn(entries: readonly unknown[]): AuditReport {
  const summary = entries.map((entry) => yarnSummary.safeParse(entry)).find(({ success }) => success);
  if (summary?.data === undefined) return { problem: "its list has no summary" };
  const found = entries.flatMap((entry) => {
    const advisory = yarnAdvisory.safeParse(entry);
    if (!advisory.success) return [];
    const { module_name: name, severity } = advisory.data.data.advisory;
    return [{ name, level: severity }];
  });
  return complete(found, summary.data.data.vulnerabilities, "advisory");
}

/** Yarn 2 and newer print a line per advisory, and nothing at all when there is none. */
function fromBerry(entries: readonly unknown[]): AuditReport {
  const found: Vulnerable[] = [];
  for (const entry of entries) {
    const line = berryLine.safeParse(entry);
    if (!line.success) return { problem: unread(entry) };
    found.push({ name: line.data.value, level: line.data.children.Severity });
  }
  return { found };
}

/** A summary that counts something the list does not hold means that half of it is missing. */
function complete(found: readonly Vulnerable[], counted: z.infer<typeof counts>, unit: string): AuditReport {
  const sum = counted.low + counted.moderate + counted.high + counted.critical;
  if (sum > 0 && found.length === 0) return { problem: `it counts ${sum} and lists no ${unit}` };
  return { found };
}

const unread = (json: unknown): string =>
  json === undefined ? "it is not JSON" : "it has another form than documented";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
