import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { stepNames } from "../src/plan.ts";
import type { WorkflowNode } from "../src/rehearsal/workflow/call-graph.ts";
import { membersRead } from "../src/rehearsal/workflow/expression.ts";
import { readWorkflow } from "../src/rehearsal/workflow/load.ts";
import {
  neededPermissions,
  type Permissions,
  permissionScopes,
  permissionViolations,
} from "../src/rehearsal/workflow/permissions.ts";
import { at, expressionsIn, namedEntries, plain, type Template } from "../src/rehearsal/workflow/template.ts";
import type { CallingJob, Job, OrdinaryJob, Step, WorkflowFile } from "../src/rehearsal/workflow/workflow-file.ts";

/** Text of workflow and action files, by path within the toolkit's repository. */
export type Files = Readonly<Record<string, string>>;

/** What the toolkit's own actions may and must be given by the jobs that use them. */
interface Duty {
  readonly permissions: Permissions;
  readonly secrets: readonly string[];
  /** Step of a stage this action runs. */
  readonly step?: string;
  /** Steps of a stage that no program runs, which this action looks after. */
  readonly looksAfter?: readonly string[];
}

/** Address of the people who are told: every job that appends to the record gets it. */
const told = "SLACK_WEBHOOK_URL";
/** Who talks to the platform, or judges what Sentry counted, gets the user's own secrets, by name or as lines. */
const platforms: readonly string[] = ["VERCEL_TOKEN", "RENDER_API_KEY", "SSH_KEY", "SENTRY_AUTH_TOKEN"];
const own: readonly string[] = ["RUNBOOK_ENV", ...platforms];
const reads: Permissions = { contents: "read" };
const records: Permissions = { contents: "write", deployments: "write" };
/** A pull request is told about its migrations; what GitHub grants a fork is less. */
const comments: Permissions = { contents: "read", "pull-requests": "write" };
/** Reads the repository, and holds secrets: unlike `reads` it runs no code of the user but the runbook's commands. */
const consults: Permissions = { contents: "read" };
/** Whoever starts a workflow needs this besides; only jobs that run no code of the user hold it. */
const starts: Permissions = { actions: "write" };
const duties: Readonly<Record<string, Duty>> = {
  check: { permissions: reads, secrets: [] },
  lint: { permissions: comments, secrets: [] },
  plan: { permissions: records, secrets: ["DATABASE_URL", ...own, told] },
  preflight: { permissions: reads, secrets: [], step: "preflight" },
  backup: { permissions: records, secrets: ["DATABASE_URL", ...own, told], step: "backup" },
  migrate: { permissions: records, secrets: ["DATABASE_URL", ...own, told], step: "migrate" },
  deploy: { permissions: records, secrets: ["DATABASE_URL", ...own, told], step: "deploy" },
  "smoke-test": { permissions: reads, secrets: [], step: "smoke-test" },
  "load-test": { permissions: reads, secrets: [], step: "load-test" },
  "canary-gate": { permissions: records, secrets: [...own, told], step: "canary" },
  advance: { permissions: { ...records, ...starts }, secrets: [...own, told] },
  watch: {
    permissions: records,
    secrets: [...own, told],
    looksAfter: ["approve", "pause", "watch", "sign-off"],
  },
  command: { permissions: { contents: "write", issues: "write", ...starts }, secrets: ["TEAM_TOKEN"] },
  revert: { permissions: { contents: "write", "pull-requests": "write" }, secrets: [] },
  "hand-over": { permissions: { contents: "read", ...starts }, secrets: [] },
  restore: { permissions: consults, secrets: ["BACKUP_KEY", "DATABASE_URL", "RUNBOOK_ENV"] },
  rollback: { permissions: records, secrets: [...own, told] },
};

/** Every secret a workflow of ours may know; `RUNBOOK_ENV` carries the user's own. */
const secretNames = new Set(["BACKUP_KEY", "DATABASE_URL", "TEAM_TOKEN", told, ...own]);
/** Actions whose hold is a good end: the canary waits for a tick, and the steps of later stages wait for the canary. */
const mayHold = new Set([
  "preflight",
  "backup",
  "migrate",
  "deploy",
  "smoke-test",
  "load-test",
  "canary-gate",
  "watch",
  "advance",
]);
/** Actions that leave an entry in the record for the job before them, and so must hear how it ended. */
const hearsNeeds = (action: ActionFile) => action.inputs["needs"] !== undefined;

const toolkitCall = /^sluice-actions\/sluice\/(\.github\/workflows\/[a-z-]+\.yml)@v0$/;
const checkout = /^actions\/checkout@[0-9a-f]{40}$/;
const checkoutInputs = Object.fromEntries(
  ["persist-credentials", "fetch-depth", "ref"].map((name) => [name, { required: false }]),
);

