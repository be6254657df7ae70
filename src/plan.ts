import * as z from "zod";
import { approvalRule } from "./approval.ts";
import type { Canary, Shift } from "./canary-spec.ts";
import { pinnedFlagCommands } from "./flag.ts";
import { freezeWindow } from "./freeze.ts";
import type { Maintenance } from "./maintenance.ts";
import type { Runbook } from "./runbook.ts";
import type { Stage } from "./step.ts";
import { hostsIn } from "./target-shifts.ts";
import { pace, pacesOf, type Watch } from "./watch-spec.ts";

/** The steps of a stage in their canonical order; every one is optional, the order is not. */
export const stepNames = [
  "preflight",
  "approve",
  "backup",
  "migrate",
  "configure",
  "pause",
  "deploy",
  "smoke-test",
  "load-test",
  "canary",
  "watch",
  "sign-off",
] as const;
export type StepName = (typeof stepNames)[number];

/** The steps that a runbook may name under a stage. */
export type StageStep = Exclude<StepName, "sign-off">;

export const isStageStep = (step: StepName): step is StageStep => step !== "sign-off";

/** What comes after every stage of the runbook is a stage of its own in the plan; no stage of a runbook has its name. */
export const finalStage = "final";

const plannedSignature = z.strictObject({
  role: z.string(),
  /** Roles of `people` whose members may sign. */
  by: z.array(z.string()).min(1),
  /** Milliseconds after the last stage ended before anybody may sign. */
  afterMs: z.number().nonnegative().exactOptional(),
  /** Whoever began the release may not sign. */
  notAuthor: z.literal(true).exactOptional(),
});
export type PlannedSignature = z.infer<typeof plannedSignature>;

const plannedWatch = z.strictObject({
  /** Looks become rarer; the last pace says how long the watch lasts. */
  paces: z.array(pace).min(1),
  /** The least part of the time that must have been seen, 0 to 1. */
  coverage: z.number().min(0).max(1),
  /** A broken limit asks a person; without this all traffic goes back. */
  onFail: z.literal("ask").exactOptional(),
  /** Limits that stay unproven give traffic back; without this a person is asked. */
  onShort: z.literal("fail").exactOptional(),
  /** Milliseconds a person has to answer; ten minutes when absent. */
  decideWithinMs: z.number().positive().exactOptional(),
});
export type PlannedWatch = z.infer<typeof plannedWatch>;

const commandPair = z.strictObject({ on: z.string(), off: z.string() });

/** What is turned on while some steps run. The commands are pinned: they are undone without the runbook. */
const plannedMaintenance = z.strictObject({
  /** The commands run on every host of the target; in the job when absent. */
  via: z.literal("target").exactOptional(),
  around: z.array(z.enum(stepNames)).min(1),
  page: commandPair.exactOptional(),
  /** On means stopped. */
  workers: commandPair.exactOptional(),
});
export type PlannedMaintenance = z.infer<typeof plannedMaintenance>;

const plannedMigration = z.strictObject({
  /** Over the pending files and the database's identity: only what it stands for, or the rest of that, is applied. */
  hash: z.string(),
  /** Names of the pending files, at most the first twenty. */
  files: z.array(z.string()).max(20),
  count: z.int().nonnegative(),
  /** The tool that alone knows what is pending: the hash stands for it, the stage's commit and the database. */
  by: z.string().exactOptional(),
  /** The version that serves cannot be relied on to work with what they leave. */
  breaks: z.literal(true).exactOptional(),
  /**
   * Nobody has read what they do. The job that applies them does so before, or nobody ever can, and the runbook promises
   * that the version that serves can work with it.
   */
  unread: z.enum(["until-applied", "promised"]).exactOptional(),
  /** Locks they took on an empty copy of the schema, a sentence each, the heaviest first. */
  locks: z.array(z.string()).max(20).exactOptional(),
});
export type PlannedMigration = z.infer<typeof plannedMigration>;

