import type { Broken } from "./invariants.ts";
import type { Move } from "./moves.ts";

const meanings: Readonly<Record<string, string>> = {
  ok: "asks, and gets its answer",
  down: "asks, and nothing happens: the other side is down",
  lost: "asks, it happens, and the answer is lost",
  late: "writes, hears nothing, and the write travels on",
  unavailable: "writes, and is told to come back later",
  pass: "judges the share: good",
  fail: "fails",
  hold: "cannot tell yet",
  throw: "runs a step that throws",
  crash: "dies",
  cancel: "is cancelled",
  starts: "starts",
};

/** A counterexample as numbered lines; equal lines in a row are told once. */
export function storyOf(moves: readonly Move[], broken: Broken): string {
  const lines: { text: string; times: number }[] = [];
  for (const { who, what } of moves) {
    const text = `${who} ${meanings[what] ?? what}`;
    const last = lines.at(-1);
    if (last?.text === text) last.times += 1;
    else lines.push({ text, times: 1 });
  }
  const told = lines.map(
    ({ text, times }, index) => `${String(index + 1).padStart(3)}. ${text}${times > 1 ? ` (${times} times)` : ""}`,
  );
  return [`${broken.promise}: ${broken.seen}.`, ...told].join("\n");
}
