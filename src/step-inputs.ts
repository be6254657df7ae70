import * as z from "zod";
import { InputError } from "./failure.ts";
import { resolveReferences } from "./resolve-references.ts";
import type { Fields } from "./runner/define-action.ts";
import { yaml } from "./runner/input.ts";
import type { Variables } from "./variables.ts";
import { accept, refuse } from "./written-runbook.ts";

/** A step whose value is a list (of checks) has one input for it. */
const listInput = "checks";

const alone = "Instead of the runbook's, when the step runs alone (`record: none`).";

/** The inputs a step's schema stands for: its keys, or one for a step that is a list. Structured ones are YAML. */
export function stepInputs(schema: z.ZodType): Fields {
  const keys = keysOf(schema);
  if (keys === undefined) return { [listInput]: yaml(`The checks, as in the runbook. ${alone}`).optional() };
  return Object.fromEntries(
    Object.entries(keys).map(([key, field]) => [key, yaml(`${field.meta()?.description ?? key} ${alone}`).optional()]),
  );
}

function keysOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : undefined;
}

export interface GivenStep {
  /** As the runner hands it over, by the kebab-case name of the input. */
  readonly read: (input: string) => string | undefined;
  readonly variables: Variables;
}

/** The step that the inputs describe, read by the very schema the runbook is read by; undefined when none is given. */
export async function givenStep<T>(schema: z.ZodType<T>, { read, variables }: GivenStep): Promise<T | undefined> {
  const names = Object.keys(stepInputs(schema));
  const given = names.flatMap((name) => {
    const text = read(name);
    return text === undefined || text === "" ? [] : [[name, text] as const];
  });
  if (given.length === 0) return undefined;
  const [first] = given;
  const text =
    keysOf(schema) === undefined && first !== undefined
      ? first[1]
      : given
          .map(([name, value]) => `${name}:${value.includes("\n") ? `\n${indented(value)}` : ` ${value}`}`)
          .join("\n");
  const { readBySchema } = await import("./read-by-schema.ts");
  const written = accept(readBySchema(text, "inputs of this step", schema));
  const resolved = resolveReferences(written, variables, undefined, {});
  return resolved.ok ? resolved.value : refuse(resolved.problems);
}

const indented = (text: string) => text.replace(/^/gm, "  ");

/** Step inputs only count for a step that runs alone: in a release the pinned runbook says what happens. */
export function refuseInRelease(given: unknown, record: string): void {
  if (given === undefined || record === "none") return;
  throw new InputError(
    "The step's own inputs count only with `record: none`; in a release the runbook it was started with says what happens. Put them there.",
  );
}