/**
 * What a release will do, resolved from the runbook when the release starts and pinned in the record from then on:
 * a runbook edited in the middle of a release changes the next release, never this one.
 */
export const planSchema = z.strictObject({
  service: z.string(),
  /** GitHub logins and teams (`@organisation/team`) by role. */
  people: z.record(z.string(), z.array(z.string())).exactOptional(),
  /** Parts of the week in which nothing begins and no traffic is raised. */
  freeze: z.array(freezeWindow).min(1).exactOptional(),
  maintenance: plannedMaintenance.exactOptional(),
  /** How flags of the stages are set and read; pinned, so that they are set back without the runbook. */
  flags: pinnedFlagCommands.exactOptional(),
  stages: z
    .array(
      z.strictObject({
        name: z.string(),
        /** What the runbook called it. */
        ref: z.string().exactOptional(),
        /** What this stage releases, when that is not the release's own commit. */
        commit: z
          .string()
          .regex(/^[0-9a-f]{40}$/)
          .exactOptional(),
        /** What this stage turns on, by name. */
        flags: z.record(z.string(), z.string()).exactOptional(),
        steps: z.array(z.enum(stepNames)).min(1),
        /** Steps that nobody may skip. */
        must: z.array(z.enum(stepNames)).exactOptional(),
        approve: approvalRule.exactOptional(),
        /** What the migration would apply; where people approve before it. */
        migration: plannedMigration.exactOptional(),
        pause: z
          .strictObject({
            task: z.string(),
            by: z.array(z.string()).min(1),
            /** Variables that the task sets anew: the platform's mark of each when the release began, null when unset. */
            changed: z.record(z.string(), z.string().nullable()).exactOptional(),
          })
          .exactOptional(),
        signOff: z.array(plannedSignature).min(1).exactOptional(),
        watch: plannedWatch.exactOptional(),
        shifts: z.array(
          z.strictObject({
            /** Percent of production traffic. */
            weight: z.number().gt(0).max(100),
            /** The share is given as so many whole hosts. */
            hosts: z.strictObject({ count: z.int().min(1), of: z.int().min(1) }).exactOptional(),
            /** Milliseconds the candidate must hold this share at least. */
            holdMs: z.number().nonnegative(),
            /** Milliseconds between two looks. */
            everyMs: z.number().positive(),
            /** Whether somebody judges this share; only the last one, 100 %, may go without. */
            judged: z.boolean(),
          }),
        ),
        /** Milliseconds after which a share without a verdict goes back to stable. */
        maxHoldMs: z.number().nonnegative(),
        /**
         * A share without a verdict by then counts as failed, requests of our own decide, or a person is asked; without
         * this it goes back unproven.
         */
        onShort: z.enum(["fail", "synthetic", "approve"]).exactOptional(),
        /** A broken limit takes the candidate one share down, or asks a person; without this all traffic goes back. */
        onFail: z.enum(["step-back", "ask"]).exactOptional(),
        /** Milliseconds a person has to answer; ten minutes when absent. */
        decideWithinMs: z.number().positive().exactOptional(),
      }),
    )
    .min(1),
});
export type Plan = z.infer<typeof planSchema>;
export type PlannedStage = Plan["stages"][number];
export type PlannedShift = PlannedStage["shifts"][number];

/** All traffic at once: what a deploy without a canary comes to. */
const allAtOnce: PlannedShift = { weight: 100, holdMs: 0, everyMs: 1000, judged: false };

/** The percents of traffic a stage's candidate gets one after the other, the last one 100; none without a deploy. */
export const sharesOf = ({ shifts }: Pick<PlannedStage, "shifts">): readonly number[] =>
  shifts.map(({ weight }) => weight);

/** The flags that are on in a stage: its own and those of the stages before it. */
export function flagsIn({ stages }: Plan, stage: string): Readonly<Record<string, string>> {
  const upTo = stages.slice(0, stages.findIndex(({ name }) => name === stage) + 1);
  return Object.assign({}, ...upTo.map(({ flags }) => flags ?? {}));
}

