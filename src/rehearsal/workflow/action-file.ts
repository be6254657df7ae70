import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../../failure.ts";
import { stepsOf } from "./load.ts";
import { NoOperationTraceWriter, parseAction } from "./official-parser.ts";
import { oneLineScalars } from "./one-line-scalars.ts";
import { at, namedEntries, type Template, templateOf } from "./template.ts";
import type { Step } from "./workflow-file.ts";

/** An action.yml, read and found valid. */
export interface ActionFile {
  readonly inputs: readonly ActionInput[];
  /** Values stand only in composite actions. */
  readonly outputs: readonly (readonly [name: string, value: Template | undefined])[];
  readonly runs:
    | { readonly using: "node"; readonly main: string; readonly post: string | undefined; readonly postIf: string }
    | { readonly using: "composite"; readonly steps: readonly Step[] };
}

export interface ActionInput {
  readonly name: string;
  readonly default: Template | undefined;
  readonly deprecation: string | undefined;
}

const read = new Map<string, ActionFile>();

/** Reads the action in a folder. `uses` is what the message shows. */
export async function loadAction(folder: string, uses: string): Promise<ActionFile> {
  const content = await readFirst([join(folder, "action.yml"), join(folder, "action.yaml")]);
  if (content === undefined) {
    throw new InputError(
      `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for '${uses}'. ` +
        "Did you forget to run actions/checkout before running your local action?",
    );
  }
  const known = read.get(content);
  if (known) return known;
  const { context, value } = parseAction(
    { name: uses, content: oneLineScalars(content) },
    new NoOperationTraceWriter(),
  );
  const faults = context.errors.getErrors().map((fault) => fault.message);
  if (faults.length > 0 || !value) throw new InputError(`The action '${uses}' is not valid.\n  ${faults.join("\n  ")}`);
  const action = actionOf(templateOf(value), uses);
  read.set(content, action);
  return action;
}

async function readFirst(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const content = await readFile(file, "utf8").catch(() => undefined);
    if (content !== undefined) return content;
  }
  return undefined;
}

function actionOf(root: Template, uses: string): ActionFile {
  return {
    inputs: namedEntries(at(root, "inputs")).map(([name, input]) => ({
      name,
      default: at(input, "default"),
      deprecation: textOf(at(input, "deprecationMessage")),
    })),
    outputs: namedEntries(at(root, "outputs")).map(([name, output]) => [name, at(output, "value")]),
    runs: runsOf(at(root, "runs"), uses),
  };
}

function runsOf(runs: Template | undefined, uses: string): ActionFile["runs"] {
  const using = textOf(at(runs, "using")) ?? "";
  if (using === "composite") return { using, steps: stepsOf(uses, at(runs, "steps")) };
  if (!/^node(20|24)$/.test(using)) {
    throw new InputError(`The action '${uses}' runs using '${using}', which a rehearsal cannot run. Use node24.`);
  }
  if (at(runs, "pre") !== undefined) {
    throw new InputError(`The action '${uses}' has a 'pre' step, which a rehearsal does not model.`);
  }
  const main = textOf(at(runs, "main")) ?? "";
  return { using: "node", main, post: textOf(at(runs, "post")), postIf: textOf(at(runs, "post-if")) ?? "always()" };
}

function textOf(template: Template | undefined): string | undefined {
  return typeof template === "string" ? template : undefined;
}
