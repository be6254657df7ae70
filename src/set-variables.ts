import type { StepOutcome } from "./advance.ts";
import { type Configure, configuredValues } from "./configure.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import type { Variables } from "./variables.ts";

/** Sets variables of the service; versions staged from now on run with them. Names are told, values never. */
export async function setVariables(
  step: Configure,
  { target, variables }: { readonly target: DeployTarget; readonly variables: Variables },
): Promise<StepOutcome> {
  if (target.configure === undefined)
    throw new InputError(
      `The target ${target.kind} keeps no variables for a service. Remove \`configure\`, or put them into RUNBOOK_VARS and RUNBOOK_ENV.`,
    );
  const { values, missing } = configuredValues(step, variables);
  if (missing.length > 0)
    return {
      verdict: "fail",
      reason: "missing-variables",
      message: `Nothing has the values of ${missing.join(", ")}. Put them into the secret RUNBOOK_ENV or the variable RUNBOOK_VARS.`,
    };
  const configured = await target.configure(values);
  const changed =
    configured.changed.length === 0 ? "Nothing had to change" : `Changed: ${configured.changed.join(", ")}`;
  const blind =
    configured.unreadable.length === 0 ? "" : ` Set without reading back: ${configured.unreadable.join(", ")}.`;
  return { verdict: "pass", reason: "configured", message: `${changed}.${blind}`, configured };
}
