import * as z from "zod";
import { type Refusal, refusing } from "./expectation.ts";
import {
  command,
  directory,
  duration,
  listOf,
  name,
  scalar,
  secretReference,
  size,
  textLike,
  variableName,
} from "./field.ts";

/* What a runbook says of its database: how it is backed up, and how it is brought to the schema of the commit. */

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
    "sample-above": size.optional().meta({
      description:
        "Of a database larger than this only the structure is restored, and as many tables as fit into it; the verdict names those that were read only.",
    }),
    "restore-within": duration
      .optional()
      .meta({ description: "Longest time restoring and comparing may take (RTO); slower fails the step." }),
    encrypt: textLike("age-recipient", /^age1[0-9a-z]{58}$/)
      .optional()
      .meta({ description: "Public age key; what is stored can be opened only with its private key." }),
    store: z
      .union([
        z.literal("artifact"),
        backupCommand("Keeps the backup: SLUICE_BACKUP_FILE, SLUICE_BACKUP_MANIFEST, SLUICE_BACKUP_KEEP_DAYS."),
      ])
      .optional()
      .meta({
        description:
          "A command that brings the backup to where it is kept, such as a bucket; or `artifact`: it becomes an artifact of the run, with `encrypt` only.",
      }),
    fetch: backupCommand("Brings SLUICE_BACKUP_NAME and its manifest into SLUICE_BACKUP_DIRECTORY.")
      .optional()
      .meta({ description: "A command that brings a backup back for a restore." }),
    keep: duration.optional().meta({ description: "How long `store` is asked to keep it." }),
    supabase: platformBackups
      .optional()
      .meta({ description: "Supabase's own backups or point-in-time recovery, which must be recent." }),
  })
  .superRefine((step, context) => {
    if (step.store === "artifact" && step.encrypt === undefined)
      context.addIssue(
        refusing(
          {
            code: "RB145",
            message: "`store: artifact` without `encrypt`",
            why: "Whoever may read the repository may download its artifacts.",
            fix: "Add `encrypt: age1...`, the public key of a pair made by `age-keygen`.",
          },
          ["store"],
        ),
      );
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
export type BackupCommand = z.output<ReturnType<typeof backupCommand>>;

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
        qualifiedName,
        z.strictObject({
          name: qualifiedName.meta({ description: "Name of the index; its schema too where several have one." }),
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
        description:
          "Tables with row level security and policies, with their partitions; `all` of schema public and of any other that the API's roles see.",
      }),
    "open-policies": listOf(qualifiedName)
      .optional()
      .meta({ description: "Policies and views that may let everybody through." }),
    constraints: z.literal("validated").optional().meta({ description: "No constraint is left unvalidated." }),
    "rows-kept": z
      .union([z.literal("all"), listOf(qualifiedName)])
      .optional()
      .meta({ description: "Tables that lose no row while the migrations are applied; `all` there are." }),
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

/** Only a tool of the project's own can run elsewhere, and only the target has containers. */
function insideRefusal(step: {
  readonly inside?: string | undefined;
  readonly via?: string | undefined;
  readonly sql?: object | undefined;
  readonly supabase?: { readonly run?: string | undefined } | undefined;
  readonly prisma?: { readonly run?: string | undefined } | undefined;
}): Refusal | undefined {
  if (step.inside === undefined) return undefined;
  const { sql, supabase, prisma } = step;
  const ownFiles =
    sql !== undefined || [supabase, prisma].some((engine) => engine !== undefined && engine.run === undefined);
  if (step.via === "target" && !ownFiles) return undefined;
  return {
    code: "RB144",
    message: ownFiles ? "`inside` without a tool to run there" : "`inside` without `via: target`",
    why: ownFiles
      ? "Files of SQL are applied by this job over the target's session; no container has a part in it."
      : "The service's container stands on the target's host, and its history is read through the same session.",
    fix: ownFiles ? "Remove `inside`, or name the tool with `run`." : "Add `via: target`.",
    atKey: true,
  };
}

export const migrate = z
  .strictObject({
    url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
    via: z
      .enum(["target"])
      .optional()
      .meta({ description: "With `target` the database is reached through the target's first host." }),
    inside: name.optional().meta({
      description:
        "Service of the target's compose file in whose container the project's tool runs, in the image about to be deployed; with `via: target`.",
    }),
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
    "old-version": z.enum(["works", "breaks"]).optional().meta({
      description:
        "Your word on whether the version that serves can work with what a command, or a revision that cannot be read beforehand, leaves; `breaks` if not given. `breaks` counts for whatever is applied.",
    }),
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
    const refusal = insideRefusal(step);
    if (refusal !== undefined) context.addIssue(refusing(refusal, ["inside"]));
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
