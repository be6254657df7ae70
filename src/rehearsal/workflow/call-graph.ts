import { InputError } from "../../failure.ts";
import { loadWorkflow } from "./load.ts";
import { type Permissions, permissionViolations } from "./permissions.ts";
import { type Origin, resolveWorkflow, type World } from "./reference.ts";
import { namedEntries } from "./template.ts";
import type { CallingJob, WorkflowFile } from "./workflow-file.ts";

/** A workflow with everything it calls, each file at its commit. */
export interface WorkflowNode {
  readonly workflow: WorkflowFile;
  readonly origin: Origin;
  /** By id of the calling job. */
  readonly calls: Readonly<Record<string, WorkflowNode>>;
}

/** GitHub's limit of nested calls, the first workflow included (docs: "Limitations of reusable workflows"). */
const deepestNesting = 10;

/** Loads a workflow and all it calls. Refuses, as GitHub does before any job runs, a call that does not fit its callee. */
export async function loadCallGraph(origin: Origin, file: string, world: World, above = 0): Promise<WorkflowNode> {
  if (above >= deepestNesting) {
    throw new InputError(`${file} is called more than ${deepestNesting} workflows deep. Call fewer levels.`);
  }
  const workflow = await loadWorkflow(origin.root, file);
  const calling = Object.values(workflow.jobs).filter((job) => job.kind === "calling");
  const calls = await Promise.all(
    calling.map(async (job) => {
      const reference = resolveWorkflow(job.uses, origin, world);
      const callee = await loadCallGraph(reference.origin, reference.path, world, above + 1);
      refuseMisfit(job, callee.workflow);
      return [job.id, callee] as const;
    }),
  );
  return { workflow, origin, calls: Object.fromEntries(calls) };
}

/** The same for a repository on its own, every reference into it taken as it stands. */
export function loadOwnCallGraph(root: string, repository: string, file: string): Promise<WorkflowNode> {
  const origin: Origin = { repository, root, ref: "", sha: "", source: root };
  return loadCallGraph(origin, file, { consumer: origin, toolkit: origin });
}

/** Refuses a graph in which a callee asks for more than its calling job grants. */
export function refuseExcess(node: WorkflowNode, granted: Permissions): void {
  const violations = permissionViolations(node, granted);
  if (violations.length > 0) throw new InputError(`The workflow is not valid.\n  ${violations.join("\n  ")}`);
}

function refuseMisfit(job: CallingJob, callee: WorkflowFile): void {
  const faults = misfits(job, callee);
  if (faults.length === 0) return;
  const where = `${job.place.file} (Line: ${job.place.line}, Col: ${job.place.column})`;
  throw new InputError(
    `The workflow is not valid. ${where}: error calling workflow '${job.uses}':\n  ${faults.join("\n  ")}`,
    job.place,
  );
}

function misfits(job: CallingJob, callee: WorkflowFile): readonly string[] {
  const declared = callee.call;
  if (!declared) return [`${callee.file} cannot be called: it does not name workflow_call under 'on'.`];
  const inputs = new Set(namedEntries(job.with).map(([name]) => name.toLowerCase()));
  const known = new Set(declared.inputs.map((input) => input.name.toLowerCase()));
  return [
    ...declared.inputs
      .filter((input) => input.required && !inputs.has(input.name.toLowerCase()))
      .map((input) => `Input ${input.name} is required, but not provided while calling.`),
    ...namedEntries(job.with)
      .filter(([name]) => !known.has(name.toLowerCase()))
      .map(([name]) => `Invalid input, ${name} is not defined in the referenced workflow.`),
    ...(job.secrets === "inherit" ? [] : secretMisfits(Object.keys(job.secrets), declared.secrets)),
  ];
}

function secretMisfits(given: readonly string[], declared: Readonly<Record<string, { required: boolean }>>): string[] {
  const passed = new Set(given.map((name) => name.toLowerCase()));
  const known = new Set(Object.keys(declared).map((name) => name.toLowerCase()));
  return [
    ...Object.entries(declared)
      .filter(([name, { required }]) => required && !passed.has(name.toLowerCase()))
      .map(([name]) => `Secret ${name} is required, but not provided while calling.`),
    ...given
      .filter((name) => !known.has(name.toLowerCase()))
      .map((name) => `Invalid secret, ${name} is not defined in the referenced workflow.`),
  ];
}