/** Whole hosts are rounded up, and weigh what they come to when every host gets equally many requests. */
function shareOf({ traffic, hosts }: Shift, target: Runbook["target"]): Pick<PlannedShift, "weight" | "hosts"> {
  if (hosts === undefined) return { weight: traffic };
  const of = hostsIn(target);
  const count = Math.ceil((hosts * of) / 100);
  return { weight: (100 * count) / of, hosts: { count, of } };
}

/** What the refs of a runbook were found to be when a release of it began. */
export interface StageCommits {
  /** Full sha by the stage's name; stages without a ref are not in it. */
  readonly commits: Readonly<Record<string, string>>;
  /** Stages whose commit is in production already: they are left out. */
  readonly released: readonly string[];
}

/** Resolves a runbook to the plan of one release. A deploy always ends in a canary step, if only of a single 100 % shift. */
export function planOf(runbook: Runbook, { commits, released }: StageCommits = { commits: {}, released: [] }): Plan {
  const { people, freeze, maintenance, flags } = runbook;
  return {
    service: runbook.service,
    ...(people !== undefined && { people }),
    ...(freeze !== undefined && { freeze }),
    ...(maintenance !== undefined && { maintenance: maintenanceOf(maintenance) }),
    ...(flags !== undefined && { flags }),
    stages: [
      ...runbook.stages
        .filter(({ name }) => !released.includes(name))
        .map((stage) => plannedStage(stage, people ?? {}, runbook.target, commits[stage.name])),
      ...finalStageOf(runbook),
    ],
  };
}

/** The plan with what its migrations were found to be when the release began. */
export const withMigrations = (plan: Plan, migrations: Readonly<Record<string, PlannedMigration>>): Plan => ({
  ...plan,
  stages: plan.stages.map((stage) => {
    const migration = migrations[stage.name];
    return migration === undefined ? stage : { ...stage, migration };
  }),
});

/** Names of the variables that tasks of this plan set anew. */
export const toldToChange = ({ stages }: Plan): readonly string[] => [
  ...new Set(stages.flatMap(({ pause }) => Object.keys(pause?.changed ?? {}))),
];

/** The plan with the platform's mark of each variable that a task sets anew, as they are when the release begins. */
export const withMarks = (plan: Plan, marks: Readonly<Record<string, string>>): Plan => ({
  ...plan,
  stages: plan.stages.map((stage) => {
    const { pause } = stage;
    if (pause?.changed === undefined) return stage;
    const changed = Object.fromEntries(Object.keys(pause.changed).map((name) => [name, marks[name] ?? null]));
    return { ...stage, pause: { ...pause, changed } };
  }),
});

function plannedStage(
  stage: Stage,
  people: Readonly<Record<string, string[]>>,
  target: Runbook["target"],
  commit: string | undefined,
): PlannedStage {
  const wanted = (step: StepName) =>
    step === "canary"
      ? stage.canary !== undefined || stage.deploy !== undefined
      : isStageStep(step) && stage[step] !== undefined;
  const steps = stepNames.filter(wanted);
  const must = mustOf(stage);
  const { approve, pause, watch } = stage;
  const shifts = (stage.canary?.shifts ?? []).map((shift) => ({
    ...shareOf(shift, target),
    holdMs: shift.hold ?? 0,
    everyMs: shift.every ?? 60_000,
    judged: (shift.limits ?? []).length > 0,
  }));
  const longestHold = Math.max(0, ...shifts.map((shift) => shift.holdMs));
  return {
    name: stage.name,
    ...(stage.ref !== undefined && { ref: stage.ref }),
    ...(commit !== undefined && { commit }),
    ...(stage.flags !== undefined && { flags: stage.flags }),
    steps,
    ...(must.length > 0 && { must }),
    ...(approve !== undefined && {
      approve: {
        by: Object.fromEntries(approve.by.map((role) => [role, people[role] ?? []])),
        minimum: approve.minimum,
      },
    }),
    ...(pause !== undefined && {
      pause: {
        ...{ task: pause.task, by: pause.by },
        ...(pause.changed !== undefined && { changed: Object.fromEntries(pause.changed.map((name) => [name, null])) }),
      },
    }),
    ...(watch !== undefined && { watch: watchOf(watch) }),
    shifts: shifts.length === 0 && wanted("canary") ? [allAtOnce] : shifts,
    maxHoldMs: stage.canary?.["max-hold"] ?? 2 * longestHold,
    ...levelsOf(stage.canary),
  };
}

