import { bars, squeeze } from "./chart.ts";
import type { Rehearsal } from "./rehearse.ts";

/** One screen about one rehearsal: what held, the numbers, and what users got second by second. */
export function reportText(rehearsal: Rehearsal, columns: number): string {
  const { findings, figures, passed, exitCode } = rehearsal;
  const lines = [
    "",
    `${passed ? "✓" : "✗"} ${rehearsal.scenario}: ${rehearsal.aftermath.scenario.story} (${figures.seconds.toFixed(1)} s, exit code ${exitCode})`,
    ...findings.map(({ holds, text }) => `  ${holds ? "✓" : "✗"} ${text}`),
    ...figureLines(rehearsal),
    ...chart(rehearsal, Math.max(20, Math.min(columns, 110) - 22)),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function figureLines({ figures }: Rehearsal): readonly string[] {
  const { offTrafficSeconds, visibleFailures, impliedFailures, candidateAnswers, sent, dropped } = figures;
  const lines = [`  ${sent} requests sent, ${dropped} dropped; the candidate answered ${candidateAnswers}`];
  if (offTrafficSeconds !== undefined)
    lines.push(`  off all traffic ${offTrafficSeconds.toFixed(1)} s after its first bad answer`);
  if (visibleFailures !== undefined && impliedFailures !== undefined)
    lines.push(
      `  ${visibleFailures} failed answers reached users; its share of traffic until the verdict implies ${impliedFailures.toFixed(0)}`,
    );
  return lines;
}

function chart({ aftermath }: Rehearsal, width: number): readonly string[] {
  const { truth, candidate } = aftermath;
  if (truth.start.rate === 0) return [];
  const seconds = truth.seconds.map((second) => {
    const all = Object.values(second.versions).reduce((sum, version) => sum + version.answers, 0);
    const ours = second.versions[candidate];
    return {
      share: all === 0 ? 0 : (ours?.answers ?? 0) / all,
      failures: Object.values(second.versions).reduce((sum, version) => sum + version.failures, 0),
      p95: second.p95,
    };
  });
  const row = (name: string, values: readonly number[], full: number, note: string) =>
    `  ${name.padEnd(9)} ${bars(squeeze(values, width), full)}▏${note}`;
  const worstFailures = Math.max(...seconds.map(({ failures }) => failures));
  const worstP95 = Math.max(...seconds.map(({ p95 }) => p95));
  return [
    "",
    row(
      "candidate",
      seconds.map(({ share }) => share),
      1,
      "share of users, full is 100%",
    ),
    row(
      "failures",
      seconds.map(({ failures }) => failures),
      Math.max(1, worstFailures),
      `most ${worstFailures}/s`,
    ),
    row(
      "p95",
      seconds.map(({ p95 }) => p95),
      Math.max(1, worstP95),
      `most ${worstP95.toFixed(0)} ms`,
    ),
  ];
}
