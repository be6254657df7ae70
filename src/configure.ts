import * as z from "zod";
import { referencePattern, variableName } from "./field.ts";
import type { Variables } from "./variables.ts";

/** Variables of the service by name: a value, a variable such as `$API_URL`, or `secret` for the secret of that name. */
export const configure = z
  .record(variableName, z.union([z.string().max(10_000), z.number(), z.boolean()]).transform(String))
  .meta({ description: "Variables that versions staged from now on run with; put back when the release goes back." });
export type Configure = z.infer<typeof configure>;

/** The values that are meant, and the names for which there is none. */
export function configuredValues(
  written: Configure,
  variables: Variables,
): { readonly values: Readonly<Record<string, string>>; readonly missing: readonly string[] } {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, text] of Object.entries(written)) {
    const reference = text === "secret" ? name : referencePattern.test(text) ? text.slice(1) : undefined;
    const value = reference === undefined ? text : variables[reference];
    if (value === undefined) missing.push(reference ?? name);
    else values[name] = value;
  }
  return { values, missing };
}
