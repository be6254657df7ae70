/**
 * Writes what is generated from the sources: actions' metadata, the README's tables, the runbook's JSON Schema and the
 * permissions a caller must grant. With `--check` it writes nothing and fails when a file is not current.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import * as z from "zod";
import { ruleWords } from "../../src/migration/lint/rule-words.ts";
import { type RuleName, rules } from "../../src/migration/lint/rules.ts";
import { loadOwnCallGraph } from "../../src/rehearsal/workflow/call-graph.ts";
import { neededPermissions } from "../../src/rehearsal/workflow/permissions.ts";
import type { Action } from "../../src/runner/define-action.ts";
import { runbookJsonSchema } from "./runbook-json-schema.ts";

const root = path.resolve(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const stale: string[] = [];

function emit(file: string, content: string): void {
  const full = path.join(root, file);
  const present = readIfThere(full);
  if (present === content) return;
  if (check) stale.push(file);
  else {
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content);
    process.stdout.write(`wrote ${file}\n`);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const commonOutputs = {
  verdict: "`pass`, `fail`, `hold` or `error`.",
  reason: "Stable code of the reason.",
  evidence: "Everything measured and done, as versioned JSON.",
};

interface Metadata {
  readonly inputs: Record<
    string,
    { readonly description: string; readonly required: boolean; readonly default?: string }
  >;
  readonly outputs: Record<string, { readonly description: string }>;
}

function metadataOf(action: Action): Metadata {
  const schema = z.toJSONSchema(z.object(action.inputs), { io: "input" });
  const required = new Set(schema.required ?? []);
  const inputs = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    if (typeof property === "boolean") throw new Error(`input ${name} of ${action.name} has no schema`);
    const given = property.default === undefined ? {} : { default: String(property.default) };
    return [
      name,
      {
        description: property.description ?? "",
        required: required.has(name) && property.default === undefined,
        ...given,
      },
    ];
  });
  const outputs = Object.entries({ ...commonOutputs, ...action.outputs }).map(([name, description]) => [
    name,
    { description },
  ]);
  return { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
}

const actionYaml = (action: Action, { inputs, outputs }: Metadata, main: string, branding?: object) =>
  `# Generated from src/actions/${action.name}.ts. Edit that file, then run \`npm run generate\`.\n${stringify(
    {
      name: branding === undefined ? action.name : "Sluice",
      description: action.description,
      ...(branding === undefined ? {} : { branding }),
      inputs,
      outputs,
      runs: { using: "node24", main },
    },
    { lineWidth: 0 },
  )}`;

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function actionPage(action: Action, { inputs, outputs }: Metadata): string {
  const rows = Object.entries(inputs).map(
    ([name, input]) =>
      `| \`${name}\` | ${input.required ? "yes" : ""} | ${input.default === undefined || input.default === "" ? "" : `\`${cell(input.default)}\``} | ${cell(input.description)} |`,
  );
  const results = Object.entries(outputs).map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`);
  return [
    `<!-- Generated from src/actions/${action.name}.ts. Edit that file, then run \`npm run generate\`. -->`,
    `# ${action.name}`,
    action.description,
    "",
    "```yaml",
    `- uses: sluice-actions/sluice/actions/${action.name}@v0`,
    "```",
    "",
    "| Input | Required | Default | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "| Output | Meaning |",
    "| --- | --- |",
    ...results,
    "",
  ].join("\n");
}

/** Replaces what stands between two markers of a file. */
function emitBetween(file: string, marker: string, content: string): void {
  const present = readIfThere(path.join(root, file)) ?? "";
  const begin = `<!-- ${marker}:begin -->`;
  const end = `<!-- ${marker}:end -->`;
  const from = present.indexOf(begin);
  const to = present.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place marked ${begin} … ${end}`);
  emit(file, `${present.slice(0, from + begin.length)}\n${content}\n${present.slice(to)}`);
}

const files = readdirSync(path.join(root, "src/actions"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const actions = await Promise.all(
  files.map(async (file) => {
    const module: { default: Action } = await import(path.join(root, "src/actions", file));
    return module.default;
  }),
);

for (const action of actions) {
  const metadata = metadataOf(action);
  emit(`actions/${action.name}/action.yml`, actionYaml(action, metadata, `../../dist/${action.name}.js`));
  emit(`actions/${action.name}/README.md`, actionPage(action, metadata));
  if (action.name === "advance")
    emit("action.yml", actionYaml(action, metadata, "dist/advance.js", { icon: "git-merge", color: "blue" }));
}

emitBetween(
  "README.md",
  "actions",
  [
    "| Action | What it does |",
    "| --- | --- |",
    ...actions.map(
      (action) => `| [\`${action.name}\`](actions/${action.name}/README.md) | ${cell(action.description)} |`,
    ),
  ].join("\n"),
);
emit("docs/runbook.schema.json", `${JSON.stringify(runbookJsonSchema(), null, 2)}\n`);

emitBetween(
  "docs/lint.md",
  "rules",
  [
    "| rule | tier | what it finds | what it does |",
    "| --- | --- | --- | --- |",
    ...Object.entries(rules).map(
      ([name, { tier, effects }]) =>
        `| \`${name}\` | ${tier} | ${cell(ruleWords[name as RuleName])} | ${effects.join(", ")} |`,
    ),
  ].join("\n"),
);

const workflowFiles = readdirSync(path.join(root, ".github/workflows"))
  .filter((file) => file.endsWith(".yml"))
  .sort();
const graphs = await Promise.all(
  workflowFiles.map((file) => loadOwnCallGraph(root, "sluice-actions/sluice", `.github/workflows/${file}`)),
);
const permissionRows = graphs
  .filter(({ workflow }) => workflow.call !== undefined)
  .map((node) => {
    const union = Object.entries(neededPermissions(node))
      .sort()
      .map(([scope, access]) => `\`${scope}: ${access}\``);
    return `| \`${path.basename(node.workflow.file)}\` | ${union.join(", ")} |`;
  });
emitBetween(
  "docs/workflows.md",
  "permissions",
  ["| Workflow | The calling job grants |", "| --- | --- |", ...permissionRows].join("\n"),
);

if (stale.length > 0) {
  process.stderr.write(`Not current: ${stale.join(", ")}. Run \`npm run generate\` and commit what it writes.\n`);
  process.exit(1);
}
