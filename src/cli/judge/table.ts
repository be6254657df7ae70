import { asTime } from "../../figures.ts";
import type { GateEvidence, LimitEvidence } from "../../gate/judgement.ts";
import { plainText } from "../../plain-text.ts";
import type { Look } from "./looks.ts";

/** Columns where nobody says how wide the terminal is, and the fewest that a table is squeezed into. */
export const usualWidth = 100;
const leastWidth = 40;
const chartHeight = 10;
/** What stands left of the chart: its scale. */
const scaleWidth = 9;
const widestLook = 4;
/** More looks than this are told by where the verdict changes. */
const mostRows = 40;
/** Looks that are shown at the beginning and at the end of a long series. */
const edgeRows = 5;

const evidenceOf = ({ verdict }: Look): GateEvidence | undefined =>
  typeof verdict.evidence === "object" && verdict.evidence !== null && "limits" in verdict.evidence
    ? (verdict.evidence as GateEvidence)
    : undefined;

/** Every look in one line, or where a long series changes, then how the evidence on each limit went. */
export function looksTable(looks: readonly Look[], columns = usualWidth): string {
  const width = Math.max(leastWidth, columns);
  const names = evidenceOf(looks.at(-1) ?? emptyLook)?.limits.map(({ limit }) => limit) ?? [];
  const several = names.length > 1;
  const cellsOf = (cells: readonly string[]) => (several ? cells : cells.filter((_, i) => i !== LIMIT));
  const head = cellsOf(["look", "after", "verdict", "reason", "limit", "seen"]);
  const rows = looks.map((look, i) => cellsOf(row(look, i)));
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    shortened(
      cells.map((cell, i) => (i < 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  "),
      width,
    );
  const told = shownRows(looks).map((shown) =>
    typeof shown === "number" ? line(rows[shown] ?? []) : shortened(`${" ".repeat(widths[0] ?? 0)}  ${shown}`, width),
  );
  const charts = names.flatMap((name, i) => {
    const chart = evidenceChart(looks, i, width);
    return chart === undefined ? [] : [`\n${shortened(name, width)}\n${chart}`];
  });
  return `${[line(head), ...told].join("\n")}\n${charts.join("")}`;
}

/** Place of the limit among a row's cells; it says nothing where there is one. */
const LIMIT = 4;

const sameSaid = (a: Look | undefined, b: Look | undefined): boolean =>
  a?.verdict.verdict === b?.verdict.verdict && a?.verdict.reason === b?.verdict.reason;

/** Which looks get a line; what is left out between them is said in a line of its own. */
function shownRows(looks: readonly Look[]): readonly (number | string)[] {
  const isShown = (i: number) =>
    looks.length <= mostRows ||
    i < edgeRows ||
    i >= looks.length - edgeRows ||
    !sameSaid(looks[i], looks[i - 1]) ||
    !sameSaid(looks[i], looks[i + 1]);
  const shown: (number | string)[] = [];
  let left = 0;
  looks.forEach(({ verdict }, i) => {
    if (!isShown(i)) {
      left++;
      return;
    }
    if (left > 0) shown.push(`… ${left} more of the same (${looks[i - 1]?.verdict.reason ?? verdict.reason})`);
    left = 0;
    shown.push(i);
  });
  return shown;
}

const emptyLook: Look = { at: 0, after: 0, verdict: { verdict: "hold", reason: "", message: "" } };

function row(look: Look, i: number): readonly string[] {
  const { verdict } = look;
  const limits = evidenceOf(look)?.limits ?? [];
  const closest = limits.length === 0 ? undefined : limits.reduce((a, b) => (weight(b) > weight(a) ? b : a));
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

/** What a look turns on, of several limits: a broken one, then what is open, and of those what is nearest to breaking. */
function weight({ standing, logE, needed }: LimitEvidence): number {
  const near = logE === undefined || needed === undefined ? 0 : Math.max(-1, Math.min(1, logE.fail / needed.fail));
  const rank = { broken: 8, environment: 6, "no-data": 4, open: 2, proven: 0 } as const;
  return rank[standing] + near / 2;
}

const shortened = (text: string, width: number) => {
  const line = text.trimEnd();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
};

/**
 * The e-values over the looks, on a logarithmic scale: `●` that the limit is broken, `○` that it holds, each with a line
 * where it decides. What is beyond the edge stands at it.
 * Undefined for a limit that no e-value decides.
 */
export function evidenceChart(looks: readonly Look[], limit: number, width = usualWidth): string | undefined {
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
  const columns = Math.min(width - scaleWidth, widestLook * points.length);
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
  const eValue = (logE: number) => String(Math.round(Math.exp(logE)));
  const [fails, holds] = [eValue(needed.fail), eValue(needed.pass)];
  const labels = new Map([
    [rowOf(0), "1"],
    [rowOf(needed.pass), holds],
    [rowOf(needed.fail), fails],
  ]);
  const lines = grid.map((line, i) => `${(labels.get(i) ?? "").padStart(6)} ┤${line.join("").trimEnd()}`);
  const legend = [`e-value  ● broken, decides at ${fails}`, `○ holds, decides at ${holds}`];
  const apart = legend.join("   ").length + 2 <= width ? "   " : "\n           ";
  return `${lines.join("\n")}\n  ${legend.join(apart)}\n`;
}
