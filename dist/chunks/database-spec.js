import { S as union, b as string, g as number, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { F as command, G as name, I as directory, L as duration, Q as size, W as listOf, X as secretReference, Y as scalar, it as variableName, nt as textLike, pt as refusing } from "./runbook-keys.js";
const backupCommand = (what) => strictObject({
run: command.meta({ description: what }),
env: record(variableName, secretReference).optional().meta({ description: "Variables of the command: `AWS_SECRET_ACCESS_KEY: $AWS_KEY`; nothing else is passed on." }),
within: duration.optional().meta({ description: "Longest time the command may take; 30m if not given." })
}), platformBackups = strictObject({
project: textLike("name", /^[a-z]{20}$/).meta({ description: "The project's reference, as in its address." }),
token: secretReference.default("$SUPABASE_ACCESS_TOKEN").meta({ description: "The secret with an access token." }),
within: duration.meta({ description: "Oldest the newest backup may be (RPO)." })
}), backup = strictObject({
url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
via: _enum(["target"]).optional().meta({ description: "With `target` the database is reached through the target's first host." }),
scratch: secretReference.optional().meta({ description: "The secret with the address of a server on which the backup may be restored; one is started here if not given." }),
verify: _enum(["restore", "read"]).default("restore").meta({ description: "How the backup is proven: `restore` brings it up in an empty database and compares; `read` only reads it to its end, for databases too large for that." }),
"sample-above": size.optional().meta({ description: "Of a database larger than this only the structure is restored, and as many tables as fit into it; the verdict names those that were read only." }),
"restore-within": duration.optional().meta({ description: "Longest time restoring and comparing may take (RTO); slower fails the step." }),
encrypt: textLike("age-recipient", /^age1[0-9a-z]{58}$/).optional().meta({ description: "Public age key; what is stored can be opened only with its private key." }),
store: backupCommand("Keeps the backup: SLUICE_BACKUP_FILE, SLUICE_BACKUP_MANIFEST, SLUICE_BACKUP_KEEP_DAYS.").optional().meta({ description: "A command that brings the backup to where it is kept, such as a bucket." }),
fetch: backupCommand("Brings SLUICE_BACKUP_NAME and its manifest into SLUICE_BACKUP_DIRECTORY.").optional().meta({ description: "A command that brings a backup back for a restore." }),
keep: duration.optional().meta({ description: "How long `store` is asked to keep it." }),
supabase: platformBackups.optional().meta({ description: "Supabase's own backups or point-in-time recovery, which must be recent." })
}).superRefine((step, context) => {
step.keep !== void 0 && step.store === void 0 && context.addIssue(refusing({
code: "RB142",
message: "`keep` without `store`",
why: "The backup would be gone with the job's machine, however long it should be kept.",
fix: "Add `store: { run: ... }` with a command that brings it to a bucket."
}, ["keep"]));
}).meta({ description: "A backup that was proven by restoring it." }), migrationsIn = (where) => directory.default(where).meta({ description: `Folder with the migrations; ${where} if not given.` }), ownCommand = (example) => command.optional().meta({ description: `Instead: the project's own tool, such as \`${example}\`, with DATABASE_URL and PG* in its environment.` }), engines = {
sql: strictObject({ directory: directory.meta({ description: "Folder with the .sql files, applied in the order of their numbers." }) }).optional().meta({ description: "Plain SQL files, one transaction each." }),
supabase: strictObject({
directory: migrationsIn("supabase/migrations"),
run: ownCommand("supabase db push")
}).optional().meta({ description: "The Supabase CLI's files and history, applied without the CLI." }),
prisma: strictObject({
directory: migrationsIn("prisma/migrations"),
engine: _enum(["native", "schema-engine"]).default("native").meta({ description: "`native` needs no Prisma; `schema-engine` lets the project's own @prisma/schema-engine-wasm keep the history." }),
project: directory.optional().meta({ description: "Folder whose node_modules have Prisma's packages; the repository itself if not given." }),
run: ownCommand("npx prisma migrate deploy")
}).optional().meta({ description: "Prisma's files and history, each file and its row in one transaction." }),
alembic: strictObject({
config: directory.default("alembic.ini").meta({ description: "The project's alembic.ini." }),
python: command.default("python3").meta({ description: "The Python with the project's packages, such as `poetry run python`; python3." })
}).optional().meta({ description: "The project's own Alembic; env.py takes the address from DATABASE_URL." }),
command: command.optional().meta({ description: "A command of your own that is called with `status` or `migrate`, such as `./migrate-database.sh`." })
}, engineKeys = Object.keys(engines), identifier = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/), qualifiedName = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}(?:\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/), migrationExpectation = strictObject({
indexes: listOf(union([qualifiedName, strictObject({
name: qualifiedName.meta({ description: "Name of the index; its schema too where several have one." }),
table: qualifiedName.optional().meta({ description: "Table it is on." }),
definition: string().max(2e3).optional().meta({ description: "Its definition, as pg_get_indexdef prints it." })
})])).optional().meta({ description: "Indexes that exist, are valid, and are on the right table." }),
"row-level-security": union([literal("all"), listOf(qualifiedName)]).optional().meta({ description: "Tables with row level security and policies, with their partitions; `all` of schema public and of any other that the API's roles see." }),
"open-policies": listOf(qualifiedName).optional().meta({ description: "Policies and views that may let everybody through." }),
constraints: literal("validated").optional().meta({ description: "No constraint is left unvalidated." }),
"rows-kept": union([literal("all"), listOf(qualifiedName)]).optional().meta({ description: "Tables that lose no row while the migrations are applied; `all` there are." }),
probes: listOf(strictObject({
sql: string().min(1).max(4e3).meta({ description: "A query; the first value of its first row counts." }),
as: identifier.optional().meta({ description: "Role to ask as, such as anon." }),
gives: scalar.optional().meta({ description: "The value it must give." }),
"at-least": number().optional().meta({ description: "The least number it must give." })
}).superRefine((probe, context) => {
probe.gives === void 0 == (probe["at-least"] === void 0) && context.addIssue(refusing({
code: "RB141",
message: probe.gives === void 0 ? "a probe without an answer" : "a probe with two answers",
why: "A question proves something only when its answer is known before.",
fix: "Write either `gives: 0` or `at-least: 1`."
}));
})).optional().meta({ description: "Questions with their answers, asked in a transaction that can write nothing." })
}).meta({ description: "What must be there once the migrations are applied." });
function insideRefusal(step) {
if (step.inside === void 0) return;
let { sql, supabase, prisma } = step, ownFiles = sql !== void 0 || [supabase, prisma].some((engine) => engine !== void 0 && engine.run === void 0);
if (step.via !== "target" || ownFiles) return {
code: "RB144",
message: ownFiles ? "`inside` without a tool to run there" : "`inside` without `via: target`",
why: ownFiles ? "Files of SQL are applied by this job over the target's session; no container has a part in it." : "The service's container stands on the target's host, and its history is read through the same session.",
fix: ownFiles ? "Remove `inside`, or name the tool with `run`." : "Add `via: target`.",
atKey: !0
};
}
const migrate = strictObject({
url: secretReference.default("$DATABASE_URL").meta({ description: "The secret with the database's address." }),
via: _enum(["target"]).optional().meta({ description: "With `target` the database is reached through the target's first host." }),
inside: name.optional().meta({ description: "Service of the target's compose file in whose container the project's tool runs, in the image about to be deployed; with `via: target`." }),
...engines,
"lock-timeout": duration.optional().meta({ description: "Longest time one attempt stands in a lock queue, and so makes others wait; 100ms." }),
"retry-for": duration.optional().meta({ description: "How long attempts that gave way to other sessions are repeated; 60s." }),
"statement-timeout": duration.optional().meta({ description: "Longest time of one statement; 1h." }),
"out-of-order": _enum(["refuse", "apply"]).optional().meta({ description: "What to do with a migration older than the newest applied one; refuse." }),
lint: _enum(["enforce", "report"]).optional().meta({ description: "Whether pending files with a finding that has no answer are refused; enforce." }),
"old-version": _enum(["works", "breaks"]).optional().meta({ description: "Your word on whether the version that serves can work with what a command, or a revision that cannot be read beforehand, leaves; `breaks` if not given. `breaks` counts for whatever is applied." }),
expect: migrationExpectation.optional(),
rehearse: boolean().optional().meta({ description: "Applies what is pending to an empty copy of the schema first, and says which locks it takes; false." }),
scratch: secretReference.optional().meta({ description: "The secret with the address of a server for the rehearsal; one is started here if not given." }),
approved: textLike("plan-hash", /^[0-9a-f]{64}$|^\$[A-Z][A-Z0-9_]{0,99}$/).optional().meta({ description: "Hash of the plan that was approved; any other plan is refused." })
}).superRefine((step, context) => {
let named = engineKeys.filter((key) => step[key] !== void 0), refusal = insideRefusal(step);
if (refusal !== void 0 && context.addIssue(refusing(refusal, ["inside"])), named.length === 1) return;
let all = engineKeys.map((key) => `\`${key}\``).join(", ");
context.addIssue(refusing({
code: "RB140",
message: named.length === 0 ? `none of ${all}` : `more than one of ${all}`,
why: "One history says what a database has; two would not know of each other.",
fix: "Name the one tool whose migrations these are, such as `sql: { directory: db/migrations }`."
}));
}).meta({ description: "Brings the database to the schema this commit needs." });
export { migrate as n, backup as t };
