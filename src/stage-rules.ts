import type { Refusal } from "./expectation.ts";
import { isVariableFlag } from "./flag.ts";
import { nearName } from "./near-name.ts";
import type { Path } from "./problem.ts";
import { parsePercentage } from "./quantity.ts";
import type { Breach } from "./runbook-rules.ts";
import { quote } from "./source-text.ts";

/*
 * What the stages of a runbook release, each compared with those before it: their commits and their flags. Judged on
 * plain data, so that the rules speak even when other parts are broken.
 */

type Plain = Record<string, unknown>;

const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const variablesIn = (stage: Plain): readonly string[] => Object.keys(mapOf(stage["flags"])).filter(isVariableFlag);
const commandFlagsIn = (stage: Plain): readonly string[] =>
  Object.keys(mapOf(stage["flags"])).filter((name) => !isVariableFlag(name));

/** Two stages that deploy differ in their commit or in their flags, and none goes back to an older commit. */
export function commitRules(stages: readonly Plain[]): Breach[] {
  return stages.flatMap((stage, i): Breach[] => {
    const before = stages.slice(0, i);
    const newest = before.findIndex((earlier) => "deploy" in earlier && !("ref" in earlier));
    const older = newest >= 0 && "ref" in stage;
    const same = before.findIndex((earlier) => "deploy" in earlier && earlier["ref"] === stage["ref"]);
    if (older)
      return [
        {
          path: ["stages", i, "ref"],
          refusal: {
            code: "RB115",
            message: `stage ${newest + 1} released the newest commit already`,
            why: "Each stage contains the one before it; this one would take back what that one brought.",
            fix: "Move the stage above it, or remove `ref`.",
            atKey: true,
          },
        },
      ];
    if (!("deploy" in stage) || same < 0 || variablesIn(stage).length > 0) return [];
    const refusal: Refusal = {
      code: "RB109",
      message: `stage ${same + 1} deploys this commit already`,
      why: "A second deploy of the same commit with the same flags would change nothing.",
      fix: "Give the stages their own `ref`, turn something on with `flags`, or keep one `deploy` with its canary.",
      atKey: true,
    };
    return [{ path: ["stages", i, "deploy"], refusal }];
  });
}

/** Flags that can be set, seen, and told from everything else that changes. */
export function flagRules(runbook: Plain): Breach[] {
  const stages = listOf(runbook["stages"]).map(mapOf);
  const declared = Object.keys(mapOf(runbook["flags"]));
  const onRender = "render" in mapOf(runbook["target"]);
  return stages.flatMap((stage, i) => {
    const path: Path = ["stages", i, "flags"];
    const breach = (refusal: Refusal, name?: string): Breach => ({
      path: name === undefined ? path : [...path, name],
      refusal,
    });
    const variables = variablesIn(stage);
    const commandFlags = commandFlagsIn(stage);
    const found: Breach[] = commandFlags
      .filter((name) => !declared.includes(name))
      .map((name) => breach(undeclared(name, declared), name));
    if (variables.length > 0 && !("deploy" in stage)) found.push(breach(withoutDeploy));
    if (commandFlags.length > 0 && "deploy" in stage) found.push(breach(besideDeploy));
    else if (commandFlags.length > 0 && !("watch" in stage)) found.push(breach(unwatched));
    if (variables.length > 0 && onRender) found.push(breach(onlyByCommand));
    for (const name of Object.keys(mapOf(stage["flags"]))) {
      const lower = lowerThanBefore(stages.slice(0, i), stage, name);
      if (lower !== undefined) found.push(breach(lower, name));
    }
    return found;
  });
}

function undeclared(name: string, declared: readonly string[]): Refusal {
  const near = nearName(name, declared);
  return {
    code: "RB118",
    message: `nothing says how the flag ${quote(name)} is set${near === undefined ? "" : `, did you mean \`${near}\`?`}`,
    why: "A flag that is no variable is set and read back by commands of yours.",
    fix: `Add \`flags: { ${name}: { set: ..., read: ... } }\` at the top of the runbook.`,
    atKey: true,
  };
}

const withoutDeploy: Refusal = {
  code: "RB116",
  message: "a variable as a flag without a deploy",
  why: "Only versions staged after it run with it, so nothing would change.",
  fix: "Add `deploy: {}` to the stage, or use a flag that a command sets.",
  atKey: true,
};

const besideDeploy: Refusal = {
  code: "RB117",
  message: "a flag that a command sets, in a stage that deploys",
  why: "When something breaks, nobody could tell the new version from what was turned on.",
  fix: "Put it into a later stage of its own, with a `watch`.",
  atKey: true,
};

const unwatched: Refusal = {
  code: "RB119",
  message: "a flag is turned on and nobody watches",
  why: "Without limits nothing could set it back.",
  fix: "Add `watch: { for: 30m, every: 1m, limits: [error-rate < 1%] }` to the stage.",
  atKey: true,
};

const onlyByCommand: Refusal = {
  code: "RB128",
  message: "a variable as a flag on Render",
  why: "Render names a version by its commit, so the one with the flag could not be told from the one without.",
  fix: "Set the flag by a command: declare it under the runbook's `flags`, and give it a stage of its own.",
  atKey: true,
};

/** A rollout rises; what goes down again would be taken from people who have it. */
function lowerThanBefore(before: readonly Plain[], stage: Plain, name: string): Refusal | undefined {
  const percentIn = ({ flags }: Plain) => {
    const value = mapOf(flags)[name];
    return typeof value === "string" ? parsePercentage(value) : undefined;
  };
  const now = percentIn(stage);
  const earlier = before.map(percentIn).findLast((percent) => percent !== undefined);
  if (now === undefined || earlier === undefined || now > earlier) return undefined;
  return {
    code: "RB127",
    message: `${now}% of ${name} does not follow ${earlier}%`,
    why: "Every stage turns a flag on for more people; it is taken from them only when something breaks.",
    fix: "Sort the stages from the smallest share to the largest.",
  };
}
