import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type Place } from "../../failure.ts";
import { asksForStatus, asText, membersRead } from "./expression.ts";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "./official-parser.ts";
import { oneLineScalars } from "./one-line-scalars.ts";
import { permissionsOf } from "./permissions.ts";
import {
  at,
  type Entry,
  entriesOf,
  expressionsIn,
  isExpression,
  itemsOf,
  namedEntries,
  plain,
  type Template,
  templateOf,
} from "./template.ts";
import type {
  CallDeclaration,
  CallingJob,
  InputDeclaration,
  Job,
  JobBase,
  OrdinaryJob,
  Step,
  WorkflowFile,
} from "./workflow-file.ts";

const loaded = new Map<string, Promise<WorkflowFile>>();

/**
 * Reads a workflow file and refuses it with an `InputError` naming every fault: those GitHub's parser finds, and reads
 * of `needs.<job>` without `needs: <job>`, which on GitHub are silently empty.
 *
 * @param root the repository's folder
 * @param file the path within it, such as `.github/workflows/release.yml`
 */
export async function loadWorkflow(root: string, file: string): Promise<WorkflowFile> {
  const content = await readFile(join(root, file), "utf8").catch(() => {
    throw new InputError(`There is no workflow file ${file} in ${root}. Create it, or correct the reference to it.`);
  });
  const key = `${file}\0${content}`;
  const known = loaded.get(key);
  if (known) return known;
  const loading = readWorkflow(file, content);
  loaded.set(key, loading);
  return loading;
}

/** The same for a file's text. */
export async function readWorkflow(file: string, content: string): Promise<WorkflowFile> {
  const { context, value } = parseWorkflow(
    { name: file, content: oneLineScalars(content) },
    new NoOperationTraceWriter(),
  );
  // Conversion finds what parsing cannot: unknown needs, cycles, duplicate ids.
  if (value && context.errors.getErrors().length === 0) await convertWorkflowTemplate(context, value);
  const faults = context.errors.getErrors();
  if (faults.length > 0 || !value) {
    const start = faults[0]?.range?.start;
    throw refusal(
      faults.map((fault) => fault.message),
      { file, line: start?.line ?? 1, column: start?.column ?? 1 },
    );
  }
  const workflow = workflowOf(file, templateOf(value));
  const beyond = faultsBeyondTheParser(workflow);
  const first = beyond[0];
  if (first)
    throw refusal(
      beyond.map((fault) => fault.message),
      first.place,
    );
  return workflow;
}

function refusal(messages: readonly string[], place: Place): InputError {
  const text = messages.length > 0 ? messages.join("\n  ") : "The file is empty.";
  return new InputError(`The workflow is not valid. ${place.file}:\n  ${text}`, place);
}

interface Fault {
  readonly message: string;
  readonly place: Place;
}

function faultsBeyondTheParser(workflow: WorkflowFile): readonly Fault[] {
  return [...Object.values(workflow.jobs).flatMap(faultsOfJob), ...faultsOfConcurrency(workflow)];
}

function faultsOfJob(job: Job): readonly Fault[] {
  const fault = (message: string, place: Place = job.place): Fault => ({
    message: `${place.file} (Line: ${place.line}, Col: ${place.column}): ${message}`,
    place,
  });
  const foreign = new Set(needsRead(job).filter((name) => !job.needs.includes(name)));
  const faults = [...foreign].map((name) =>
    fault(`Job '${job.id}' reads needs.${name}, but its needs do not list '${name}': the value would be empty.`),
  );
  if (job.kind === "calling") {
    return [...faults, ...[...faultsOfUses(job.uses), ...faultsOfTokens(job)].map((message) => fault(message))];
  }
  const steps = job.steps.flatMap((step) => faultsOfUses(step.uses).map((message) => fault(message, step.place)));
  return [...faults, ...steps];
}

