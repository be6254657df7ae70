import * as z from "zod";
import { approve, pause } from "./agreement.ts";
import { auditCheck, dnsCheck, githubCheck, sentryCheck, tlsCheck } from "./check-spec.ts";
import { configure } from "./configure.ts";
import { formatDuration } from "./duration.ts";
import { expecting, refusing } from "./expectation.ts";
import {
  checkAddress,
  command,
  directory,
  duration,
  gitRef,
  limit,
  listOf,
  name,
  percentage,
  rate,
  referencePattern,
  secretReference,
  textLike,
  urlPath,
  variableName,
} from "./field.ts";
import { flagValues } from "./flag.ts";
import { formatLimit, type Limit } from "./limit.ts";
import { limitLevels } from "./limit-levels.ts";
import { arrivalsOf, type Schedule } from "./load-driver/arrivals.ts";
import { leastSample, type Unfit, unfitForLoad } from "./load-limit.ts";
import { watch } from "./watch-spec.ts";

/*
 * One schema per step, written once: the runbook's keys under the step, the inputs of its action, the generated
 * tables and the editors' JSON Schema all come from here. Durations are read as milliseconds, percentages as 0 to 100.
 */

const must = z
  .boolean()
  .optional()
  .meta({ description: "With `false` a failing check is reported and the release goes on." });

const envRule = z
  .strictObject({
    url: z
      .enum(["https", "http", "postgres", "redis"])
      .optional()
      .meta({ description: "Scheme the address must have." }),
    secret: z
      .boolean()
      .optional()
      .meta({ description: "The value is a secret: masked everywhere, never written here." }),
    "min-length": z.number().int().min(1).max(10_000).optional().meta({ description: "Shortest length allowed." }),
    equals: z.string().max(1000).optional().meta({ description: "The exact value." }),
    "differs-from": variableName
      .optional()
      .meta({ description: "Another variable that must not have the same value." }),
  })
  .superRefine((rule, context) => {
    if (rule.secret !== true || rule.equals === undefined) return;
    context.addIssue(
      refusing(
        {
          code: "RB052",
          message: "the value of a secret is written here (it is not shown)",
          why: "Everybody who can read the repository can read this file.",
          fix: "Remove `equals`, or `secret` when the value is none.",
        },
        ["equals"],
      ),
    );
  });

/** What must be true of the variables a release runs with, by name. A bare name must be set and not empty. */
export const envContract = z.record(
  variableName,
  envRule.nullable().transform((rule) => rule ?? {}),
);
export type EnvContract = z.infer<typeof envContract>;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], { error: expecting("scalar") });

const answer = {
  status: z
    .number({ error: expecting("status") })
    .int({ error: "status" })
    .min(200, { error: "status" })
    .max(599, { error: "status" })
    .meta({ description: "The status it must answer with." }),
  json: z
    .record(textLike("json-path", /^[^.\s]+(?:\.[^.\s]+){0,19}$/), scalar)
    .optional()
    .meta({ description: "Values the JSON answer must have, by path: `services.database: true`." }),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), z.string().max(1000))
    .optional()
    .meta({ description: "Headers the answer must have: a value, or `present`." }),
  within: duration.optional().meta({ description: "Longest time an answer may take." }),
  retry: duration.optional().meta({ description: "How long to keep asking before the verdict is final." }),
  must,
};

const runCheck = z.strictObject({
  run: command.meta({ description: "A command; it proves its point by ending with 0." }),
  within: duration.optional().meta({ description: "Longest time the command may take; 10m if not given." }),
  must,
});
const getCheck = z.strictObject({
  get: urlPath.meta({ description: "A path on the release that is being checked." }),
  ...answer,
});
const httpCheck = z.strictObject({
  http: z.strictObject({
    url: checkAddress.meta({ description: "A full address on the runbook's own site." }),
    ...answer,
  }),
});
const envCheck = z.strictObject({ env: envContract });
const gitCheck = z.strictObject({
  git: z.strictObject({
    clean: z.boolean().optional().meta({ description: "No file differs from the commit." }),
    branch: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
      .optional()
      .meta({ description: "The branch the release must come from." }),
  }),
});

const lintCheck = z.strictObject({
  lint: z.strictObject({
    directory: directory.meta({
      description: "Folder with the migrations: .sql files, or folders with a migration.sql.",
    }),
    from: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/)
      .optional()
      .meta({ description: "First file or folder that is judged; what sorts before it is history." }),
    must,
  }),
});

