import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Document, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { type Files, workflowViolations } from "./workflow-rules.ts";

const root = path.resolve(import.meta.dirname, "..");
const files: Files = Object.fromEntries(
  globSync([".github/workflows/*.yml", "examples/*/.github/workflows/*.yml", "actions/*/action.yml"], { cwd: root })
    .sort()
    .map((file) => [file.split(path.sep).join("/"), readFileSync(path.join(root, file), "utf8")]),
);
/** Experiments break the rules on purpose, so breaking them further proves nothing. */
const workflows = Object.keys(files).filter(
  (file) => file.includes("workflows/") && !path.basename(file).startsWith("parity"),
);
const present = await workflowViolations(files);

test("the workflows of the toolkit and of the examples hold every rule", () => {
  assert.deepEqual(present, []);
});

test("writing a workflow anew without changing it breaks no rule", async () => {
  const rewritten = Object.fromEntries(workflows.map((file) => [file, edited(file, () => undefined)]));
  assert.deepEqual(await newViolations(rewritten), []);
});

interface Mutant {
  /** What was done to which part of which file. */
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

type Key = string | number;
type Place = readonly Key[];

const documents = new Map(Object.entries(files).map(([file, text]) => [file, parseDocument(text)] as const));

/** The file's text after an edit of its parsed document; comments stay where they are. */
function edited(file: string, edit: (document: Document) => void): string {
  const document = parseDocument(files[file] ?? "");
  edit(document);
  return document.toString({ lineWidth: 0 });
}

/** Violations of the changed workflows that the present ones do not have. */
async function newViolations(changed: Files): Promise<readonly string[]> {
  const known = new Set(present.map(withoutLine));
  return (await workflowViolations({ ...files, ...changed })).filter((violation) => !known.has(withoutLine(violation)));
}

const withoutLine = (violation: string) => violation.replace(/ (?:at )?line \d+/g, "");

const remove = (file: string, place: Place): Mutant => ({
  name: `${file} without ${place.join(".")}`,
  file,
  text: edited(file, (document) => document.deleteIn(place)),
});

const change = (file: string, place: Place, value: unknown): Mutant => ({
  name: `${file} with ${place.join(".")}: ${JSON.stringify(value)}`,
  file,
  text: edited(file, (document) => document.setIn(place, document.createNode(value))),
});

/** Every place in a file that holds a value, with the value when it is a scalar. */
function placesIn(file: string): readonly { readonly place: Place; readonly value: unknown }[] {
  const walk = (node: unknown, place: Place): { place: Place; value: unknown }[] => {
    if (isMap(node))
      return node.items.flatMap(({ key, value }) => [
        { place: [...place, String(key)], value: isScalar(value) ? value.value : undefined },
        ...walk(value, [...place, String(key)]),
      ]);
    if (isSeq(node))
      return node.items.flatMap((item, index) => [
        { place: [...place, index], value: isScalar(item) ? item.value : undefined },
        ...walk(item, [...place, index]),
      ]);
    return [];
  };
  return walk(documents.get(file)?.contents, []);
}

const every = (mutate: (file: string, place: Place, value: unknown) => readonly Mutant[]): readonly Mutant[] =>
  workflows.flatMap((file) => placesIn(file).flatMap(({ place, value }) => mutate(file, place, value)));

const isJob = (place: Place) => place[0] === "jobs" && place.length === 2;
/** Whether the place is `jobs.<job>.<key>` or `jobs.<job>.steps.<index>.<key>`. */
const isKey = (place: Place, key: string) =>
  place[0] === "jobs" && place.at(-1) === key && (place.length === 3 || (place.length === 5 && place[2] === "steps"));
const inside = (place: Place, key: string, depth: number) =>
  place[0] === "jobs" && place.at(-2) === key && place.length === depth;
const hasOwnSteps = (file: string, place: Place) => documents.get(file)?.hasIn([...place, "steps"]) === true;

/** The conjuncts of a condition, and the condition without each. */
const weakened = (condition: string): readonly string[] => {
  const parts = condition.replace(/\s+/g, " ").split(" && ");
  return parts.length < 2 ? [] : parts.map((_, index) => parts.filter((__, other) => other !== index).join(" && "));
};

const families: Readonly<Record<string, readonly Mutant[]>> = {
  "one entry of a job's needs removed": every((file, place) =>
    inside(place, "needs", 4) ? [remove(file, place)] : [],
  ),
  "all needs removed": every((file, place) => (isKey(place, "needs") ? [remove(file, place)] : [])),
  "the condition of a job or a step removed": every((file, place) => (isKey(place, "if") ? [remove(file, place)] : [])),
  "a part of a condition removed": every((file, place, value) =>
    isKey(place, "if") ? weakened(String(value)).map((condition) => change(file, place, condition)) : [],
  ),
  "a condition that runs after failures": every((file, place, value) => {
    if (!isKey(place, "if")) return [];
    const [condition, others] = [String(value), ["!failure()", "always()", "true"]];
    return [
      ...others.filter((other) => other !== condition).map((other) => change(file, place, other)),
      ...(condition.includes("always()") ? [change(file, place, condition.replace("always()", "!cancelled()"))] : []),
    ];
  }),
  "a permission added": every((file, place) =>
    isJob(place)
      ? ["issues", "id-token", "actions"]
          .filter((scope) => documents.get(file)?.getIn([...place, "permissions", scope]) !== "write")
          .map((scope) => change(file, [...place, "permissions", scope], "write"))
      : [],
  ),
  "a permission raised or removed": every((file, place, value) =>
    inside(place, "permissions", 4)
      ? [remove(file, place), ...(value === "read" ? [change(file, place, "write")] : [change(file, place, "read")])]
      : [],
  ),
  "the empty permissions at the top removed or widened": workflows.flatMap((file) => [
    remove(file, ["permissions"]),
    change(file, ["permissions"], { contents: "read" }),
    change(file, ["permissions"], "write-all"),
  ]),
  "a grant without its comment": workflows.flatMap((file) => {
    const lines = (files[file] ?? "").split("\n");
    return lines.flatMap((line, index) => {
      const bare = line.replace(/^(\s+(?:contents|deployments|actions): (?:read|write)) #.*$/, "$1");
      const text = lines.with(index, bare).join("\n");
      return bare === line ? [] : [{ name: `${file} line ${index + 1} without its comment`, file, text }];
    });
  }),
  "a secret dropped where it is declared, handed on or used": every((file, place, value) =>
    place.at(-2) === "secrets" || String(value).includes("secrets.") ? [remove(file, place)] : [],
  ),
  "a secret that is required, renamed or inherited": every((file, place) => {
    if (place.at(-3) === "secrets" && place.at(-1) === "required") return [change(file, place, true)];
    if (inside(place, "secrets", 4)) return [change(file, place, "${{ secrets.OTHER }}")];
    return isKey(place, "secrets") ? [change(file, place, "inherit")] : [];
  }),
  "a secret in a job that runs the user's code": every((file, place) =>
    place.at(-1) === "uses" &&
    ["preflight", "smoke-test", "load-test", "check"].some((name) => usesAction(file, place, name))
      ? [
          change(file, [...place.slice(0, -1), "with", "runbook-env"], "${{ secrets.RUNBOOK_ENV }}"),
          change(file, [...place.slice(0, -1), "env", "ALL"], "${{ toJSON(secrets) }}"),
          change(file, [...place.slice(0, -1), "env", "TOKEN"], "${{ github.token }}"),
          change(file, [...place.slice(0, 2), "environment"], { name: "${{ inputs.environment }}", deployment: false }),
        ]
      : [],
  ),
  "a concurrency group added": [
    ...workflows.map((file) => change(file, ["concurrency"], { group: "sluice-production", queue: "max" })),
    ...every((file, place) =>
      isJob(place)
        ? [change(file, [...place, "concurrency"], { group: "sluice-${{ github.ref }}", queue: "max" })]
        : [],
    ),
  ],
  "the concurrency group removed or altered": every((file, place) =>
    place.includes("concurrency")
      ? [remove(file, place), ...(place.at(-1) === "group" ? [change(file, place, "release")] : [])]
      : [],
  ),
  "an environment removed, exchanged or with a deployment": every((file, place) => {
    if (isKey(place, "environment") && place.length === 3) return [remove(file, place)];
    if (place.at(-2) !== "environment" || place[0] !== "jobs") return [];
    if (place.at(-1) === "deployment") return [remove(file, place), change(file, place, true)];
    return file.startsWith(".github/workflows/publish") ? [] : [change(file, place, "${{ inputs.environment }}-other")];
  }),
  "a job that may run for ever": every((file, place) => (isKey(place, "timeout-minutes") ? [remove(file, place)] : [])),
  "an action that is not ours at this commit": every((file, place, value) =>
    place.at(-1) === "uses"
      ? ["./actions/plan", "other/action@v1", `${String(value).replace(/@.*/, "")}@v7`, "$/actions/absent"].map(
          (uses) => change(file, place, uses),
        )
      : [],
  ),
  "a pin without its version": workflows.flatMap((file) =>
    /# v\d+\.\d+\.\d+/.test(files[file] ?? "")
      ? [
          {
            name: `${file} without its version comments`,
            file,
            text: (files[file] ?? "").replace(/ # v\d+\.\d+\.\d+/g, ""),
          },
        ]
      : [],
  ),
  "a checkout that leaves the token behind": every((file, place) =>
    place.at(-1) === "persist-credentials" ? [remove(file, place), change(file, place, true)] : [],
  ),
  "an expression in a script": every((file, place, value) =>
    place.at(-1) === "run" ? [change(file, place, `${String(value)}\necho \${{ github.head_ref }}`)] : [],
  ),
  "an input dropped, misspelt or invented": every((file, place) => {
    if (place.at(-2) !== "with" || place.at(-1) === "fetch-depth") return [];
    const misspelt = [...place.slice(0, -1), `${String(place.at(-1))}-x`];
    return [remove(file, place), change(file, misspelt, "x")];
  }),
  "an input of another value": every((file, place, value) =>
    place.at(-2) === "with" && /inputs\.|needs|secrets\.|vars\.|github\./.test(String(value))
      ? [change(file, place, "something-else")]
      : [],
  ),
  "a job output that comes from nowhere": every((file, place) =>
    inside(place, "outputs", 4) ? [remove(file, place), change(file, place, "${{ steps.plan.outputs.absent }}")] : [],
  ),
  "stages side by side, or after a failed one": every((file, place) =>
    file.endsWith("/release.yml") && (place.at(-1) === "max-parallel" || place.at(-1) === "fail-fast")
      ? [remove(file, place)]
      : [],
  ),
  "a step before the rollback that may stop it": every((file, place) =>
    place.at(-1) === "continue-on-error" ? [remove(file, place)] : [],
  ),
  "strangers' code with secrets": workflows.map((file) => change(file, ["on", "pull_request_target"], null)),
  "a job in another place": workflows.flatMap((file) => {
    if (!file.endsWith("/stage.yml")) return [];
    const text = edited(file, (document) => {
      const jobs = document.get("jobs");
      if (isMap(jobs)) jobs.items.reverse();
    });
    return [{ name: `${file} upside down`, file, text }];
  }),
  "a job without a checkout": every((file, place) =>
    isJob(place) && hasOwnSteps(file, place) ? [remove(file, [...place, "steps", 0])] : [],
  ),
};

function usesAction(file: string, place: Place, name: string): boolean {
  return documents.get(file)?.getIn(place) === `$/actions/${name}`;
}

for (const [family, mutants] of Object.entries(families)) {
  test(`${family}: every one of ${mutants.length} is found`, async () => {
    assert.ok(mutants.length > 0, "no workflow has a place for this mutation any more");
    const survivors: string[] = [];
    for (const { name, file, text } of mutants)
      if ((await newViolations({ [file]: text })).length === 0) survivors.push(name);
    assert.deepEqual(survivors, []);
  });
}