/** `$/` takes the commit of the file it stands in, so a ref after it has no meaning. */
function faultsOfUses(uses: string | undefined): readonly string[] {
  if (!uses?.startsWith("$/") || !uses.includes("@")) return [];
  return [`'uses: ${uses}' must not name a ref: '$/' always means the commit of the file it is written in.`];
}

/** Each called job has a token of its own; the calling job's would be empty here, silently. */
function faultsOfTokens(job: CallingJob): readonly string[] {
  const expressions = callTexts(job).flatMap(expressionsIn);
  const passesToken = expressions.some(
    ({ expression }) =>
      membersRead(expression, "secrets").some((name) => name.toUpperCase() === "GITHUB_TOKEN") ||
      membersRead(expression, "github").some((name) => name.toLowerCase() === "token"),
  );
  return passesToken ? [`Job '${job.id}' passes its token to what it calls, which a rehearsal does not model.`] : [];
}

function faultsOfConcurrency(workflow: WorkflowFile): readonly Fault[] {
  const declared: readonly (readonly [Template | undefined, Place])[] = [
    [workflow.concurrency, { file: workflow.file, line: 1, column: 1 }],
    ...Object.values(workflow.jobs).map((job) => [job.concurrency, job.place] as const),
  ];
  return declared
    .filter(([concurrency]) => at(concurrency, "queue") === "max" && at(concurrency, "cancel-in-progress") === true)
    .map(([, place]) => ({
      message: `${place.file} (Line: ${place.line}, Col: ${place.column}): 'queue: max' cannot stand with 'cancel-in-progress: true'.`,
      place,
    }));
}

function needsRead(job: Job): readonly string[] {
  const texts = [
    job.name,
    job.concurrency,
    job.strategy,
    ...(job.kind === "calling" ? callTexts(job) : stepTexts(job)),
  ];
  const expressions = texts.flatMap(expressionsIn).map((expression) => expression.expression);
  const conditions = job.kind === "calling" ? [] : job.steps.map((step) => step.condition);
  return [job.condition, ...conditions, ...expressions].flatMap((expression) => membersRead(expression, "needs"));
}

function callTexts(job: CallingJob): readonly (Template | undefined)[] {
  return [job.with, ...(job.secrets === "inherit" ? [] : Object.values(job.secrets))];
}

function stepTexts(job: OrdinaryJob): readonly (Template | undefined)[] {
  const own = [
    job.runsOn,
    job.environment,
    job.timeoutMinutes,
    job.continueOnError,
    job.env,
    job.defaults,
    job.outputs,
  ];
  const steps = job.steps.flatMap((step) => [
    ...[step.name, step.run, step.with, step.env, step.shell],
    ...[step.workingDirectory, step.timeoutMinutes, step.continueOnError],
  ]);
  return [...own, ...steps];
}

function workflowOf(file: string, root: Template): WorkflowFile {
  const on = at(root, "on");
  const name = at(root, "name");
  return {
    file,
    name: typeof name === "string" ? name : file,
    triggers: triggersOf(on),
    call: callOf(on),
    dispatchInputs: inputsOf(at(on, "workflow_dispatch", "inputs")),
    permissions: permissionsOf(at(root, "permissions")),
    concurrency: at(root, "concurrency"),
    env: at(root, "env"),
    defaults: at(root, "defaults"),
    jobs: Object.fromEntries(
      entriesOf(at(root, "jobs")).flatMap((entry) =>
        typeof entry.key === "string" ? [[entry.key, jobOf(file, entry.key, entry)]] : [],
      ),
    ),
  };
}

function triggersOf(on: Template | undefined): readonly string[] {
  if (typeof on === "string") return [on];
  const listed = itemsOf(on).filter((event) => typeof event === "string");
  return [...listed, ...namedEntries(on).map(([event]) => event)];
}

