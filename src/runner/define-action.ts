import type * as z from "zod";
import { InputError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { Verdict } from "../verdict.ts";
import type { Workflow } from "./workflow.ts";

export type Fields = Readonly<Record<string, z.ZodType>>;

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

/** The parsed inputs of an action, by camelCase name. */
export type Values<F extends Fields> = { readonly [K in keyof F & string as Camel<K>]: z.output<F[K]> };

/** What an action leaves behind: a verdict, and its own outputs besides the three that every action has. */
export interface Result<O extends Readonly<Record<string, string>>> {
  readonly verdict: Verdict;
  readonly outputs?: { readonly [K in keyof O]?: string };
  /** Markdown for the job summary, already escaped. */
  readonly summary?: string;
}

export interface Action<
  F extends Fields = Fields,
  O extends Readonly<Record<string, string>> = Readonly<Record<string, string>>,
> {
  /** Kebab-case; the folder under `actions/`, the file under `src/actions/` and the bundle in `dist/`. */
  readonly name: string;
  readonly description: string;
  readonly inputs: F;
  /** Name and meaning of each output besides `verdict`, `reason` and `evidence`. */
  readonly outputs: O;
  run(inputs: Values<F>, ports: Ports, workflow: Workflow): Promise<Result<O>>;
}

export const defineAction = <const F extends Fields, const O extends Readonly<Record<string, string>>>(
  action: Action<F, O>,
): Action<F, O> => action;

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Reads and parses every input; all problems are reported at once. */
export function readInputs<F extends Fields>(fields: F, read: (name: string) => string): Values<F> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const given = read(name);
    const result = field.safeParse(given === "" ? undefined : given);
    if (result.success) values[camel(name)] = result.data;
    else if (given === "")
      problems.push(`Input \`${name}\` is required: ${field.meta()?.description ?? "give it a value"}`);
    else problems.push(...result.error.issues.map((issue) => `Input \`${name}\` is not usable: ${issue.message}.`));
  }
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return values as Values<F>;
}
