import type { GroundTruthSecond } from "./ground-truth.ts";
import type { Scenario } from "./scenario.ts";
import type { RunEvent } from "./workflow/workflow-run.ts";
import type { World } from "./world.ts";

/** What a person watches while a rehearsal runs. */
export interface Live {
  begin(scenario: Scenario, world: World): void;
  pushed(commit: string, branch: string): void;
  note(text: string): void;
  event(event: RunEvent): void;
  second(second: GroundTruthSecond): void;
  /** Takes the status line away, so that the report can be printed. */
  end(): void;
}

export interface Screen {
  write(text: string): void;
  /** Whether a line can be rewritten in place. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly now: () => number;
}

/** A terminal that does not know its size says nothing, or 0. */
export const columnsOf = (told: number | undefined): number => (told !== undefined && told > 0 ? told : 120);

const glyphs = { success: "✓", failure: "✗", cancelled: "■", skipped: "·" } as const;
/** Lines of the actions' own log worth a line here: looks, entries of the record, what was read back. */
const telling =
  /^(?:look \d+ at|canary \d+%|candidate at|\S+: (?:about to give|backup|migrate|deploy) |release \d+|\S+: canary |rolled-back|held|interrupted|Applied |Read back)/;

/** Prints what happens as it happens: a line for each step, and below it the traffic of the newest second. */
export function createLive(screen: Screen): Live {
  let began = 0;
  let candidate = "";
  let status = "";
  const clear = () => {
    if (status !== "" && screen.interactive)
      screen.write(`\r${" ".repeat(Math.max(0, Math.min(screen.columns - 1, status.length)))}\r`);
  };
  const print = (text: string) => {
    clear();
    const seconds = ((screen.now() - began) / 1000).toFixed(1).padStart(5);
    screen.write(`${seconds} s  ${cut(text, screen.columns - 9)}\n`);
    if (screen.interactive) screen.write(status);
  };
  const started = new Map<string, number>();

  return {
    begin(scenario, world) {
      began = screen.now();
      print(`${scenario.name}: ${scenario.story}`);
      print(`production serves ${world.platform.stable.slice(0, 12)}; users arrive`);
    },
    pushed(commit, branch) {
      candidate = commit;
      print(`${branch === "main" ? "push to main" : `pull request from ${branch}`}: ${commit.slice(0, 12)}`);
    },
    note: print,
    event(event) {
      if (event.type === "job-started") started.set(event.job, screen.now());
      if (event.type === "job-ended" && event.result !== "skipped") {
        const took = Math.max(0, (screen.now() - (started.get(event.job) ?? screen.now())) / 1000).toFixed(1);
        print(`${glyphs[event.result]} ${shortPath(event.job)}  ${took} s`);
      }
      if (event.type === "log" && telling.test(event.line)) print(`    ${event.line}`);
      if (event.type === "annotation" && event.annotation.level === "error")
        print(`    ${event.annotation.message.split("\n")[0] ?? ""}`);
      if (event.type === "output-dropped") print(`    output ${event.output} dropped: it holds a secret`);
    },
    second(second) {
      const seen = second.versions[candidate];
      const all = Object.values(second.versions).reduce((sum, version) => sum + version.answers, 0);
      const share = all === 0 || seen === undefined ? 0 : (100 * seen.answers) / all;
      const failing =
        seen === undefined || seen.answers === 0
          ? ""
          : ` · ${((100 * seen.failures) / seen.answers).toFixed(1)}% of its answers fail · p95 ${Math.round(seen.p95)} ms`;
      clear();
      status = `         users: ${all}/s · candidate ${share.toFixed(1)}%${failing}`;
      if (screen.interactive) screen.write(status);
    },
    end() {
      clear();
      status = "";
    },
  };
}

/** A matrix leg is known by its first value; the rest of a long leg says nothing new. */
const shortPath = (job: string) => job.replace(/ \(([^,)]*),[^)]*\)/g, " ($1)");

function cut(text: string, width: number): string {
  const plain = text.replace(/\s+/g, " ");
  const indent = /^\s*/.exec(text)?.[0] ?? "";
  const line = `${indent}${plain.trimStart()}`;
  return width > 20 && line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
