import { n as configuredValues } from "./configure.js";
import { m as InputError } from "./words.js";
async function setVariables(step, { target, variables }) {
if (target.configure === void 0) throw new InputError(`The target ${target.kind} keeps no variables for a service. Remove \`configure\`, or put them into RUNBOOK_VARS and RUNBOOK_ENV.`);
let { values, missing } = configuredValues(step, variables);
if (missing.length > 0) return {
verdict: "fail",
reason: "missing-variables",
message: `Nothing has the values of ${missing.join(", ")}. Put them into the secret RUNBOOK_ENV or the variable RUNBOOK_VARS.`
};
let configured = await target.configure(values);
return {
verdict: "pass",
reason: "configured",
message: `${configured.changed.length === 0 ? "Nothing had to change" : `Changed: ${configured.changed.join(", ")}`}.${configured.unreadable.length === 0 ? "" : ` Set without reading back: ${configured.unreadable.join(", ")}.`}`,
configured
};
}
export { setVariables };
