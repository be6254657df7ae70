import type { Configured, Finding, PlatformVariables } from "../../deploy-target.ts";
import { InputError } from "../../failure.ts";
import { looksSecret } from "../../variables.ts";
import { oneLine } from "../rest.ts";
import type { EnvVariable } from "./answers.ts";
import { unreadable, type VercelApi } from "./api.ts";
import { isActive } from "./production.ts";

/** What of the project's settings would let a release be a lie: looked for before anything moves. */
export async function findingsOf(api: VercelApi, shares: readonly number[]): Promise<readonly Finding[]> {
  const [project, rollout, config] = await Promise.all([api.project(), api.rollingRelease(), api.rollingConfig()]);
  const findings: Finding[] = [];
  if (project.link && project.autoAssignCustomDomains !== false)
    findings.push({
      reason: "auto-assign-on",
      message: `Project ${project.name} ships every push to ${project.link.productionBranch ?? "its production branch"} by itself. Switch \`Auto-assign Custom Production Domains\` off under Settings, Environments, Production, so that nothing reaches users before it was tested.`,
    });
  if (isActive(rollout))
    findings.push({
      reason: "rolling-release-active",
      message: `Vercel is in the middle of a rolling release of ${rollout.canaryDeployment?.id ?? "another deployment"}. Complete or abort it on Vercel first: every promotion would queue behind it.`,
    });
  const configured = (config?.stages ?? []).map(({ targetPercentage }) => targetPercentage);
  if (shares.some((share) => share < 100)) findings.push(...(await slotFindings(api, configured)));
  else if (configured.length > 0)
    findings.push({
      reason: "rolling-releases-on",
      message: `The project rolls every promotion out by ${configured.join("%, ")}%, and the runbook gives all traffic at once. Write these shares as \`canary.shifts\`, or switch rolling releases off under Settings, Build and Deployment.`,
    });
  return findings;
}

/** Whether this project may divide traffic at all; one that has rolling releases already holds its place. */
async function slotFindings(api: VercelApi, configured: readonly number[]): Promise<readonly Finding[]> {
  const { reason, message, enabledProjects } = await api.billing();
  const alternatives =
    "Keep only `- { traffic: 100% }` with its limits: the deployment is tested at its own address, gets all traffic at once, and is judged right after.";
  const said = message ? ` (${oneLine(message)})` : "";
  if (reason === "plan_not_supported")
    return [
      {
        reason: "no-rolling-releases",
        message: `The plan of this account has no rolling releases${said}, so a candidate gets all traffic or none. ${alternatives} Or move the team to Pro or Enterprise.`,
      },
    ];
  const holdsPlace = configured.length > 0 || enabledProjects?.includes(api.projectId) === true;
  if (reason === "no_available_slots" && !holdsPlace)
    return [
      {
        reason: "no-rolling-release-slot",
        message: `The team's rolling releases are used up by other projects${said}. Switch one of them off, or ${alternatives.charAt(0).toLowerCase()}${alternatives.slice(1)}`,
      },
    ];
  return [];
}

const targetsOf = ({ target }: EnvVariable): readonly string[] =>
  typeof target === "string" ? [target] : (target ?? []);

/** Values that Vercel shows again to whoever may see them. */
const isReadable = ({ type }: EnvVariable) => type === "plain" || type === "encrypted";

/**
 * Sets variables of the production environment; deployments that exist keep the ones they were built with, so there is
 * nothing to put back when one of them serves again.
 */
export async function configureVariables(
  api: VercelApi,
  variables: Readonly<Record<string, string>>,
  shown = false,
): Promise<Configured> {
  const before = await productionVariables(api);
  for (const name of Object.keys(variables)) refuseShared(name, before.get(name));
  const differing: { readonly name: string; readonly value: string; readonly type: string }[] = [];
  for (const [name, value] of Object.entries(variables)) {
    const known = before.get(name);
    if (known !== undefined && (await shownValue(api, known)) === value) continue;
    differing.push({ name, value, type: known?.type ?? (looksSecret(value) && !shown ? "sensitive" : "encrypted") });
  }
  if (differing.length === 0) return { changed: [], unreadable: [] };
  const body = differing.map(({ name: key, value, type }) => ({ key, value, type, target: ["production"] as const }));
  const written = await api.writeVariables(body);
  if (written.outcome === "refused") throw written.error;
  if (written.outcome === "accepted") refuseFailed(written.value?.failed ?? []);
  const unread = await readBack(api, differing);
  return { changed: differing.map(({ name }) => name), unreadable: unread };
}

