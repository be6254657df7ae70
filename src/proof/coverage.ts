import { spawn } from "node:child_process";
import path from "node:path";

/** What decides over production, and must have no line and no branch that no specification enters. */
const core = ["src/release.ts", "src/release/*.ts", "src/record.ts", "src/record/*.ts", "src/rollback.ts"];
const specifications = [
  ...["release", "record", "rollback", "plan", "begin", "advance", "approval", "hand-over"].map(
    (name) => `test/${name}.test.ts`,
  ),
  "test/release/*.test.ts",
  "test/advance/*.test.ts",
];

export interface Coverage {
  /** Every line, branch and function was entered, and every specification holds. */
  readonly complete: boolean;
  /** The report of the test runner: a line for each file, with what was not entered. */
  readonly report: readonly string[];
}

/** Runs the specifications of the decision core and measures what of it they enter. */
export async function coreCoverage(): Promise<Coverage> {
  const whole = ["lines", "branches", "functions"].map((what) => `--test-coverage-${what}=100`);
  const included = core.map((file) => `--test-coverage-include=${file}`);
  const options = ["--test", "--experimental-test-coverage", "--test-reporter=tap", ...whole, ...included];
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const cwd = path.resolve(import.meta.dirname, "../..");
    const child = spawn(process.execPath, [...options, ...specifications], { cwd, env: {} });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.stderr.resume();
    child.once("error", reject);
    child.once("close", (exit) => resolve({ code: exit, output: text }));
  });
  const lines = output.split("\n").map((line) => line.replace(/^# /, ""));
  const [from, to] = ["start of coverage report", "end of coverage report"].map((mark) => lines.indexOf(mark));
  const failed = lines.filter((line) => line.startsWith("not ok"));
  const report = from === undefined || from < 0 ? [] : lines.slice(from + 1, to);
  return { complete: code === 0 && report.length > 0, report: [...report, ...failed] };
}