/** The condition of every job that comes after others: GitHub's own default lets a job run after a skipped failure. */
export const calm = "!cancelled() && !contains(needs.*.result, 'failure') && !contains(needs.*.result, 'cancelled')";
/** A tick that ended by itself has started the next one, or said why there is none. */
const afterDeadTick =
  "!cancelled() && needs.tick.result != 'success' && needs.tick.result != 'skipped' && " +
  "(needs.tick.outputs.verdict == '' || needs.tick.outputs.verdict == 'error')";
const goingWrong = "always() && (contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled'))";

const actionSchema = z.object({
  inputs: z.record(z.string(), z.object({ required: z.boolean(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.unknown()),
});
type ActionFile = z.infer<typeof actionSchema>;

interface Scene {
  readonly workflows: Readonly<Record<string, WorkflowFile>>;
  readonly texts: Files;
  readonly actions: Readonly<Record<string, ActionFile>>;
}

type JobRule = (job: Job, workflow: WorkflowFile, scene: Scene) => readonly string[];

const isConsumer = ({ file }: WorkflowFile) => file.startsWith("examples/");
const isReusable = ({ call }: WorkflowFile) => call !== undefined;
/** Workflows that ask GitHub how it behaves do on purpose what the others must not. */
const isExperiment = ({ file }: WorkflowFile) => path.basename(file).startsWith("parity");

const parsed = new Map<string, Promise<WorkflowFile | string>>();

/** A workflow file as GitHub's parser reads it, or its complaint. */
function parseOnce(file: string, text: string): Promise<WorkflowFile | string> {
  const key = `${file}\0${text}`;
  const known = parsed.get(key) ?? readWorkflow(file, text).catch((problem: Error) => problem.message);
  parsed.set(key, known);
  return known;
}

/**
 * Everything in which the workflows break the rules of docs/workflows.md and ARCHITECTURE.md, a sentence each. Reads
 * nothing but its argument, so that the rules can be tried on workflows that were broken on purpose.
 */
export async function workflowViolations(files: Files): Promise<readonly string[]> {
  const texts = Object.fromEntries(Object.entries(files).filter(([file]) => file.includes(".github/workflows/")));
  const read = await Promise.all(
    Object.entries(texts).map(async ([file, text]) => [file, await parseOnce(file, text)] as const),
  );
  const invalid = read.flatMap(([file, workflow]) => (typeof workflow === "string" ? [`${file}: ${workflow}`] : []));
  if (invalid.length > 0) return invalid;
  const workflows = Object.fromEntries(
    read.flatMap(([file, workflow]) => (typeof workflow === "string" ? [] : [[file, workflow]])),
  );
  const actions = Object.fromEntries(
    Object.entries(files).flatMap(([file, text]) => {
      const name = /^actions\/([a-z-]+)\/action\.yml$/.exec(file)?.[1];
      return name === undefined ? [] : [[name, actionSchema.parse(parse(text))]];
    }),
  );
  const scene: Scene = { workflows, texts, actions };
  return Object.values(workflows).flatMap((workflow) => [
    ...fileRules(workflow, scene),
    ...Object.values(workflow.jobs).flatMap((job) =>
      jobRules
        .filter(({ experiments }) => experiments || !isExperiment(workflow))
        .flatMap(({ rule }) => rule(job, workflow, scene))
        .map((violation) => `${workflow.file}: job ${job.id} ${violation}`),
    ),
  ]);
}

function fileRules(workflow: WorkflowFile, scene: Scene): readonly string[] {
  const text = scene.texts[workflow.file] ?? "";
  const violations = [
    ...(workflow.permissions === undefined || Object.keys(workflow.permissions).length > 0
      ? ["does not begin with `permissions: {}`"]
      : []),
    ...(workflow.concurrency === undefined
      ? []
      : ["has a concurrency group of its own; it belongs to the consumer's job"]),
    ...(workflow.triggers.includes("pull_request_target")
      ? ["runs strangers' code with secrets (pull_request_target)"]
      : []),
    ...uncommented(text),
    ...unpinned(text),
    ...(isReusable(workflow) && !isExperiment(workflow) ? secretDeclarations(workflow) : []),
    ...(path.basename(workflow.file) === "stage.yml" ? stageOrder(workflow) : []),
  ];
  return [...new Set(violations)].map((violation) => `${workflow.file}: ${violation}`);
}

/** Whoever grants something says why, on the same line. */
function uncommented(text: string): readonly string[] {
  const grant = new RegExp(`^\\s+(${permissionScopes.join("|")}): (read|write)\\b(.*)$`);
  return text.split("\n").flatMap((line, index) => {
    const [, scope, access, rest = ""] = grant.exec(line) ?? [];
    return scope === undefined || /^\s+# \S+ \S+/.test(rest)
      ? []
      : [`line ${index + 1} grants ${scope}: ${access} without saying why`];
  });
}

/** A tag can be moved, a commit cannot; the comment tells people and update bots which version it is. */
function unpinned(text: string): readonly string[] {
  const pins = text.match(/^\s*(?:- )?uses: actions\/checkout.*$/gm) ?? [];
  return pins
    .map((line) => line.trim())
    .filter((line) => !/uses: actions\/checkout@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))
    .map((line) => `does not pin a commit and name its version: ${line}`);
}

/** A reusable workflow declares exactly the secrets that its own jobs use or pass on. */
function secretDeclarations(workflow: WorkflowFile): readonly string[] {
  const declared = workflow.call?.secrets ?? {};
  const used = new Set(Object.values(workflow.jobs).flatMap((job) => secretsRead(job)));
  return [
    ...Object.keys(declared)
      .filter((name) => !secretNames.has(name))
      .map((name) => `declares the secret ${name}, which is not on the fixed list`),
    ...Object.entries(declared).flatMap(([name, { required }]) => (required ? [`requires the secret ${name}`] : [])),
    ...Object.keys(declared)
      .filter((name) => !used.has(name))
      .map((name) => `declares the secret ${name} and does not use it`),
    ...[...used].filter((name) => declared[name] === undefined).map((name) => `uses the undeclared secret ${name}`),
  ];
}

/** Steps of the plan that an action of ours runs or looks after. */
const withAction = stepNames.filter((step) =>
  Object.values(duties).some((duty) => duty.step === step || duty.looksAfter?.includes(step)),
);

/** stage.yml has a job for every step that a program runs, once, in canonical order, and after them one for the rest. */
function stageOrder(workflow: WorkflowFile): readonly string[] {
  const jobs = Object.values(workflow.jobs);
  const order = jobs.flatMap((job) => stepsRun(job));
  const lookedAfter = jobs.flatMap(stepsLookedAfter);
  const expected = withAction.filter((step) => !lookedAfter.includes(step));
  const lost = withAction.filter((step) => !order.includes(step) && !lookedAfter.includes(step));
  return [
    ...(order.join() === expected.join()
      ? []
      : [`runs the steps as ${order.join(", ")}; the order is ${expected.join(", ")}`]),
    ...lost.map((step) => `has no job for the step ${step}`),
    ...(stepsLookedAfter(jobs.at(-1)).length > 0 ? [] : ["does not end with the job that looks after a release"]),
  ];
}

const needsEveryEarlierJob: JobRule = (job, workflow) => {
  const ids = Object.keys(workflow.jobs);
  const earlier = ids.slice(0, ids.indexOf(job.id));
  return earlier.filter((id) => !job.needs.includes(id)).map((id) => `does not need ${id}, which comes before it`);
};

const hasTheExpectedCondition: JobRule = (job, workflow) => {
  const expected = expectedCondition(job, workflow);
  const found = written(job.if);
  return found === expected ? [] : [`has the condition ${quoted(found)}, expected ${quoted(expected)}`];
};

function expectedCondition(job: Job, workflow: WorkflowFile): string | undefined {
  if (isConsumer(workflow)) return consumerConditions[calleeOf(job) ?? ""];
  if (calleeOf(job) === ".github/workflows/rollback.yml") return goingWrong;
  if (path.basename(workflow.file) === "rollback.yml") return "always()";
  if (waitsForTimer(job)) return "inputs.wait != ''";
  if (path.basename(workflow.file) === "watch.yml" && job.id === "again") return afterDeadTick;
  const first = Object.keys(workflow.jobs)[0] === job.id;
  const planned = stepInPlan(job, workflow);
  if (first) return planned;
  return planned === undefined ? calm : `${calm} && ${planned}`;
}

/** Conversation starts no machine; a release is looked at again when it is cancelled. */
const consumerConditions: Readonly<Record<string, string>> = {
  ".github/workflows/release.yml": "always()",
  ".github/workflows/command.yml": "startsWith(github.event.comment.body, '/')",
};

/** The job of a tick that only waits for the wait timer of its environment. */
const waitsForTimer = (job: Job): boolean => job.kind === "ordinary" && job.id === "wait";

/** The part of a condition that asks whether the plan has work for this job. */
function stepInPlan(job: Job, workflow: WorkflowFile): string | undefined {
  const matrix = expressionsIn(at(job.strategy, "matrix"))[0]?.expression;
  const producer = /^fromJSON\((needs\.[a-z-]+\.outputs\.[a-z-]+)\)$/.exec(matrix ?? "")?.[1];
  if (producer !== undefined) return `${producer} != ''`;
  if (path.basename(workflow.file) !== "stage.yml") return undefined;
  const tests = [...stepsRun(job), ...stepsLookedAfter(job)].map(stepTest);
  return tests.length === 1 ? tests[0] : `(${tests.join(" || ")})`;
}

const stepTest = (step: string) => `contains(fromJSON(inputs.steps), '${step}')`;

/** A job of several steps may have only some of them in the plan. */
const stepsHaveTheExpectedCondition: JobRule = (job, workflow) => {
  if (job.kind === "calling") return [];
  const shared = path.basename(workflow.file) === "stage.yml" && stepsRun(job).length > 1;
  return job.steps.flatMap((step) => {
    const planned = duties[ownAction(step) ?? ""]?.step;
    const expected =
      path.basename(workflow.file) === "rollback.yml"
        ? "always()"
        : shared && planned !== undefined
          ? stepTest(planned)
          : undefined;
    const found = written(step.if);
    return found === expected
      ? []
      : [`${where(step)} has the condition ${quoted(found)}, expected ${quoted(expected)}`];
  });
};

const givesBackWhateverFailed: JobRule = (job) => {
  if (job.kind === "calling") return [];
  const rollback = job.steps.findIndex((step) => ownAction(step) === "rollback");
  return job.steps
    .slice(0, Math.max(0, rollback))
    .filter((step) => step.continueOnError !== true)
    .map((step) => `${where(step)} stands before the rollback and does not continue on error`);
};

/** The second line acts for this run only, and tells the record why. */
const tellsTheSecondLine: JobRule = (job, workflow) => {
  if (job.kind !== "calling" || isConsumer(workflow) || calleeOf(job) !== ".github/workflows/rollback.yml") return [];
  const expected = {
    release: "${{ inputs.resume || github.run_id }}",
    reason: "${{ contains(needs.*.result, 'cancelled') && 'cancelled' || 'job-failed' }}",
  };
  return Object.entries(expected)
    .filter(([name, value]) => given(job.with, name) !== value)
    .map(([name, value]) => `does not pass ${name}: ${value}`);
};

const grantsWhatItNeeds: JobRule = (job, workflow, scene) => {
  const granted = job.permissions ?? {};
  const expected = expectedPermissions(job, workflow, scene);
  const different = (a: Permissions, b: Permissions) =>
    Object.entries(a).filter(([scope, access]) => b[scope] !== access);
  const odd = Object.entries(granted)
    .filter(([scope]) => !Object.values(duties).some(({ permissions }) => permissions[scope] !== undefined))
    .map(([scope]) => `grants ${scope}, which no job of ours uses`);
  if (expected === undefined)
    return granted["contents"] === undefined ? [...odd, "may not read what it checks out"] : odd;
  return [
    ...odd,
    ...different(expected, granted).map(([scope, access]) => `does not grant ${scope}: ${access}`),
    ...different(granted, expected).map(([scope, access]) => `grants ${scope}: ${access}, more than it needs`),
  ];
};

/** Undefined for jobs that only run commands: besides the checkout, what these need cannot be read from the file. */
function expectedPermissions(job: Job, workflow: WorkflowFile, scene: Scene): Permissions | undefined {
  if (job.kind === "calling") return neededPermissions(nodeOf(calledBy(job, scene), scene));
  const used = job.steps.map(ownAction).flatMap((name) => duties[name ?? ""] ?? []);
  if (waitsForTimer(job)) return {};
  if (used.length > 0) return Object.assign({}, ...used.map(({ permissions }) => permissions));
  return workflow.triggers.includes("pull_request") ? reads : undefined;
}

const callerGrantsCallee: JobRule = (job, workflow, scene) =>
  Object.keys(workflow.jobs)[0] === job.id && !isReusable(workflow)
    ? permissionViolations(nodeOf(workflow, scene), {})
    : [];

/** Whoever may write is bound to an environment, whose protection rules and branch policy then apply. */
const writesOnlyInAnEnvironment: JobRule = (job) => {
  if (job.kind === "calling") return [];
  if (waitsForTimer(job)) return job.environment === undefined ? ["waits for no timer"] : [];
  // A comment on a pull request is no release, and an environment would make it wait for one's approval.
  const writes = Object.entries(job.permissions ?? {}).filter(
    ([scope, access]) => access === "write" && scope !== "pull-requests",
  );
  if (job.environment !== undefined) return [];
  if (secretsRead(job).length > 0) return ["holds secrets and has no environment"];
  return writes.length > 0 ? ["may write and has no environment"] : [];
};

const environmentIsAsDocumented: JobRule = (job, workflow) => {
  if (job.kind === "calling" || job.environment === undefined) return [];
  const violations = at(job.environment, "deployment") === false ? [] : ["lets GitHub create a deployment of its own"];
  if (!isReusable(workflow)) return violations;
  const goesBack = path.basename(workflow.file) === "rollback.yml";
  const restores = job.steps.some((step) => ownAction(step) === "restore");
  const suffix = goesBack ? "-rollback" : restores ? "-restore" : "";
  const ordinary = `\${{ inputs.environment }}${suffix}`;
  const expected = waitsForTimer(job) ? "${{ inputs.wait }}" : ordinary;
  const name = at(job.environment, "name");
  return name !== undefined && plain(name) === expected
    ? violations
    : [
        ...violations,
        `runs in the environment ${JSON.stringify(plain(name ?? job.environment))}, expected ${expected}`,
      ];
};

/** Jobs that run the repository's own code see nothing worth stealing. */
const userCodeHoldsNothing: JobRule = (job) => {
  if (job.kind === "calling" || !job.steps.some((step) => duties[ownAction(step) ?? ""]?.permissions === reads))
    return [];
  return [
    ...secretsRead(job).map((name) => `runs the user's code and reads the secret ${name}`),
    ...(job.environment === undefined ? [] : ["runs the user's code in an environment"]),
    ...(Object.values(job.permissions ?? {}).includes("write") ? ["runs the user's code and may write"] : []),
    ...job.steps
      .filter((step) => /github\.token|GITHUB_TOKEN/.test(JSON.stringify([plainOf(step.with), plainOf(step.env)])))
      .map((step) => `runs the user's code and ${where(step)} is handed a token`),
  ];
};

const concurrencyStandsInOnePlace: JobRule = (job, workflow) => {
  const found = job.concurrency === undefined ? undefined : JSON.stringify(plain(job.concurrency));
  const wanted = expectedConcurrency(job, workflow);
  const expected = wanted === undefined ? undefined : JSON.stringify(wanted);
  return found === expected ? [] : [`has the concurrency ${found ?? "of nobody"}, expected ${expected ?? "none"}`];
};

function expectedConcurrency(job: Job, workflow: WorkflowFile): object | undefined {
  // Inside of watch.yml, so that a tick that waits for a timer keeps nobody else from looking.
  if (path.basename(workflow.file) === "watch.yml" && job.id === "tick")
    return { group: "sluice-tick-${{ inputs.environment }}" };
  if (!isConsumer(workflow) || job.kind !== "calling") return undefined;
  const environment = given(job.with, "environment");
  if (calleeOf(job) === ".github/workflows/release.yml") return { group: `sluice-${environment}`, queue: "max" };
  return undefined;
}

/** A consumer has one platform; what one of its workflows passes for it, the others pass too. */
const isPassedBeside = (name: string, { file }: WorkflowFile, { workflows }: Scene): boolean =>
  Object.values(workflows)
    .filter((other) => path.dirname(other.file) === path.dirname(file))
    .flatMap((other) => Object.values(other.jobs))
    .some((job) => job.kind === "calling" && job.secrets !== "inherit" && name in job.secrets);

/** A callee gets exactly the secrets it declares, each by its own name. */
const passesSecretsByName: JobRule = (job, workflow, scene) => {
  if (job.kind !== "calling") return [];
  if (job.secrets === "inherit") return ["hands on every secret (inherit)"];
  const declared = Object.keys(calledBy(job, scene).call?.secrets ?? {});
  const passed = Object.entries(job.secrets).map(([name, value]) => [name, plain(value)] as const);
  return [
    ...declared
      .filter((name) => !isConsumer(workflow) || !platforms.includes(name) || isPassedBeside(name, workflow, scene))
      .filter((name) => !passed.some(([given]) => given === name))
      .map((name) => `does not pass the secret ${name}`),
    ...passed
      .filter(([name]) => !declared.includes(name))
      .map(([name]) => `passes the secret ${name}, which is not declared`),
    ...passed
      .filter(([name, value]) => value !== `\${{ secrets.${name} }}`)
      .map(([name]) => `passes the secret ${name} under another name`),
  ];
};

const doesSomething: JobRule = (job) => (job.kind === "ordinary" && job.steps.length === 0 ? ["has no step"] : []);

const endsInTime: JobRule = (job) =>
  job.kind === "ordinary" && typeof job.timeoutMinutes !== "number" ? ["has no timeout-minutes"] : [];

const runsOnOneStageAfterTheOther: JobRule = (job) => {
  if (calleeOf(job) !== ".github/workflows/stage.yml") return [];
  return [
    ...(at(job.strategy, "max-parallel") === 1 ? [] : ["runs stages side by side (max-parallel is not 1)"]),
    ...(at(job.strategy, "fail-fast") === true
      ? []
      : ["starts the next stage after a failed one (fail-fast is not true)"]),
  ];
};

const usesOnlyOwnActions: JobRule = (job, workflow, scene) => {
  if (job.kind === "calling") {
    const right = isConsumer(workflow) ? toolkitCall.test(job.uses) : job.uses.startsWith("$/.github/workflows/");
    const exists = scene.workflows[calleeOf(job) ?? ""] !== undefined;
    return right && exists ? [] : [`calls ${job.uses}, which is no workflow of the toolkit`];
  }
  return job.steps.flatMap((step) => {
    if (step.uses === undefined) return [];
    if (checkout.test(step.uses))
      return given(step.with, "persist-credentials") === "false"
        ? []
        : [`${where(step)} leaves a token in the work tree`];
    const name = ownAction(step);
    if (name !== undefined && duties[name] === undefined)
      return [`${where(step)} has no duty in test/workflow-rules.ts`];
    return name !== undefined && scene.actions[name] !== undefined
      ? []
      : [`${where(step)} uses ${step.uses}, which is no action of ours`];
  });
};

/** An action reads the work tree: the runbook, the migrations, the application. A tick reads the release's own commit. */
const noTree = new Set(["hand-over", "revert", "command"]);
const checksOutFirst: JobRule = (job, workflow) => {
  if (job.kind === "calling" || path.basename(workflow.file) === "watch.yml") return [];
  if (job.steps.every((step) => noTree.has(ownAction(step) ?? ""))) return [];
  return checkout.test(job.steps[0]?.uses ?? "") ? [] : ["does not begin with a checkout"];
};

/** A release that was taken up again is of the commit in the record, not of the branch's newest. */
const checksOutTheRelease: JobRule = (job, workflow) => {
  if (job.kind === "calling") {
    if (calleeOf(job) !== ".github/workflows/stage.yml") return [];
    const faults: string[] = [];
    if (given(job.with, "commit") !== "${{ matrix.stage.commit }}")
      faults.push("does not hand on the commit that the plan found in the record");
    // A stage with a commit of its own is judged by the runbook of the release all the same.
    if (
      given(job.with, "runbook-commit") !==
      "${{ matrix.stage.commit != needs.plan.outputs.commit && needs.plan.outputs.commit || '' }}"
    )
      faults.push("does not say whose runbook counts for a stage with a commit of its own");
    return faults;
  }
  if (path.basename(workflow.file) !== "stage.yml") return [];
  return job.steps
    .filter((step) => checkout.test(step.uses ?? "") && given(step.with, "ref") !== "${{ inputs.commit }}")
    .map((step) => `${where(step)} checks out another commit than the release's`);
};

/** An expression inside a script is how a branch name becomes a command. */
const keepsExpressionsOutOfScripts: JobRule = (job) =>
  job.kind === "calling"
    ? []
    : job.steps
        .filter((step) => step.run !== undefined && JSON.stringify(plain(step.run)).includes("${{"))
        .map((step) => `${where(step)} has an expression inside its script`);

const givesOnlyKnownInputs: JobRule = (job, workflow, scene) => {
  if (job.kind === "calling") {
    const declared = calledBy(job, scene).call?.inputs ?? [];
    const callee = Object.fromEntries(declared.map(({ name, required }) => [name, { required }]));
    return inputFaults(job.with, callee, workflow, "");
  }
  return job.steps.flatMap((step) => {
    const declared = checkout.test(step.uses ?? "") ? checkoutInputs : scene.actions[ownAction(step) ?? ""]?.inputs;
    return declared === undefined ? [] : inputFaults(step.with, declared, workflow, `${where(step)} `);
  });
};

function inputFaults(
  template: Template | undefined,
  declared: Readonly<Record<string, { readonly required: boolean }>>,
  workflow: WorkflowFile,
  place: string,
): readonly string[] {
  const names = namedEntries(template).map(([name]) => name);
  const handedOn = [...(workflow.call?.inputs ?? []), ...workflow.dispatchInputs]
    .map(({ name }) => name)
    .filter((name) => declared[name] !== undefined);
  return [
    ...names
      .filter((name) => declared[name] === undefined)
      .map((name) => `${place}gives ${name}, which is not an input`),
    ...Object.entries(declared)
      .filter(([name, { required }]) => required && !names.includes(name))
      .map(([name]) => `${place}does not give ${name}, which is required`),
    ...handedOn
      .filter(
        (name) => ![`\${{ inputs.${name} }}`, `\${{ inputs.${name} || false }}`].includes(given(template, name) ?? ""),
      )
      .map((name) => `${place}does not hand on its input ${name}`),
  ];
}

/** What every own action is told: secrets in jobs of ours only, variables, how earlier jobs ended, how to treat a hold. */
const givesEachActionItsDue: JobRule = (job, workflow, scene) => {
  if (job.kind === "calling" || !isReusable(workflow)) return [];
  return job.steps.flatMap((step) => {
    const name = ownAction(step) ?? "";
    const [duty, action] = [duties[name], scene.actions[name]];
    if (duty === undefined || action === undefined) return [];
    return Object.entries(expectedInputs(name, duty, action, job, workflow))
      .filter(([input, value]) => given(step.with, input) !== value)
      .map(
        ([input, value]) =>
          `${where(step)} gives ${input} ${quoted(given(step.with, input))}, expected ${quoted(value)}`,
      );
  });
};

function expectedInputs(
  name: string,
  duty: Duty,
  action: ActionFile,
  job: OrdinaryJob,
  workflow: WorkflowFile,
): Readonly<Record<string, string | undefined>> {
  const secret = (secretName: string) =>
    duty.secrets.includes(secretName) ? `\${{ secrets.${secretName} }}` : undefined;
  const beforeMerge = path.basename(workflow.file) === "pre-deploy.yml";
  const variables = action.inputs["runbook-vars"] !== undefined && !beforeMerge;
  return {
    ...Object.fromEntries(own.map((name) => [name.toLowerCase().replaceAll("_", "-"), secret(name)])),
    "database-url": secret("DATABASE_URL"),
    "slack-webhook-url": secret(told),
    "team-token": secret("TEAM_TOKEN"),
    "runbook-vars": variables ? "${{ vars.RUNBOOK_VARS }}" : undefined,
    needs:
      hearsNeeds(action) && duty.permissions === records && job.needs.length > 0 ? "${{ toJSON(needs) }}" : undefined,
    "allow-hold": mayHold.has(name) && !beforeMerge ? "true" : undefined,
    ...(duty.permissions === reads && name !== "check" ? { record: beforeMerge ? "none" : "read" } : {}),
    ...(name === "advance" ? { steps: "canary" } : {}),
    "after-failed-tick": name === "hand-over" && path.basename(workflow.file) === "watch.yml" ? "true" : undefined,
    ...(job.strategy !== undefined && action.inputs["stage"] !== undefined
      ? { stage: "${{ matrix.stage.name }}" }
      : {}),
  };
}

/** The next job of ours takes a step as proven only when the job that ran it says the step's verdict by its name. */
const tellsEveryVerdict: JobRule = (job, workflow) => {
  if (!workflow.file.endsWith("/stage.yml") || job.kind === "calling") return [];
  return job.steps.flatMap((step) => {
    const name = ownAction(step) ?? "";
    if (duties[name]?.permissions !== reads) return [];
    const told = namedEntries(job.outputs).some(
      ([output, value]) =>
        output === name && expressionsIn(value)[0]?.expression === `steps.${step.id}.outputs.verdict`,
    );
    return told ? [] : [`does not tell the verdict of ${name}`];
  });
};

const readsOnlyKnownOutputs: JobRule = (job, workflow, scene) => {
  if (job.kind === "calling") return [...matrixFaults(job, workflow), ...outputFaults(job.with, workflow)];
  const faults = namedEntries(job.outputs).flatMap(([output, value]) => {
    const [, id, name] = /^steps\.([a-z-]+)\.outputs\.([a-z-]+)$/.exec(expressionsIn(value)[0]?.expression ?? "") ?? [];
    const action = scene.actions[ownAction(job.steps.find((step) => step.id === id)) ?? ""];
    return action?.outputs[name ?? ""] === undefined ? [`has the output ${output}, which comes from nowhere`] : [];
  });
  return [...faults, ...conditionFaults(job, workflow), ...matrixFaults(job, workflow)];
};

const conditionFaults = (job: Job, workflow: WorkflowFile): readonly string[] =>
  (written(job.if)?.match(/needs\.[a-z-]+\.outputs\.[a-z-]+/g) ?? [])
    .filter((expression) => !isOutput(expression, workflow))
    .map((expression) => `depends on ${expression}, which does not exist`);

const matrixFaults = (job: Job, workflow: WorkflowFile): readonly string[] =>
  expressionsIn(job.strategy).flatMap(({ expression }) =>
    isOutput(expression, workflow) ? [] : [`takes its matrix from ${expression}, which does not exist`],
  );

const outputFaults = (template: Template | undefined, workflow: WorkflowFile): readonly string[] =>
  expressionsIn(template).flatMap(({ expression }) =>
    /\bneeds\.[a-z-]+\.outputs/.test(expression) && !isOutput(expression, workflow)
      ? [`hands on ${expression}, which does not exist`]
      : [],
  );

function isOutput(expression: string, workflow: WorkflowFile): boolean {
  const [, producer = "", output = ""] = /needs\.([a-z-]+)\.outputs\.([a-z-]+)/.exec(expression) ?? [];
  const source = workflow.jobs[producer];
  return source?.kind === "ordinary" && at(source.outputs, output) !== undefined;
}

const namesItsEnvironment: JobRule = (job, workflow, scene) =>
  isConsumer(workflow) &&
  job.kind === "calling" &&
  calledBy(job, scene).call?.inputs.some(({ name }) => name === "environment") === true &&
  given(job.with, "environment") === undefined
    ? ["does not say which environment it means"]
    : [];

const strict = { experiments: false } as const;
const always = { experiments: true } as const;
/** A repository with several runbooks keeps each under its environment's name; the plain one is production's. */
const readsItsRunbook: JobRule = (job, workflow) => {
  if (!isConsumer(workflow) || job.kind !== "calling") return [];
  if (calleeOf(job) !== ".github/workflows/release.yml") return [];
  const environment = given(job.with, "environment");
  const expected = environment === "production" ? undefined : `.github/runbook.${String(environment)}.yml`;
  const found = given(job.with, "runbook");
  return found === expected ? [] : [`reads ${found ?? "the plain runbook"}, expected ${expected ?? "the plain one"}`];
};

const jobRules: readonly { readonly rule: JobRule; readonly experiments: boolean }[] = [
  { rule: usesOnlyOwnActions, ...strict },
  { rule: needsEveryEarlierJob, ...strict },
  { rule: hasTheExpectedCondition, ...strict },
  { rule: stepsHaveTheExpectedCondition, ...strict },
  { rule: givesBackWhateverFailed, ...strict },
  { rule: tellsTheSecondLine, ...strict },
  { rule: grantsWhatItNeeds, ...strict },
  { rule: callerGrantsCallee, ...always },
  { rule: writesOnlyInAnEnvironment, ...strict },
  { rule: environmentIsAsDocumented, ...strict },
  { rule: userCodeHoldsNothing, ...strict },
  { rule: concurrencyStandsInOnePlace, ...strict },
  { rule: passesSecretsByName, ...strict },
  { rule: doesSomething, ...always },
  { rule: endsInTime, ...always },
  { rule: runsOnOneStageAfterTheOther, ...strict },
  { rule: checksOutFirst, ...strict },
  { rule: checksOutTheRelease, ...strict },
  { rule: keepsExpressionsOutOfScripts, ...always },
  { rule: givesOnlyKnownInputs, ...strict },
  { rule: givesEachActionItsDue, ...strict },
  { rule: readsOnlyKnownOutputs, ...strict },
  { rule: tellsEveryVerdict, ...strict },
  { rule: namesItsEnvironment, ...strict },
  { rule: readsItsRunbook, ...strict },
];

const noWorkflow = (file: string): WorkflowFile => ({
  file,
  name: file,
  triggers: [],
  call: undefined,
  dispatchInputs: [],
  permissions: undefined,
  concurrency: undefined,
  env: undefined,
  defaults: undefined,
  jobs: {},
});

/** Path of the toolkit's workflow that a job calls, whether by `$/` or from a consumer. */
function calleeOf(job: Job): string | undefined {
  if (job.kind !== "calling") return undefined;
  return toolkitCall.exec(job.uses)?.[1] ?? (job.uses.startsWith("$/") ? job.uses.slice(2) : undefined);
}

const calledBy = (job: CallingJob, { workflows }: Scene): WorkflowFile =>
  workflows[calleeOf(job) ?? ""] ?? noWorkflow(job.uses);

function nodeOf(workflow: WorkflowFile, scene: Scene): WorkflowNode {
  const origin = { repository: "", root: "", ref: "", sha: "", source: "" };
  const calls = Object.values(workflow.jobs).flatMap((job) =>
    job.kind === "calling" ? [[job.id, nodeOf(calledBy(job, scene), scene)] as const] : [],
  );
  return { workflow, origin, calls: Object.fromEntries(calls) };
}

const ownAction = (step: Step | undefined): string | undefined =>
  /^\$\/actions\/([a-z-]+)$/.exec(step?.uses ?? "")?.[1];

/** Steps of a stage that a job runs. */
const stepsRun = (job: Job): readonly string[] =>
  job.kind === "calling" ? [] : job.steps.flatMap((step) => duties[ownAction(step) ?? ""]?.step ?? []);

const stepsLookedAfter = (job: Job | undefined): readonly string[] =>
  job?.kind === "ordinary" ? job.steps.flatMap((step) => duties[ownAction(step) ?? ""]?.looksAfter ?? []) : [];

function secretsRead(job: Job): readonly string[] {
  const templates =
    job.kind === "calling"
      ? [job.with, ...(job.secrets === "inherit" ? [] : Object.values(job.secrets))]
      : [job.env, ...job.steps.flatMap((step) => [step.with, step.env, step.run])];
  const expressions = templates.flatMap(expressionsIn).map(({ expression }) => expression);
  const whole = expressions.some((expression) => /\bsecrets\b(?!\.)/.test(expression)) ? ["all of them"] : [];
  return [...new Set([...whole, ...expressions.flatMap((expression) => membersRead(expression, "secrets"))])];
}

const plainOf = (template: Template | undefined) => (template === undefined ? null : plain(template));

function given(template: Template | undefined, name: string): string | undefined {
  const value = at(template, name);
  return value === undefined ? undefined : String(plain(value));
}

/** A condition on one line and without the braces that `if` does not need. */
const written = (condition: string | undefined): string | undefined =>
  condition
    ?.replace(/^\s*\$\{\{([\s\S]*)\}\}\s*$/, "$1")
    .replace(/\s+/g, " ")
    .trim();
const quoted = (text: string | undefined) => (text === undefined ? "nothing" : `\`${text}\``);
const where = (step: Step) => `step ${step.id ?? step.uses ?? "run"} at line ${step.place.line}`;
