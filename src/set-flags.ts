import type { DeployTarget, PlatformVariables } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import {
  beforeIn,
  type FlagCommands,
  type FlagsBefore,
  type FlagValues,
  isVariableFlag,
  reaches,
  sameFlag,
} from "./flag.ts";
import type { Ports } from "./ports.ts";
import { runBounded } from "./run-bounded.ts";
import type { Variables } from "./variables.ts";
import { fail, pass, type Verdict } from "./verdict.ts";

export interface FlagScene {
  readonly target: DeployTarget;
  /** How flags that are no variables are set and read, by name; pinned in the record. */
  readonly commands: Readonly<Record<string, FlagCommands>>;
  /** Where the commands of the runbook run. */
  readonly directory: string;
  /** What the commands may know: they are the user's own, for exactly this. */
  readonly variables: Variables;
  readonly ports: Ports;
  /** When all of it has to have ended, on the monotonic clock; absent where it only reads. */
  readonly until?: number | undefined;
}

/** Flags are short words; what is longer may be a secret, and the record is read by everybody. */
const longestShown = 40;
/** Milliseconds a command may take that sets or reads one flag. */
const commandWithinMs = 2 * 60_000;

/** What the flags of a stage are before it sets them; a value that may be a secret is refused, because it is recorded. */
export async function readFlags(flags: FlagValues, scene: FlagScene): Promise<FlagsBefore> {
  const before: Record<string, string | null> = {};
  const platform = await platformVariables(flags, scene.target);
  for (const name of Object.keys(flags)) {
    if (!isVariableFlag(name)) before[name] = await readFlag(name, scene);
    else if (platform !== undefined) before[name] = shown(name, platform);
  }
  return before;
}

/** Variables of the service; undefined where versions have their own, or where no flag is a variable. */
async function platformVariables(flags: FlagValues, target: DeployTarget): Promise<PlatformVariables | undefined> {
  if (target.configure === undefined || target.unset === undefined) return undefined;
  return Object.keys(flags).some(isVariableFlag) ? target.variables?.() : undefined;
}

function shown(name: string, { values, unreadable }: PlatformVariables): string | null {
  const value = values[name];
  if (unreadable.includes(name) || (value !== undefined && value.length > longestShown))
    throw new InputError(
      `The variable ${name} holds what cannot be shown or may be a secret, so it could not be put back as a flag. Give the flag another name, or use \`configure\`.`,
    );
  return value ?? null;
}

/** Sets the flags of a stage and reads each one back. May run twice. */
export async function setFlags(flags: FlagValues, scene: FlagScene): Promise<Verdict> {
  const { target } = scene;
  const variables = Object.fromEntries(Object.entries(flags).filter(([name]) => isVariableFlag(name)));
  if (Object.keys(variables).length > 0) await target.configure?.(variables, { shown: true });
  const told = Object.entries(variables).map(([name, value]) => `${name} is ${value} for the versions of this stage`);
  for (const [name, value] of Object.entries(flags)) {
    if (isVariableFlag(name)) continue;
    const present = await readFlag(name, scene);
    if (reaches(present, value)) {
      told.push(`${name} stands at ${present} already`);
      continue;
    }
    await setFlag(name, value, scene);
    const after = await readFlag(name, scene);
    if (!sameFlag(after, value))
      return fail("flag-not-set", `The flag ${name} was set to ${value}, and reads ${after}. Look at its command.`);
    told.push(`${name} went from ${present} to ${value}, read back`);
  }
  return pass("flags-set", `${told.join("; ")}.`);
}

/** Puts flags back to what they were; one that somebody changed since is theirs and stays. */
export async function putFlagsBack(flags: FlagValues, handle: string | null, scene: FlagScene): Promise<Verdict> {
  const before = beforeIn(handle);
  if (before === undefined)
    return fail("flags-unknown", "The record does not say what the flags were before. Set them by hand.");
  const told: string[] = [];
  const platform = await platformVariables(flags, scene.target);
  for (const [name, value] of Object.entries(before).reverse()) {
    const ours = flags[name];
    if (ours === undefined) continue;
    const back = isVariableFlag(name)
      ? await variableBack(name, { ours, value }, platform, scene)
      : await flagBack(name, { ours, value: value ?? "" }, scene);
    if (typeof back !== "string") return back;
    told.push(back);
  }
  return pass("flags-back", told.length === 0 ? "No flag had to be put back." : `${told.join("; ")}.`);
}

async function variableBack(
  name: string,
  { ours, value }: { readonly ours: string; readonly value: string | null },
  platform: PlatformVariables | undefined,
  { target }: FlagScene,
): Promise<string> {
  const present = platform?.values[name];
  if (present === (value ?? undefined)) return `${name} is what it was`;
  if (present !== ours) return `${name} was changed by somebody since and stays`;
  if (value === null) await target.unset?.([name]);
  else await target.configure?.({ [name]: value }, { shown: true });
  return value === null ? `${name} is gone again` : `${name} is ${value} again`;
}

async function flagBack(
  name: string,
  { ours, value }: { readonly ours: string; readonly value: string },
  scene: FlagScene,
): Promise<string | Verdict> {
  const present = await readFlag(name, scene);
  if (sameFlag(present, value)) return `${name} is at ${present}, as before`;
  if (!sameFlag(present, ours)) return `${name} was set to ${present} by somebody since and stays`;
  await setFlag(name, value, scene);
  const after = await readFlag(name, scene);
  return sameFlag(after, value)
    ? `${name} is back at ${after}, read back`
    : fail("flag-not-set", `The flag ${name} was to go back to ${value}, and reads ${after}. Set it by hand.`);
}

async function readFlag(name: string, scene: FlagScene): Promise<string> {
  const value = (await runCommand(name, "read", "", scene)).trim();
  if (value !== "" && value.length <= 200 && !/[\r\n]/.test(value)) return value;
  throw new InputError(
    `The command \`flags.${name}.read\` printed ${value === "" ? "nothing" : "more than a value"}. It has to print the flag's value, in one line, and nothing else.`,
  );
}

const setFlag = (name: string, value: string, scene: FlagScene) => runCommand(name, "set", value, scene);

async function runCommand(name: string, what: "set" | "read", value: string, scene: FlagScene): Promise<string> {
  const { commands, directory, variables, ports, until = Number.POSITIVE_INFINITY } = scene;
  const command = commands[name]?.[what];
  if (command === undefined)
    throw new InputError(
      `The runbook has no \`flags.${name}.${what}\`, so the flag cannot be ${what === "set" ? "set" : "read"}.`,
    );
  const withinMs = Math.min(commandWithinMs, until - ports.clock.monotonic());
  const given = { ...variables, SLUICE_FLAG: name, SLUICE_FLAG_VALUE: value };
  const { code, stdout, stderr } = await runBounded(command, { cwd: directory, variables: given, withinMs }, ports);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).slice(-500);
  throw new InputError(
    `The command \`flags.${name}.${what}\` ended with ${code ?? "a signal"}${said === "" ? "." : `: ${said}`}`,
  );
}
