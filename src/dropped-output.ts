import { InputError } from "./failure.ts";
import type { Ports } from "./ports.ts";
import { secretForms } from "./secret-forms.ts";
import { looksSecret, type VariableInputs, variablesOf } from "./variables.ts";

/**
 * The runner drops a job's output that holds a masked text, with no more than a warning: the jobs behind it would be
 * skipped, and the run would look well although nothing was released. Throws an InputError that names the variables.
 */
export function refuseDropped(output: string, inputs: VariableInputs, ports: Pick<Ports, "mask">): void {
  // What is given as `runbook-vars` is no secret, and never masked.
  const secrets = variablesOf({ ...inputs, runbookVars: undefined }, ports);
  const inside = Object.entries(secrets).filter(
    ([, value]) => looksSecret(value) && secretForms(value).some((form) => output.includes(form)),
  );
  if (inside.length === 0) return;
  const names = inside.map(([name]) => name).join(", ");
  throw new InputError(
    `The plan's stages cannot be handed to the next jobs: names of stages or steps hold the value of ${names}, and GitHub drops every output that holds a secret. ` +
      "Move it from RUNBOOK_ENV to RUNBOOK_VARS if it is no secret, or rename the stage.",
  );
}
