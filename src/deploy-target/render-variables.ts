import { createHmac } from "node:crypto";
import * as z from "zod";
import type { Configured, PlatformVariables } from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { RenderApi } from "./render-api.ts";

/** What the handle holds: where the values are kept on Render, and which names had none. Never a value. */
const handleSchema = z.array(
  z.strictObject({
    service: z.string(),
    /** Group with the values there were, absent when there were none. */
    group: z.string().optional(),
    absent: z.array(z.string()),
  }),
);
type Kept = z.infer<typeof handleSchema>[number];

/**
 * What the next deploy of a service runs with: its own variables, and those of the groups linked to it where it has none
 * of that name (https://render.com/docs/configure-environment-variables#environment-groups). Which of two groups wins
 * is not said anywhere, so a name that both give another value cannot be told.
 */
export async function effectiveVariables(api: RenderApi, service: string): Promise<PlatformVariables> {
  const [own, groups] = await Promise.all([
    api.variables(service),
    api.service(service).then((known) => api.groupsOf(known)),
  ]);
  const lent: Record<string, string> = {};
  const unreadable = new Set<string>();
  for (const values of await Promise.all(groups.map((group) => api.group(group))))
    for (const [name, value] of Object.entries(values ?? {})) {
      if (own[name] === undefined && lent[name] !== undefined && lent[name] !== value) unreadable.add(name);
      lent[name] = value;
    }
  for (const name of unreadable) delete lent[name];
  return { values: { ...lent, ...own }, unreadable: [...unreadable] };
}

/**
 * Sets variables one by one: Render's call for all of them at once would remove every other. A change takes effect with
 * the next deploy only. The values there were are kept in a group that no service uses, so that they never leave Render.
 */
export async function changeVariables(
  api: RenderApi,
  services: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Configured> {
  const changed = new Set<string>();
  const kept: Kept[] = [];
  try {
    for (const service of services) await changeIn(service);
  } catch (problem) {
    // Half of a change is none: whoever asked has no handle to undo it with.
    if (kept.length > 0) await restoreVariables(api, JSON.stringify(kept));
    throw problem;
  }
  const before = kept.length === 0 ? undefined : JSON.stringify(kept);
  return { changed: [...changed].sort(), unreadable: [], before };

  async function changeIn(service: string): Promise<void> {
    const before = await api.variables(service);
    const wanted = Object.entries(variables).filter(([name, value]) => before[name] !== value);
    if (wanted.length === 0) return;
    kept.push(
      await keep(
        api,
        service,
        before,
        wanted.map(([name]) => name),
      ),
    );
    for (const [name, value] of wanted) await api.setVariable(service, name, value);
    const after = await api.variables(service);
    const odd = wanted.filter(([name, value]) => after[name] !== value).map(([name]) => name);
    const lost = Object.keys(before).filter((name) => after[name] === undefined);
    if (odd.length > 0 || lost.length > 0)
      throw new ProviderError(
        "render",
        `Variables of ${service} are not as they were set: ${[...odd, ...lost].join(", ")}. Look at the service's Environment page and mend them.`,
      );
    for (const [name] of wanted) changed.add(name);
  }
}

/** A digest of each value under Render's own key: whoever could try values against it may read them anyway. */
export async function variableMarks(
  api: RenderApi,
  service: string,
  names: readonly string[],
  key: string,
): Promise<Readonly<Record<string, string>>> {
  const digest = (text: string, length: number) =>
    createHmac("sha256", key).update(text).digest("hex").slice(0, length);
  const maker = digest("maker", 8);
  const values = await api.variables(service);
  const set = names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, `${maker}:${digest(`${name}=${value}`, 32)}`] as const];
  });
  return Object.fromEntries(set);
}

async function keep(
  api: RenderApi,
  service: string,
  before: Readonly<Record<string, string>>,
  names: readonly string[],
): Promise<Kept> {
  const values = Object.fromEntries(
    names.flatMap((name) => (before[name] === undefined ? [] : [[name, before[name]]])),
  );
  const absent = names.filter((name) => before[name] === undefined);
  if (Object.keys(values).length === 0) return { service, absent };
  const { ownerId } = await api.service(service);
  const group = await api.createGroup({ name: `sluice-before-${service}`, ownerId, values });
  const read = await api.group(group);
  for (const [name, value] of Object.entries(values))
    if (read?.[name] !== value)
      throw new ProviderError(
        "render",
        `The old value of ${name} could not be kept, so nothing was changed. Try again.`,
      );
  return { service, group, absent };
}

/** Puts back what `changeVariables` found, reads it back, and only then removes the kept values. */
export async function restoreVariables(api: RenderApi, before: string): Promise<void> {
  for (const { service, group, absent } of handleIn(before)) {
    const values = group === undefined ? {} : await api.group(group);
    if (values === undefined)
      throw new ProviderError(
        "render",
        `The values that ${service} had before are gone: group ${group} was removed. Set its variables by hand.`,
      );
    const now = await api.variables(service);
    for (const [name, value] of Object.entries(values))
      if (now[name] !== value) await api.setVariable(service, name, value);
    for (const name of absent) if (now[name] !== undefined) await api.removeVariable(service, name);
    const after = await api.variables(service);
    const odd = [
      ...Object.entries(values).flatMap(([name, value]) => (after[name] === value ? [] : [name])),
      ...absent.filter((name) => after[name] !== undefined),
    ];
    if (odd.length > 0)
      throw new ProviderError(
        "render",
        `Variables of ${service} are not as they were: ${odd.join(", ")}. Set them by hand.`,
      );
    if (group !== undefined) await api.removeGroup(group);
  }
}

function handleIn(text: string): readonly Kept[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const found = handleSchema.safeParse(json);
  if (found.success) return found.data;
  throw new InputError("The handle of the variables before is not one of Render's. Set the variables by hand.");
}
