import { nearName } from "./near-name.ts";
import { finalStage } from "./plan.ts";
import type { Path } from "./problem.ts";
import type { Breach } from "./runbook-rules.ts";
import { quote } from "./source-text.ts";

type Plain = Readonly<Record<string, unknown>>;

const mapOf = (value: unknown): Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Every role that is asked must be somebody, or the release would wait for ever. */
function roleRules(written: unknown, known: readonly string[], path: Path): Breach[] {
  return listOf(written).flatMap((role, i): Breach[] => {
    if (typeof role !== "string" || known.includes(role)) return [];
    const near = nearName(role, known);
    const names = known.map((name) => `\`${name}\``).join(", ");
    return [
      {
        path: [...path, i],
        refusal: {
          code: "RB110",
          message: `nobody is ${quote(role)}${near === undefined ? "" : `, did you mean \`${near}\`?`}`,
          why: names === "" ? "There is no `people`, so nobody could answer." : `\`people\` declares ${names}.`,
          fix: `Say who it is: \`people: { ${near ?? role}: [login] }\`.`,
        },
      },
    ];
  });
}

function minimumRule(approve: Plain, people: Plain, path: Path): Breach[] {
  const { minimum, by } = approve;
  const asked = listOf(by).flatMap((role) => (typeof role === "string" ? listOf(people[role]) : []));
  const logins = new Set(asked.map((person) => String(person).toLowerCase()));
  const teams = [...logins].some((person) => person.startsWith("@"));
  if (typeof minimum !== "number" || teams || logins.size === 0 || logins.size >= minimum) return [];
  return [
    {
      path: [...path, "minimum"],
      refusal: {
        code: "RB111",
        message: `${minimum} approvals of ${logins.size} people`,
        why: "Everybody counts once, so the stage could never be approved.",
        fix: `Ask for at most ${logins.size}, or name more people under \`people\`.`,
      },
    },
  ];
}

/** The order names every signature once, and nothing else. */
function orderRules(signOff: Plain): Breach[] {
  const order = listOf(signOff["order"]);
  const declared = Object.keys(signOff).filter((key) => key !== "order");
  const path: Path = ["sign-off"];
  const unknown = order.flatMap((role, i): Breach[] =>
    typeof role !== "string" || declared.includes(role)
      ? []
      : [
          {
            path: [...path, "order", i],
            refusal: {
              code: "RB112",
              message: `no signature ${quote(role)} is described`,
              why: "A name in the order that nobody may sign would wait for ever.",
              fix: `Say who signs it: \`${role}: { by: [role] }\`.`,
            },
          },
        ],
  );
  const left = declared
    .filter((role) => order.length > 0 && !order.includes(role))
    .map(
      (role): Breach => ({
        path: [...path, role],
        refusal: {
          code: "RB112",
          message: `${quote(role)} is missing in \`order\``,
          why: "Signatures are given one after the other.",
          fix: `Add \`${role}\` to \`order\`, or remove it here.`,
          atKey: true,
        },
      }),
    );
  return [...unknown, ...left];
}

function nameRule(stages: readonly Plain[]): Breach[] {
  return stages.flatMap(({ name }, i): Breach[] =>
    name !== finalStage
      ? []
      : [
          {
            path: ["stages", i, "name"],
            refusal: {
              code: "RB113",
              message: `a stage of its own is called ${quote(finalStage)}`,
              why: "What comes after the last stage (`watch`, `sign-off`) goes by this name in the record.",
              fix: "Give this stage another name.",
            },
          },
        ],
  );
}

/** Where a platform has variables of its own; elsewhere versions run with what their job was given. */
const keepVariables: readonly string[] = ["vercel", "render"];

/** What a task sets anew has to be seen by somebody: the platform says so, and the deploy behind the pause asks it. */
function changedRule(stage: Plain, target: Plain, path: Path): Breach[] {
  const pause = mapOf(stage["pause"]);
  if (pause["changed"] === undefined) return [];
  const [kind = ""] = Object.keys(target);
  const refuse = (message: string, why: string, fix: string): Breach[] => [
    { path: [...path, "pause", "changed"], refusal: { code: "RB143", message, why, fix, atKey: true } },
  ];
  if (!("deploy" in stage))
    return refuse(
      "variables are set anew without a deploy",
      "Only versions staged after it run with them, and the deploy is what looks at them.",
      "Add `deploy: {}` below it, or move the pause into the stage that deploys.",
    );
  if (keepVariables.includes(kind) || kind === "") return [];
  return refuse(
    `the target ${quote(kind)} keeps no variables of a service`,
    "What its versions run with are secrets of the job, and nothing tells when those were set.",
    "Remove `changed`, and let the person who does the task say so.",
  );
}

/** Rules about people, judged on plain data as the other rules are. */
export function peopleRules(data: unknown): Breach[] {
  const runbook = mapOf(data);
  const people = mapOf(runbook["people"]);
  const known = Object.keys(people);
  const stages = listOf(runbook["stages"]).map(mapOf);
  const signOff = mapOf(runbook["sign-off"]);
  return [
    ...nameRule(stages),
    ...stages.flatMap((stage, i) => {
      const path: Path = ["stages", i];
      const approve = mapOf(stage["approve"]);
      return [
        ...roleRules(approve["by"], known, [...path, "approve", "by"]),
        ...minimumRule(approve, people, [...path, "approve"]),
        ...roleRules(mapOf(stage["pause"])["by"], known, [...path, "pause", "by"]),
        ...changedRule(stage, mapOf(runbook["target"]), path),
      ];
    }),
    ...orderRules(signOff),
    ...Object.entries(signOff).flatMap(([role, rule]) =>
      role === "order" ? [] : roleRules(mapOf(rule)["by"], known, ["sign-off", role, "by"]),
    ),
  ];
}
