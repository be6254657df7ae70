import * as core from "@actions/core";
import { exitCodeOf, exitCodeOfError, exitCodes } from "../exit-code.ts";
import { InputError, type Place, ProviderError } from "../failure.ts";
import { plainText } from "../plain-text.ts";
import { boundedSummary, summaryOf } from "../report/summary.ts";
import type { Verdict } from "../verdict.ts";
import { type Action, type Fields, readInputs } from "./define-action.ts";
import { metaOf } from "./input.ts";
import { runnerPorts } from "./ports.ts";
import { readWorkflow } from "./workflow.ts";

/** GitHub keeps at most 1 MiB of outputs a job and drops a larger summary whole. */
const longestOutput = 64 * 1024;

/** Runs one action inside a workflow step: the only place that reads inputs, writes outputs, catches and exits. */
export async function main<F extends Fields, O extends Readonly<Record<string, string>>>(
  action: Action<F, O>,
): Promise<never> {
  const cancel = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => cancel.abort(new Error(`cancelled by ${signal}`)));
  const ports = runnerPorts(cancel.signal);
  maskSecrets(action.inputs, ports.mask);
  try {
    // First, so that outside of a runner nobody is told about inputs that only a runner can give.
    const workflow = readWorkflow(process.env);
    const inputs = readInputs(action.inputs, (name) => core.getInput(name));
    const { verdict, outputs = {}, summary } = await action.run(inputs, ports, workflow);
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
    await leave(action.name, verdict, summary);
    return process.exit(allowed(verdict) ? exitCodes.fine : exitCodeOf(verdict));
  } catch (problem) {
    const stopped = cancel.signal.aborted && problem === cancel.signal.reason;
    const verdict: Verdict = stopped
      ? cancelledHere
      : { verdict: "error", reason: reasonOf(problem), message: messageOf(problem) };
    await leave(action.name, verdict, undefined, stopped ? undefined : problem);
    return process.exit(stopped ? exitCodeOf(verdict) : exitCodeOfError(problem));
  }
}

/** The signal reached a step before its effect, and the step gave way. */
const cancelledHere: Verdict = {
  verdict: "error",
  reason: "cancelled",
  message: "The job was cancelled before this step was done; re-run it, or leave the rest to the rollback job.",
};

function maskSecrets(fields: Fields, mask: (secret: string) => void): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = core.getInput(name);
    if (metaOf(field)["secret"] === true && value !== "") mask(value);
  }
}

/** Only our own workflows set `allow-hold`: there a hold ends the run in good order, and a later tick goes on. */
const allowed = (verdict: Verdict) =>
  verdict.verdict === "pass" ||
  (verdict.verdict === "hold" && verdict.final !== true && core.getInput("allow-hold") === "true");

async function leave(name: string, verdict: Verdict, summary: string | undefined, problem?: unknown): Promise<void> {
  core.setOutput("verdict", verdict.verdict);
  core.setOutput("reason", verdict.reason);
  const evidence = JSON.stringify({ "schema-version": 1, action: name, ...verdict });
  core.setOutput(
    "evidence",
    evidence.length <= longestOutput
      ? evidence
      : JSON.stringify({
          "schema-version": 1,
          action: name,
          verdict: verdict.verdict,
          reason: verdict.reason,
          omitted: "evidence larger than an output may be; it is in the record",
        }),
  );
  tell(verdict, problem);
  if (process.env["GITHUB_STEP_SUMMARY"])
    await core.summary.addRaw(boundedSummary(summary ?? summaryOf(name, verdict)), true).write();
}

/** In the log: a problem with several places is annotated at each, and told whole once. */
function tell(verdict: Verdict, problem: unknown): void {
  const text = plainText(verdict.message);
  const { place, places } = problem instanceof InputError ? problem : { place: undefined, places: [] };
  const at = ({ file, line, column }: Place) => ({ file, startLine: line, startColumn: column });
  if (places.length > 0) {
    for (const one of places) core.error(plainText(one.message), at(one));
    core.info(text);
  } else if (verdict.verdict === "pass") core.info(text);
  else if (verdict.verdict === "hold") core.warning(text);
  else core.error(text, place === undefined ? {} : at(place));
}

const reasonOf = (problem: unknown): string => {
  if (problem instanceof InputError) return "input";
  if (problem instanceof ProviderError) return `${problem.provider}-${problem.status ?? "error"}`;
  return "defect";
};

function messageOf(problem: unknown): string {
  if (problem instanceof InputError || problem instanceof ProviderError) return problem.message;
  const stack = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  return `This is a defect of Sluice; please report it with these lines.\n${stack}`;
}