/** One line of a preflight or smoke test. */
export const check = z.union(
  [
    runCheck,
    getCheck,
    httpCheck,
    envCheck,
    gitCheck,
    lintCheck,
    auditCheck,
    tlsCheck,
    dnsCheck,
    githubCheck,
    sentryCheck,
  ],
  { error: expecting("check") },
);
export type RunCheck = z.infer<typeof runCheck>;
export type GetCheck = z.infer<typeof getCheck>;
export type HttpCheck = z.infer<typeof httpCheck>;
export type EnvCheck = z.infer<typeof envCheck>;
export type GitCheck = z.infer<typeof gitCheck>;
export type LintCheck = z.infer<typeof lintCheck>;
export type CheckSpec = z.infer<typeof check>;

export const preflight = listOf(check).meta({
  description: "What must hold before anything moves. Runs the repository's own code, without secrets.",
});

const backupCommand = (what: string) =>
  z.strictObject({
    run: command.meta({ description: what }),
    env: z
      .record(variableName, secretReference)
      .optional()
      .meta({ description: "Variables of the command: `AWS_SECRET_ACCESS_KEY: $AWS_KEY`; nothing else is passed on." }),
    within: duration.optional().meta({ description: "Longest time the command may take; 30m if not given." }),
  });

/** Where a platform keeps backups of its own; they are looked at, never made. */
const platformBackups = z.strictObject({
  project: textLike("name", /^[a-z]{20}$/).meta({ description: "The project's reference, as in its address." }),
  token: secretReference.default("$SUPABASE_ACCESS_TOKEN").meta({ description: "The secret with an access token." }),
  within: duration.meta({ description: "Oldest the newest backup may be (RPO)." }),
});

export const backup = z
  .strictObject({
    url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
    via: z
      .enum(["target"])
      .optional()
      .meta({ description: "With `target` the database is reached through the target's first host." }),
    scratch: secretReference.optional().meta({
      description:
        "The secret with the address of a server on which the backup may be restored; one is started here if not given.",
    }),
    verify: z.enum(["restore", "read"]).default("restore").meta({
      description:
        "How the backup is proven: `restore` brings it up in an empty database and compares; `read` only reads it to its end, for databases too large for that.",
    }),
    "restore-within": duration
      .optional()
      .meta({ description: "Longest time restoring and comparing may take (RTO); slower fails the step." }),
    encrypt: textLike("age-recipient", /^age1[0-9a-z]{50,4000}$/)
      .optional()
      .meta({ description: "Public age key; what is stored can be opened only with its private key." }),
    store: backupCommand("Keeps the backup: SLUICE_BACKUP_FILE, SLUICE_BACKUP_MANIFEST, SLUICE_BACKUP_KEEP_DAYS.")
      .optional()
      .meta({ description: "A command that brings the backup to where it is kept, such as a bucket." }),
    fetch: backupCommand("Brings SLUICE_BACKUP_NAME and its manifest into SLUICE_BACKUP_DIRECTORY.")
      .optional()
      .meta({ description: "A command that brings a backup back for a restore." }),
    keep: duration.optional().meta({ description: "How long `store` is asked to keep it." }),
    supabase: platformBackups
      .optional()
      .meta({ description: "Supabase's own backups or point-in-time recovery, which must be recent." }),
  })
  .superRefine((step, context) => {
    if (step.keep === undefined || step.store !== undefined) return;
    context.addIssue(
      refusing(
        {
          code: "RB142",
          message: "`keep` without `store`",
          why: "The backup would be gone with the job's machine, however long it should be kept.",
          fix: "Add `store: { run: ... }` with a command that brings it to a bucket.",
        },
        ["keep"],
      ),
    );
  })
  .meta({ description: "A backup that was proven by restoring it." });
export type BackupCommand = NonNullable<z.output<typeof backup>["store"]>;

const migrationsIn = (where: string) =>
  directory.default(where).meta({ description: `Folder with the migrations; ${where} if not given.` });

const ownCommand = (example: string) =>
  command.optional().meta({
    description: `Instead: the project's own tool, such as \`${example}\`, with DATABASE_URL and PG* in its environment.`,
  });

