import { asTime } from "../../figures.ts";
import type { GateEvidence, LimitEvidence } from "../../gate/judgement.ts";
import { plainText } from "../../plain-text.ts";
import type { Look } from "./looks.ts";

const widest = 100;
const chartHeight = 10;
const chartWidth = 84;
const widestLook = 4;

const evidenceOf = ({ verdict }: Look): GateEvidence | undefined =>
  typeof verdict.evidence === "object" && verdict.evidence !== null && "limits" in verdict.evidence
    ? (verdict.evidence as GateEvidence)
    : undefined;

/** Every look in one line, then how the evidence on each limit went; at most 100 columns. */
export function looksTable(looks: readonly Look[]): string {
  const rows = looks.map(row);
  const head = ["look", "after", "verdict", "reason", "limit", "seen"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    shortened(cells.map((cell, i) => (i < 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  "));
  const names = evidenceOf(looks.at(-1) ?? emptyLook)?.limits.map(({ limit }) => limit) ?? [];
  const charts = names.flatMap((name, i) => {
    const chart = evidenceChart(looks, i);
    return chart === undefined ? [] : [`\n${shortened(name)}\n${chart}`];
  });
  return `${[line(head), ...rows.map(line)].join("\n")}\n${charts.join("")}`;
}

const emptyLook: Look = { at: 0, after: 0, verdict: { verdict: "hold", reason: "", message: "" } };

function row(look: Look, i: number): readonly string[] {
  const { verdict } = look;
  const closest = evidenceOf(look)?.limits.reduce((a, b) => (nearness(b) > nearness(a) ? b : a));
  const cells = [
    String(i + 1),
    asTime(look.after),
    verdict.verdict,
    verdict.reason,
    closest?.limit ?? "",
    closest?.seen ?? "",
  ];
  return cells.map((cell) => plainText(cell).replaceAll("\n", " "));
}

/** How near a limit is to being broken: the one to show when there are several. */
function nearness({ standing, logE, needed }: LimitEvidence): number {
  if (standing === "broken") return Number.POSITIVE_INFINITY;
  return logE === undefined || needed === undefined ? 0 : logE.fail / needed.fail;
}

const shortened = (text: string) => {
  const line = text.trimEnd();
  return line.length <= widest ? line : `${line.slice(0, widest - 1)}…`;
};

/**
 * ln of the e-values over the looks: `●` that the limit is broken, `○` that it holds, each with a line where it decides.
 * Undefined for a limit that no e-value decides.
 */
export function evidenceChart(looks: readonly Look[], limit: number): string | undefined {
  const points = looks.flatMap((look) => {
    const found = evidenceOf(look)?.limits[limit];
    return found?.logE === undefined || found.needed === undefined ? [] : [{ e: found.logE, needed: found.needed }];
  });
  const needed = points[0]?.needed;
  if (needed === undefined) return undefined;
  const top = 1.15 * Math.max(needed.fail, needed.pass);
  const bottom = -0.5 * top;
  const rowOf = (value: number) => {
    const inside = Math.min(top, Math.max(bottom, Number.isFinite(value) ? value : bottom));
    return Math.round(((top - inside) / (top - bottom)) * (chartHeight - 1));
  };
  // A short series is stretched, a long one squeezed.
  const columns = Math.min(chartWidth, widestLook * points.length);
  const grid = Array.from({ length: chartHeight }, () => Array.from({ length: columns }, () => " "));
  const put = (row: number, column: number, mark: string) => {
    const line = grid[row];
    if (line !== undefined) line[column] = mark;
  };
  for (let column = 0; column < columns; column++) {
    // The last look of each group, so that the one that decided is always shown.
    const point = points[Math.ceil(((column + 1) * points.length) / columns) - 1];
    put(rowOf(needed.fail), column, "┄");
    put(rowOf(needed.pass), column, "┄");
    if (point === undefined) continue;
    put(rowOf(point.e.pass), column, "○");
    put(rowOf(point.e.fail), column, rowOf(point.e.pass) === rowOf(point.e.fail) ? "◉" : "●");
  }
  const labels = new Map([
    [rowOf(0), "0"],
    [rowOf(needed.pass), needed.pass.toFixed(1)],
    [rowOf(needed.fail), needed.fail.toFixed(1)],
  ]);
  const lines = grid.map((line, i) => `${(labels.get(i) ?? "").padStart(6)} ┤${line.join("").trimEnd()}`);
  const legend = `  ln e  ● broken, decides at ${needed.fail.toFixed(1)}   ○ holds, decides at ${needed.pass.toFixed(1)}`;
  return `${lines.join("\n")}\n${legend}\n`;
}
