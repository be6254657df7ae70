import { InputError } from "../../failure.ts";
import { asText, type Json, type Scope } from "./expression.ts";
import { fill } from "./template.ts";
import type { InputDeclaration } from "./workflow-file.ts";

/** The `inputs` context of a called workflow. Throws an InputError for a value of the wrong type. */
export function bindCallInputs(
  declared: readonly InputDeclaration[],
  given: Readonly<Record<string, Json>>,
  scope: Scope,
): Record<string, Json> {
  return Object.fromEntries(
    declared.map((input) => {
      const value = givenValue(given, input.name) ?? defaultOf(input, scope);
      if (input.type !== "string" && typeof value !== input.type) {
        throw new InputError(
          `Input ${input.name} must be a ${input.type}, but the call gives '${asText(value)}'. ` +
            `Pass it as an expression that yields a ${input.type}.`,
        );
      }
      return [input.name, input.type === "string" ? asText(value) : value];
    }),
  );
}

/** The `inputs` context of a dispatched workflow, whose values all come as text. */
export function bindDispatchInputs(
  declared: readonly InputDeclaration[],
  given: Readonly<Record<string, string>>,
  scope: Scope,
): Record<string, Json> {
  const unknown = Object.keys(given).find((name) => !declared.some((input) => input.name === name));
  if (unknown !== undefined)
    throw new InputError(`Unexpected inputs provided: ["${unknown}"]. Declare it or leave it out.`);
  return Object.fromEntries(
    declared.map((input) => {
      const value = given[input.name] ?? asText(defaultOf(input, scope));
      if (value === "" && input.required) {
        throw new InputError(`Required input '${input.name}' not provided. Give it when dispatching.`);
      }
      return [input.name, dispatchValue(input, value)];
    }),
  );
}

function dispatchValue(input: InputDeclaration, value: string): Json {
  if (input.type === "boolean") {
    if (value === "true" || value === "false" || value === "") return value === "true";
    throw new InputError(`Provided value '${value}' for input '${input.name}' is not a boolean. Give true or false.`);
  }
  if (input.type === "number") {
    const number = Number(value);
    if (!Number.isNaN(number)) return number;
    throw new InputError(`Provided value '${value}' for input '${input.name}' is not a number.`);
  }
  if (input.type === "choice" && value !== "" && !input.options.includes(value)) {
    throw new InputError(
      `Provided value '${value}' for input '${input.name}' not in the list of allowed values: ${input.options.join(", ")}.`,
    );
  }
  return value;
}

function givenValue(given: Readonly<Record<string, Json>>, name: string): Json | undefined {
  return Object.entries(given).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function defaultOf(input: InputDeclaration, scope: Scope): Json {
  if (input.default !== undefined) return fill(input.default, scope);
  if (input.type === "boolean") return false;
  return input.type === "number" ? 0 : "";
}