/** The tools whose migrations can be applied, by the key that names them. */
const engines = {
  sql: z
    .strictObject({
      directory: directory.meta({ description: "Folder with the .sql files, applied in the order of their numbers." }),
    })
    .optional()
    .meta({ description: "Plain SQL files, one transaction each." }),
  supabase: z
    .strictObject({ directory: migrationsIn("supabase/migrations"), run: ownCommand("supabase db push") })
    .optional()
    .meta({ description: "The Supabase CLI's files and history, applied without the CLI." }),
  prisma: z
    .strictObject({
      directory: migrationsIn("prisma/migrations"),
      engine: z.enum(["native", "schema-engine"]).default("native").meta({
        description:
          "`native` needs no Prisma; `schema-engine` lets the project's own @prisma/schema-engine-wasm keep the history.",
      }),
      project: directory
        .optional()
        .meta({ description: "Folder whose node_modules have Prisma's packages; the repository itself if not given." }),
      run: ownCommand("npx prisma migrate deploy"),
    })
    .optional()
    .meta({ description: "Prisma's files and history, each file and its row in one transaction." }),
  alembic: z
    .strictObject({
      config: directory.default("alembic.ini").meta({ description: "The project's alembic.ini." }),
      python: command
        .default("python3")
        .meta({ description: "The Python with the project's packages, such as `poetry run python`; python3." }),
    })
    .optional()
    .meta({ description: "The project's own Alembic; env.py takes the address from DATABASE_URL." }),
  command: command.optional().meta({
    description: "A command of your own that is called with `status` or `migrate`, such as `./migrate-database.sh`.",
  }),
};
const engineKeys = Object.keys(engines) as readonly (keyof typeof engines)[];

const identifier = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/);
const qualifiedName = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}(?:\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/);

/** What must be there once the migrations are applied, whatever the tools reported. */
const migrationExpectation = z
  .strictObject({
    indexes: listOf(
      z.union([
        identifier,
        z.strictObject({
          name: identifier.meta({ description: "Name of the index." }),
          table: qualifiedName.optional().meta({ description: "Table it is on." }),
          definition: z
            .string()
            .max(2000)
            .optional()
            .meta({ description: "Its definition, as pg_get_indexdef prints it." }),
        }),
      ]),
    )
      .optional()
      .meta({ description: "Indexes that exist, are valid, and are on the right table." }),
    "row-level-security": z
      .union([z.literal("all"), listOf(qualifiedName)])
      .optional()
      .meta({
        description: "Tables with row level security and policies; `all` of schema public, partitions included.",
      }),
    "open-policies": listOf(qualifiedName)
      .optional()
      .meta({ description: "Policies and views that may let everybody through." }),
    constraints: z.literal("validated").optional().meta({ description: "No constraint is left unvalidated." }),
    probes: listOf(
      z
        .strictObject({
          sql: z.string().min(1).max(4000).meta({ description: "A query; the first value of its first row counts." }),
          as: identifier.optional().meta({ description: "Role to ask as, such as anon." }),
          gives: scalar.optional().meta({ description: "The value it must give." }),
          "at-least": z.number().optional().meta({ description: "The least number it must give." }),
        })
        .superRefine((probe, context) => {
          if ((probe.gives === undefined) !== (probe["at-least"] === undefined)) return;
          context.addIssue(
            refusing({
              code: "RB141",
              message: probe.gives === undefined ? "a probe without an answer" : "a probe with two answers",
              why: "A question proves something only when its answer is known before.",
              fix: "Write either `gives: 0` or `at-least: 1`.",
            }),
          );
        }),
    )
      .optional()
      .meta({ description: "Questions with their answers, asked in a transaction that can write nothing." }),
  })
  .meta({ description: "What must be there once the migrations are applied." });
export type MigrationExpectation = z.infer<typeof migrationExpectation>;