/** Removes variables of the production environment and reads that they are gone. */
export async function removeVariables(api: VercelApi, names: readonly string[]): Promise<void> {
  const before = await productionVariables(api);
  for (const name of names) {
    const known = before.get(name);
    if (known?.id === undefined) continue;
    refuseShared(name, known);
    const written = await api.removeVariable(known.id);
    if (written.outcome === "refused") throw written.error;
  }
  const left = await productionVariables(api);
  const stayed = names.filter((name) => left.has(name));
  if (stayed.length > 0)
    throw unreadable(
      `Vercel was to remove ${stayed.join(", ")} and still shows it. Run it again, or remove it by hand.`,
    );
}

/** What production's next deployment will run with; a sensitive value is known to be set and no more. */
export async function readVariables(api: VercelApi): Promise<PlatformVariables> {
  const values: Record<string, string> = {};
  const unreadable: string[] = [];
  for (const [name, variable] of await productionVariables(api)) {
    const value = await shownValue(api, variable);
    if (value === undefined) unreadable.push(name);
    else values[name] = value;
  }
  return { values, unreadable };
}

/** When each variable was set last: Vercel never shows some values again, but always this. */
export async function variableMarks(
  api: VercelApi,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const marks: Record<string, string> = {};
  const known = await productionVariables(api);
  for (const name of names) {
    const variable = known.get(name);
    if (variable === undefined) continue;
    if (typeof variable.updatedAt !== "number")
      throw unreadable(`Vercel does not say when the variable ${name} was set, so nothing tells whether it changed.`);
    marks[name] = `set:${variable.updatedAt}`;
  }
  return marks;
}

async function productionVariables(api: VercelApi): Promise<ReadonlyMap<string, EnvVariable>> {
  const found = (await api.variables()).filter(
    (variable) => targetsOf(variable).includes("production") && !variable.gitBranch,
  );
  return new Map(found.map((variable) => [variable.key, variable]));
}

/** A variable that other environments share would change there as well. */
function refuseShared(name: string, known: EnvVariable | undefined): void {
  const others = known === undefined ? [] : targetsOf(known).filter((target) => target !== "production");
  if (others.length === 0) return;
  throw new InputError(
    `The variable ${name} is shared by production and ${others.join(", ")}, so setting it here would change it there too. Split it on Vercel into one variable for each environment.`,
  );
}

/** The value where Vercel shows it; undefined for one that is never shown again. */
async function shownValue(api: VercelApi, variable: EnvVariable): Promise<string | undefined> {
  if (!isReadable(variable) || variable.id === undefined) return undefined;
  return (await api.variable(variable.id))?.value ?? undefined;
}

/** A 201 with failures in it is a failure. */
function refuseFailed(failed: readonly { readonly error: Readonly<Record<string, unknown>> }[]): void {
  if (failed.length === 0) return;
  const told = failed.map(({ error }) => {
    const name = error["envVarKey"] ?? error["key"];
    return `${typeof name === "string" ? `${oneLine(name)}: ` : ""}${oneLine(String(error["code"]))}`;
  });
  throw new InputError(
    `Vercel did not set ${failed.length} of the variables (${told.join("; ")}) although it answered as if it had. Correct them on Vercel or in the runbook and run it again.`,
  );
}

/** Names of what was set and can be read by nobody; throws when a readable value is not the one that was sent. */
async function readBack(
  api: VercelApi,
  sent: readonly { readonly name: string; readonly value: string }[],
): Promise<readonly string[]> {
  const after = await productionVariables(api);
  const unread: string[] = [];
  for (const { name, value } of sent) {
    const known = after.get(name);
    if (known === undefined)
      throw unreadable(`Vercel accepted the variable ${name} and does not show it. Run it again.`);
    if (!isReadable(known)) unread.push(name);
    else if ((await shownValue(api, known)) !== value)
      throw unreadable(`Vercel accepted the variable ${name} and shows another value. Run it again.`);
  }
  return unread;
}
