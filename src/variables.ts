import { parseEnv } from "node:util";
import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";

/** What `$NAME` in a runbook may stand for. */
export type Variables = Readonly<Record<string, string>>;

/** Reads dotenv lines (`NAME=value`, quotes and comments allowed); an absent text has no variables. */
export function readVariables(text: string | undefined): Variables {
  const entries = Object.entries(parseEnv(text ?? ""));
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]])),
  );
}

/** An address without credentials, a number or a switch is no secret; masking it would blank out ordinary output. */
export const looksSecret = (value: string): boolean => {
  if (/^(true|false|[\d.]+)$/.test(value)) return false;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return true;
  return /:\/\/[^/\s]*@/.test(value) || value.includes("?");
};

export interface VariableInputs {
  readonly runbookVars?: string | undefined;
  readonly runbookEnv?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

/** Variables and secrets under one roof; what looks secret is masked before anything can print it. */
export function variablesOf(inputs: VariableInputs, ports: Pick<Ports, "mask">): Variables {
  const secrets = {
    ...readVariables(inputs.runbookEnv),
    ...(inputs.databaseUrl === undefined ? {} : { DATABASE_URL: inputs.databaseUrl }),
  };
  for (const value of Object.values(secrets)) if (looksSecret(value)) ports.mask(value);
  return { ...readVariables(inputs.runbookVars), ...secrets };
}

const reference = /^\$([A-Z][A-Z0-9_]*)$/;

/** The value behind `$NAME`, or the text itself; undefined when the variable is not there. */
export const resolved = (value: string, variables: Variables): string | undefined => {
  const name = reference.exec(value)?.[1];
  return name === undefined ? value : variables[name];
};

/** A part of the runbook with every `$NAME` replaced; all that are missing are named at once. */
export function resolveAll<T>(part: T, variables: Variables, place: string): T {
  const missing: string[] = [];
  const replace = (value: unknown, at: string): unknown => {
    if (typeof value === "string") {
      const found = resolved(value, variables);
      if (found === undefined) missing.push(`${value} (${at})`);
      return found;
    }
    if (Array.isArray(value)) return value.map((item, index) => replace(item, `${at}[${index}]`));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner, `${at}.${key}`)]));
    return value;
  };
  const result = replace(part, place);
  if (missing.length > 0)
    throw new InputError(
      `The runbook refers to what is not set: ${missing.join(", ")}. Add secrets to the repository's or environment's RUNBOOK_ENV (or DATABASE_URL), and what is no secret to its variable RUNBOOK_VARS.`,
    );
  return result as T;
}