export const migrate = z
  .strictObject({
    url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
    via: z
      .enum(["target"])
      .optional()
      .meta({ description: "With `target` the database is reached through the target's first host." }),
    ...engines,
    "lock-timeout": duration
      .optional()
      .meta({ description: "Longest time one attempt stands in a lock queue, and so makes others wait; 100ms." }),
    "retry-for": duration
      .optional()
      .meta({ description: "How long attempts that gave way to other sessions are repeated; 60s." }),
    "statement-timeout": duration.optional().meta({ description: "Longest time of one statement; 1h." }),
    "out-of-order": z
      .enum(["refuse", "apply"])
      .optional()
      .meta({ description: "What to do with a migration older than the newest applied one; refuse." }),
    lint: z
      .enum(["enforce", "report"])
      .optional()
      .meta({ description: "Whether pending files with a finding that has no answer are refused; enforce." }),
    expect: migrationExpectation.optional(),
    rehearse: z.boolean().optional().meta({
      description:
        "Applies what is pending to an empty copy of the schema first, and says which locks it takes; false.",
    }),
    scratch: secretReference.optional().meta({
      description: "The secret with the address of a server for the rehearsal; one is started here if not given.",
    }),
    approved: textLike("plan-hash", /^[0-9a-f]{64}$|^\$[A-Z][A-Z0-9_]{0,99}$/)
      .optional()
      .meta({ description: "Hash of the plan that was approved; any other plan is refused." }),
  })
  .superRefine((step, context) => {
    const named = engineKeys.filter((key) => step[key] !== undefined);
    if (named.length === 1) return;
    const all = engineKeys.map((key) => `\`${key}\``).join(", ");
    context.addIssue(
      refusing({
        code: "RB140",
        message: named.length === 0 ? `none of ${all}` : `more than one of ${all}`,
        why: "One history says what a database has; two would not know of each other.",
        fix: "Name the one tool whose migrations these are, such as `sql: { directory: db/migrations }`.",
      }),
    );
  })
  .meta({ description: "Brings the database to the schema this commit needs." });

export const deploy = z
  .strictObject({})
  .meta({ description: "Starts the new version beside the old one, without traffic." });

export const smokeTest = listOf(check).meta({
  description: "What the new version must answer before it takes traffic.",
});

/** A request is written out, or it is nothing but a variable: `Bearer $TOKEN` would be sent as it stands. */
const sent = z
  .string()
  .max(10_000)
  .refine((text) => referencePattern.test(text) || !/\$[A-Z][A-Z0-9_]*/.test(text), { error: "header" });

const loadRequest = z.strictObject({
  path: urlPath.meta({ description: "A path on the release under test." }),
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], { error: expecting("method") })
    .default("GET")
    .meta({ description: "How it is asked." }),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), sent.regex(/^[^\r\n\0]*$/, { error: "header" }))
    .optional()
    .meta({ description: "Headers to send; a value may be a variable such as $API_KEY." }),
  body: sent.optional().meta({ description: "Body to send, or the variable that holds it." }),
  weight: z.number().positive().max(1_000_000).default(1).meta({ description: "How often, compared with the others." }),
  status: answer.status.optional().meta({ description: "The only status expected; 200 to 399 if not given." }),
});

const loadRamp = z.strictObject({
  rate: rate.meta({ description: "Requests a second at the end of this ramp; reached in a straight line." }),
  for: duration.meta({ description: "How long this ramp takes." }),
});

const loadKeys = {
  requests: listOf(loadRequest).optional().meta({ description: "What is sent: one or several requests by weight." }),
  rate: rate.optional().meta({ description: "Requests that arrive each second, whether or not others were answered." }),
  for: duration.optional().meta({ description: "How long they arrive." }),
  ramps: listOf(loadRamp)
    .optional()
    .meta({ description: "Instead of `rate` and `for`: changes of the rate, beginning at zero." }),
  within: duration.optional().meta({ description: "Longest time an answer may take before it counts as none; 10s." }),
  "in-flight": z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: "Most requests without an answer at a time; further ones are dropped and counted; 500." }),
  "version-header": z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/)
    .optional()
    .meta({ description: "Header of an answer that names the version; x-version." }),
  k6: directory.optional().meta({ description: "Instead of `requests`: a k6 script, run by the k6 on PATH." }),
};

type LoadKeys = z.infer<z.ZodObject<typeof loadKeys>> & { readonly limits: readonly Limit[] };

/** The own driver's part, or nothing when a script brings its own. */
function scheduleOf({ rate, for: time, ramps }: LoadKeys): Schedule | undefined {
  if (ramps !== undefined) return { ramps };
  return rate !== undefined && time !== undefined ? { rate, for: time } : undefined;
}

function loadForm(step: LoadKeys): string | undefined {
  const own = Object.keys(loadKeys).filter((key) => key !== "k6" && step[key as keyof LoadKeys] !== undefined);
  if (step.k6 !== undefined)
    return own.length === 0 ? undefined : `\`${own[0]}\` says nothing beside \`k6\`: the script has its own`;
  if (step.requests === undefined) return "neither `requests` nor a `k6` script";
  if (step.ramps === undefined)
    return scheduleOf(step) === undefined ? "requests without `rate` and `for`, or `ramps`" : undefined;
  if (step.rate !== undefined || step.for !== undefined) return "both `ramps` and a constant `rate` or `for`";
  return step.ramps.every((ramp, i) => ramp.rate === (step.ramps?.[i - 1]?.rate ?? 0))
    ? "a load of nothing"
    : undefined;
}