function watchOf(watch: Watch): PlannedWatch {
  const page = watch["page-limits"];
  const within =
    watch["decide-within"] ?? (page !== undefined && "decide-within" in page ? page["decide-within"] : undefined);
  return {
    paces: pacesOf(watch),
    coverage: watch.coverage / 100,
    ...(watch["on-fail"] === "ask" && { onFail: "ask" as const }),
    ...(watch["on-short-evidence"] === "fail" && { onShort: "fail" as const }),
    ...(within !== undefined && { decideWithinMs: within }),
  };
}

function maintenanceOf({ via, around, page, jobs }: Maintenance): PlannedMaintenance {
  return {
    ...(via !== undefined && { via }),
    around,
    ...(page !== undefined && { page }),
    ...(jobs !== undefined && { workers: { on: jobs.stop, off: jobs.start } }),
  };
}

/** What happens when a limit is broken or nothing can be proven. */
function levelsOf(canary: Canary | undefined): Pick<PlannedStage, "onShort" | "onFail" | "decideWithinMs"> {
  const short = canary?.["on-short-evidence"] ?? "hold";
  const onFail = canary?.["on-fail"] ?? "rollback";
  const within = canary?.["decide-within"] ?? canary?.shifts.map(pageWithin).find((time) => time !== undefined);
  return {
    ...(short !== "hold" && { onShort: short }),
    ...(onFail !== "rollback" && { onFail }),
    ...(within !== undefined && { decideWithinMs: within }),
  };
}

function pageWithin({ "page-limits": page }: Pick<Canary["shifts"][number], "page-limits">): number | undefined {
  return page !== undefined && "decide-within" in page ? page["decide-within"] : undefined;
}

/** Steps with a check that says `must: true`. */
function mustOf(stage: Stage): StepName[] {
  const lists = { preflight: stage.preflight, "smoke-test": stage["smoke-test"] };
  return (["preflight", "smoke-test"] as const).filter((step) =>
    (lists[step] ?? []).some((check) => {
      const { must } = "http" in check ? check.http : "must" in check ? check : { must: undefined };
      return must === true;
    }),
  );
}

/** What comes after the last stage, when the runbook says that anything does. */
function finalStageOf(runbook: Runbook): PlannedStage[] {
  const { "sign-off": signOff, watch } = runbook;
  if (signOff === undefined && watch === undefined) return [];
  const signatures = (signOff?.order ?? []).flatMap((role): PlannedSignature[] => {
    const rule = signOff?.roles[role];
    if (rule === undefined) return [];
    return [
      {
        role,
        by: rule.by,
        ...(typeof rule.after === "number" && { afterMs: rule.after }),
        ...(rule.not === "author" && { notAuthor: true as const }),
      },
    ];
  });
  const steps: StepName[] = [
    ...(watch === undefined ? [] : (["watch"] as const)),
    ...(signOff === undefined ? [] : (["sign-off"] as const)),
  ];
  return [
    {
      name: finalStage,
      steps,
      ...(watch !== undefined && { watch: watchOf(watch) }),
      ...(signOff !== undefined && { signOff: signatures }),
      shifts: [],
      maxHoldMs: 0,
    },
  ];
}
