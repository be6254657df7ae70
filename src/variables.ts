import { parseEnv } from "node:util";
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