function callOf(on: Template | undefined): CallDeclaration | undefined {
  if (!triggersOf(on).includes("workflow_call")) return undefined;
  const call = at(on, "workflow_call");
  return {
    inputs: inputsOf(at(call, "inputs")),
    secrets: Object.fromEntries(
      namedEntries(at(call, "secrets")).map(([name, secret]) => [name, { required: at(secret, "required") === true }]),
    ),
    outputs: Object.fromEntries(
      namedEntries(at(call, "outputs")).map(([name, output]) => [name, at(output, "value") ?? ""]),
    ),
  };
}

const inputTypes = ["string", "boolean", "number", "choice", "environment"] as const;

function inputsOf(template: Template | undefined): readonly InputDeclaration[] {
  return namedEntries(template).map(([name, input]) => ({
    name,
    type: inputTypes.find((type) => type === at(input, "type")) ?? "string",
    required: at(input, "required") === true,
    default: at(input, "default"),
    options: itemsOf(at(input, "options")).map((option) => asText(plain(option))),
  }));
}

/** Running such a job without them would prove nothing. */
function refuseContainers(file: string, id: string, { value, line, column }: Entry): void {
  const asked = ["container", "services"].find((name) => at(value, name) !== undefined);
  if (asked === undefined) return;
  throw new InputError(`Job '${id}' asks for a ${asked}, which a rehearsal cannot start.`, { file, line, column });
}

function jobOf(file: string, id: string, entry: Entry): Job {
  refuseContainers(file, id, entry);
  const job = entry.value;
  const base: JobBase = {
    id,
    place: { file, line: entry.line, column: entry.column },
    name: at(job, "name"),
    needs: namesOf(at(job, "needs")),
    ...conditionOf(at(job, "if")),
    permissions: permissionsOf(at(job, "permissions")),
    concurrency: at(job, "concurrency"),
    strategy: at(job, "strategy"),
  };
  const uses = at(job, "uses");
  if (typeof uses === "string") {
    const secrets = at(job, "secrets");
    return {
      ...base,
      kind: "calling",
      uses,
      with: at(job, "with"),
      secrets: secrets === "inherit" ? "inherit" : Object.fromEntries(namedEntries(secrets)),
    };
  }
  return {
    ...base,
    kind: "ordinary",
    runsOn: at(job, "runs-on") ?? null,
    environment: at(job, "environment"),
    timeoutMinutes: at(job, "timeout-minutes"),
    cancelTimeoutMinutes: at(job, "cancel-timeout-minutes"),
    continueOnError: at(job, "continue-on-error"),
    env: at(job, "env"),
    defaults: at(job, "defaults"),
    outputs: at(job, "outputs"),
    steps: stepsOf(file, at(job, "steps")),
  };
}

function namesOf(template: Template | undefined): readonly string[] {
  return typeof template === "string" ? [template] : itemsOf(template).filter((name) => typeof name === "string");
}

/** The steps of a job or of a composite action. */
export function stepsOf(file: string, template: Template | undefined): readonly Step[] {
  return itemsOf(template).map((step) => {
    const first = entriesOf(step)[0];
    const id = at(step, "id");
    const uses = at(step, "uses");
    return {
      id: typeof id === "string" ? id : undefined,
      place: { file, line: first?.line ?? 1, column: first?.column ?? 1 },
      name: at(step, "name"),
      ...conditionOf(at(step, "if")),
      uses: typeof uses === "string" ? uses : undefined,
      run: at(step, "run"),
      with: at(step, "with"),
      env: at(step, "env"),
      shell: at(step, "shell"),
      workingDirectory: at(step, "working-directory"),
      timeoutMinutes: at(step, "timeout-minutes"),
      continueOnError: at(step, "continue-on-error"),
    };
  });
}

function conditionOf(written: Template | undefined): Pick<JobBase, "if" | "condition"> {
  const text = isExpression(written) ? written.expression : asText(plain(written ?? "")).trim();
  if (written === undefined || text === "") return { if: undefined, condition: "success()" };
  return { if: asText(plain(written)), condition: asksForStatus(text) ? text : `success() && (${text})` };
}
