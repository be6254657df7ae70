import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";

/** What `$NAME` in a runbook may stand for. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Reads dotenv lines (`NAME=value`, quotes and comments allowed); an absent text has no variables. A line that is
 * neither is an InputError with its number and without its content, which may be a secret.
 */
export function readVariables(text: string | undefined): Variables {
  refuseOddLines(text ?? "");
  // All of node:util would be loaded by an import.
  const { parseEnv } = process.getBuiltinModule("node:util");
  const entries = Object.entries(parseEnv(text ?? ""));
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]])),
  );
}

function refuseOddLines(text: string): void {
  let quote: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (quote !== undefined) {
      if (line.includes(quote)) quote = undefined;
      continue;
    }
    if (/^\s*(#.*)?$/.test(line)) continue;
    const value = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*(.*)$/.exec(line)?.[1];
    if (value === undefined)
      throw new InputError(
        `Line ${index + 1} of the variables is not NAME=value (its content is not shown). Write one variable a line in RUNBOOK_ENV and RUNBOOK_VARS.`,
      );
    const opened = /^(["'`])/.exec(value)?.[1];
    if (opened !== undefined && !value.slice(1).includes(opened)) quote = opened;
  }
  if (quote !== undefined)
    throw new InputError("A quote in the variables is never closed. Close it, or leave quotes away.");
}

/** A switch, a number or the bare origin of a site is no secret; masking it would blank out ordinary output. */
export const looksSecret = (value: string): boolean => !/^(?:true|false|[\d.]+|https?:\/\/[^/@?#\s]+\/?)$/i.test(value);

/** Secrets that have an input of their own, by what the runbook calls them. */
const named = {
  databaseUrl: "DATABASE_URL",
  slackWebhookUrl: "SLACK_WEBHOOK_URL",
  vercelToken: "VERCEL_TOKEN",
  renderApiKey: "RENDER_API_KEY",
  sshKey: "SSH_KEY",
  sentryAuthToken: "SENTRY_AUTH_TOKEN",
} as const;

export type VariableInputs = Readonly<
  Partial<Record<"runbookVars" | "runbookEnv" | keyof typeof named, string | undefined>>
>;

/** Variables and secrets under one roof; what looks secret is masked before anything can print it. */
export function variablesOf(inputs: VariableInputs, ports: Pick<Ports, "mask">): Variables {
  const secrets = {
    ...readVariables(inputs.runbookEnv),
    ...Object.fromEntries(
      Object.entries(named).flatMap(([input, name]) => {
        const value = inputs[input as keyof typeof named];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
  for (const value of Object.values(secrets)) if (looksSecret(value)) ports.mask(value);
  return { ...readVariables(inputs.runbookVars), ...secrets };
}
