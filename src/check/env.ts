import type { Check } from "../check.ts";
import type { EnvContract } from "../check-spec.ts";
import { nearName } from "../near-name.ts";
import { fail, hold, pass } from "../verdict.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const schemes = {
  https: ["https:"],
  http: ["http:", "https:"],
  postgres: ["postgres:", "postgresql:"],
  redis: ["redis:", "rediss:"],
} as const;

/** Rules that only the value itself can prove. */
const aboutValue = ["url", "min-length", "equals", "differs-from"] as const;

/** What is wrong with one variable; never its value, which may be a secret whether it is called one or not. */
function breaches(
  name: string,
  rule: EnvContract[string],
  variables: Variables,
  unreadable: ReadonlySet<string>,
): string[] {
  const value = variables[name];
  if (value === undefined || value.trim() === "") {
    const set = Object.keys(variables).filter((other) => other !== name && variables[other] !== undefined);
    const near = nearName(name, set);
    return [
      `${name} is ${value === undefined ? "not set" : "empty"}${near === undefined ? "" : ` (there is ${near})`}`,
    ];
  }
  const found: string[] = [];
  if (rule.url !== undefined && !isAddress(value, schemes[rule.url])) found.push(`${name} is no ${rule.url} address`);
  const least = rule["min-length"] ?? 0;
  if (value.length < least) found.push(`${name} has ${value.length} characters, at least ${least} are needed`);
  if (rule.equals !== undefined && value !== rule.equals) found.push(`${name} is not ${JSON.stringify(rule.equals)}`);
  const other = rule["differs-from"];
  if (other !== undefined && unreadable.has(other)) return found;
  if (other !== undefined && variables[other] === undefined)
    found.push(`${other}, from which ${name} must differ, is not set, so nothing is proven`);
  else if (other !== undefined && variables[other] === value) found.push(`${name} has the same value as ${other}`);
  return found;
}

function isAddress(value: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return allowed.includes(url.protocol) && url.hostname !== "";
}

/**
 * The contract over the variables a release runs with: all that is broken, without a single value. `unreadable` are set
 * and never shown again: what the contract says of their values is not proven.
 */
export function envCheck(
  contract: EnvContract,
  variables: Variables,
  unreadable: ReadonlySet<string> = new Set(),
): Check {
  const names = Object.keys(contract);
  const title = `env: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""} as agreed`;
  return {
    title,
    async run() {
      const readable = Object.entries(contract).filter(([name]) => !unreadable.has(name));
      const broken = readable.flatMap(([name, rule]) => breaches(name, rule, variables, unreadable));
      const checked = `${names.length} ${names.length === 1 ? "variable" : "variables"}`;
      const unproven = Object.entries(contract).flatMap(([name, rule]) => {
        const rules = aboutValue.filter((key) => rule[key] !== undefined);
        const other = rule["differs-from"];
        const hidden = unreadable.has(name) || (other !== undefined && unreadable.has(other));
        return hidden && rules.length > 0 ? [`${name} (${rules.join(", ")})`] : [];
      });
      if (broken.length === 0 && unproven.length > 0)
        return hold(
          "env-unreadable",
          `env: the platform never shows the values of some variables again, so this is not proven: ${unproven.join("; ")}. ` +
            "Set them as readable ones, or ask only that they are set.",
          { unproven },
        );
      if (broken.length === 0)
        return pass("env-as-agreed", `env: ${checked} checked, all as agreed.`, { checked: names });
      return fail(
        "env-broken",
        `env: ${broken.join("; ")}. Mend them in the environment's variables and secrets, then run this again.`,
        { broken },
      );
    },
  };
}