/** Why a run of this schedule could never answer a limit; a script has no schedule that could be known before. */
function loadLimitProblem(limit: Limit, schedule: Schedule | undefined): Unfit | undefined {
  const unfit = unfitForLoad(limit);
  if (unfit !== undefined || schedule === undefined) return unfit;
  const { demand } = limit;
  const offered = "ramps" in schedule ? Math.max(...schedule.ramps.map(({ rate }) => rate)) : schedule.rate;
  if (
    limit.metric === "throughput" &&
    demand.op !== "not-worse" &&
    demand.op.startsWith(">") &&
    demand.quantity.value > offered
  )
    return {
      message: `a load of ${offered}/s cannot show \`${formatLimit(limit)}\``,
      fix: "Offer more than the throughput that must be reached.",
    };
  const due = arrivalsOf(schedule);
  const needed = leastSample(limit);
  if (due >= needed) return undefined;
  return {
    message: `${due} requests cannot answer \`${formatLimit(limit)}\`, which needs ${needed}`,
    fix: "Test longer or at a higher rate, or write a limit that fewer requests can answer.",
  };
}

export const loadTest = z
  .strictObject({
    ...loadKeys,
    limits: listOf(limit).meta({ description: "What must hold of the finished run: `p99 < 1s`, `checks = 100%`." }),
  })
  .superRefine((step, context) => {
    const form = loadForm(step);
    if (form !== undefined)
      context.addIssue(
        refusing({
          code: "RB048",
          message: form,
          why: "A load test is either described here, or it is a k6 script.",
          fix: "Write `requests: [{ path: / }]`, `rate: 50/s` and `for: 30s`, or only `k6: load-test.js`.",
        }),
      );
    const schedule = step.k6 === undefined ? scheduleOf(step) : undefined;
    for (const [i, limit] of step.limits.entries()) {
      const problem = loadLimitProblem(limit, schedule);
      if (problem === undefined) continue;
      const why = "A limit that can never be decided would hold every release.";
      context.addIssue(refusing({ code: "RB108", ...problem, why }, ["limits", i]));
    }
  })
  .meta({ description: "Load on the new version at its own address, before it takes traffic." });
export type LoadTest = z.infer<typeof loadTest>;

const shift = z
  .strictObject({
    traffic: percentage.optional().meta({ description: "Share of production traffic the candidate gets." }),
    hosts: percentage
      .optional()
      .meta({ description: "Instead of `traffic`: the candidate gets so many of the target's hosts, rounded up." }),
    hold: duration.optional().meta({ description: "How long it keeps this share at least." }),
    every: duration.optional().meta({ description: "Time between two looks at the limits." }),
    ...limitLevels,
  })
  .superRefine((shift, context) => {
    const { hold, every, limits, traffic, hosts } = shift;
    const share = traffic ?? hosts;
    if (share === undefined || (traffic !== undefined && hosts !== undefined)) {
      context.addIssue(
        refusing({
          code: "RB027",
          message: share === undefined ? "missing key `traffic`" : "both `traffic` and `hosts`",
          why: "A candidate gets its share either of each host's requests or as whole hosts.",
          fix: "Write `traffic: 5%`, or `hosts: 5%` where the target has several hosts.",
        }),
      );
      return;
    }
    if (limits === undefined && (hold !== undefined || share < 100)) {
      context.addIssue(
        refusing({
          code: "RB043",
          message: `${share}% of ${traffic === undefined ? "hosts" : "traffic"} is judged by nothing: \`limits\` is missing`,
          why: "A gate without a limit would always pass.",
          fix: "Add limits, such as `limits: [error-rate < 1%]`.",
        }),
      );
    }
    for (const key of ["hold", "every"] as const) {
      if (shift[key] !== undefined || limits === undefined) continue;
      context.addIssue(
        refusing({
          code: "RB027",
          message: `missing key \`${key}\``,
          why: "Limits are judged again and again while the candidate holds its share.",
          fix: key === "hold" ? "Say how long, such as `hold: 10m`." : "Say how often to look, such as `every: 1m`.",
        }),
      );
    }
    if (hold !== undefined && every !== undefined && every > hold) {
      context.addIssue(
        refusing(
          {
            code: "RB040",
            message: `a look every ${formatDuration(every)} does not fit into a hold of ${formatDuration(hold)}`,
            why: "The hold would end before the first look, so it could never pass.",
            fix: `Look at least every ${formatDuration(hold)}, or hold longer.`,
          },
          ["every"],
        ),
      );
    }
  })
  // `traffic` is the share that was asked for, whichever key it came from.
  .transform(({ traffic, hosts, ...rest }) => ({
    ...rest,
    traffic: traffic ?? hosts ?? 0,
    ...(hosts !== undefined && { hosts }),
  }));

const shifts = listOf(shift).superRefine((shifts, context) => {
  for (const [i, { traffic, hosts }] of shifts.entries()) {
    const before = shifts[i - 1]?.traffic;
    if (before === undefined || traffic > before) continue;
    context.addIssue(
      refusing(
        {
          code: "RB037",
          message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
          why: "Going down again would release to fewer people what was already proven on more.",
          fix: "Sort the shifts from the smallest share to 100%.",
        },
        [i, hosts === undefined ? "traffic" : "hosts"],
      ),
    );
  }
  const last = shifts.at(-1);
  if (last === undefined || last.traffic === 100) return;
  context.addIssue(
    refusing(
      {
        code: "RB039",
        message: `the last shift ends at ${last.traffic}%, not at 100%`,
        why: "The release would stop half-way with two versions in production.",
        fix: "Add a last shift: `- { traffic: 100% }`.",
      },
      [shifts.length - 1, last.hosts === undefined ? "traffic" : "hosts"],
    ),
  );
});

export const canary = z
  .strictObject({
    shifts: shifts.meta({ description: "Shares of traffic in rising order; the last is 100%." }),
    "on-fail": z
      .enum(["rollback", "step-back", "ask"])
      .default("rollback")
      .meta({
        description:
          "What a broken limit does: `rollback` gives all traffic back; `step-back` goes one share down, and a person " +
          "says whether it may try again; `ask` asks a person, and silence gives all traffic back.",
      }),
    "on-short-evidence": z
      .enum(["hold", "synthetic", "approve", "fail"])
      .default("hold")
      .meta({
        description:
          "What too little traffic does at `max-hold`: `hold` gives traffic back, and the commit may be released again; " +
          "`synthetic` first lets requests of our own decide, and says so; `approve` asks a person, and silence is " +
          "`hold`; `fail` counts as rolled back.",
      }),
    "decide-within": duration
      .optional()
      .meta({ description: "How long a person has to answer before traffic goes back; 10m if not given." }),
    "max-hold": duration
      .optional()
      .meta({ description: "Longest stay at one share without a verdict; twice the longest hold if not given." }),
  })
  .superRefine((canary, context) => {
    const longest = Math.max(0, ...canary.shifts.map((shift) => shift.hold ?? 0));
    const max = canary["max-hold"];
    if (max === undefined || max >= longest) return;
    context.addIssue(
      refusing(
        {
          code: "RB104",
          message: `${formatDuration(max)} is shorter than the longest hold, ${formatDuration(longest)}`,
          why: "The candidate would be taken off before its hold could end.",
          fix: `Write at least ${formatDuration(longest)}, or leave the key away (twice the longest hold).`,
        },
        ["max-hold"],
      ),
    );
  })
  .meta({ description: "Gives the new version its traffic in shares, each judged by limits." });

/** The value a bare key has, such as `deploy:` with nothing behind it. */
const orBare = <T extends z.ZodType>(step: T) => z.union([step, z.null().transform(() => ({}))]);

/** The steps of a stage by name, in the order in which they run. */
export const steps = {
  preflight,
  approve,
  backup,
  migrate,
  configure,
  pause,
  deploy,
  "smoke-test": smokeTest,
  "load-test": loadTest,
  canary,
  watch,
};

export const stage = z.strictObject({
  name: name.meta({ description: "What people call this stage." }),
  ref: gitRef.optional().meta({
    description:
      "Tag, branch or commit that this stage releases; the release's own commit if not given. Each contains the one before it.",
  }),
  flags: flagValues.optional(),
  preflight: preflight.optional(),
  approve: approve.optional(),
  backup: backup.optional(),
  migrate: migrate.optional(),
  configure: configure.optional(),
  pause: pause.optional(),
  deploy: orBare(deploy).optional(),
  "smoke-test": smokeTest.optional(),
  "load-test": loadTest.optional(),
  canary: canary.optional(),
  watch: watch.optional(),
});
export type Stage = z.infer<typeof stage>;
export type Canary = z.infer<typeof canary>;
export type Shift = Canary["shifts"][number];
