import { S as union, b as string, g as number, m as literal, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { F as command, G as name, I as directory, L as duration, Q as size, W as listOf, X as secretReference, Y as scalar, it as variableName, nt as textLike, pt as refusing } from "./runbook-keys.js";
const backupCommand = (what) => strictObject({
run: command.meta({ description: what }),
env: record(variableName, secretReference).optional(),
within: duration.optional()
}), platformBackups = strictObject({
project: textLike("name", /^[a-z]{20}$/).meta({ description: "The project's reference, as in its address." }),
token: secretReference.default("$SUPABASE_ACCESS_TOKEN"),
within: duration.meta({ description: "Oldest the newest backup may be (RPO)." })
}), backup = strictObject({
url: secretReference.default("$DATABASE_URL"),
via: _enum(["target"]).optional(),
scratch: secretReference.optional(),
verify: _enum(["restore", "read"]).default("restore"),
"sample-above": size.optional(),
"restore-within": duration.optional(),
encrypt: textLike("age-recipient", /^age1[0-9a-z]{58}$/).optional(),
store: union([literal("artifact"), backupCommand("Keeps the backup: SLUICE_BACKUP_FILE, SLUICE_BACKUP_MANIFEST, SLUICE_BACKUP_KEEP_DAYS.")]).optional(),
fetch: backupCommand("Brings SLUICE_BACKUP_NAME and its manifest into SLUICE_BACKUP_DIRECTORY.").optional(),
keep: duration.optional(),
supabase: platformBackups.optional()
}).superRefine((step, context) => {
step.store === "artifact" && step.encrypt === void 0 && context.addIssue(refusing({
code: "RB145",
message: "`store: artifact` without `encrypt`",
why: "Whoever may read the repository may download its artifacts.",
fix: "Add `encrypt: age1...`, the public key of a pair made by `age-keygen`."
}, ["store"])), step.keep !== void 0 && step.store === void 0 && context.addIssue(refusing({
code: "RB142",
message: "`keep` without `store`",
why: "The backup would be gone with the job's machine, however long it should be kept.",
fix: "Add `store: { run: ... }` with a command that brings it to a bucket."
}, ["keep"]));
}).meta({ description: "A backup that was proven by restoring it." }), migrationsIn = (where) => directory.default(where), ownCommand = (example) => command.optional(), engines = {
sql: strictObject({ directory: directory.meta({ description: "Folder with the .sql files, applied in the order of their numbers." }) }).optional(),
supabase: strictObject({
directory: migrationsIn("supabase/migrations"),
run: ownCommand("supabase db push")
}).optional(),
prisma: strictObject({
directory: migrationsIn("prisma/migrations"),
engine: _enum(["native", "schema-engine"]).default("native"),
project: directory.optional(),
run: ownCommand("npx prisma migrate deploy")
}).optional(),
alembic: strictObject({
config: directory.default("alembic.ini"),
python: command.default("python3")
}).optional(),
command: command.optional()
}, engineKeys = Object.keys(engines), identifier = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/), qualifiedName = textLike("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}(?:\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/), migrationExpectation = strictObject({
indexes: listOf(union([qualifiedName, strictObject({
name: qualifiedName.meta({ description: "Name of the index; its schema too where several have one." }),
table: qualifiedName.optional(),
definition: string().max(2e3).optional()
})])).optional(),
"row-level-security": union([literal("all"), listOf(qualifiedName)]).optional(),
"open-policies": listOf(qualifiedName).optional(),
constraints: literal("validated").optional(),
"rows-kept": union([literal("all"), listOf(qualifiedName)]).optional(),
probes: listOf(strictObject({
sql: string().min(1).max(4e3).meta({ description: "A query; the first value of its first row counts." }),
as: identifier.optional(),
gives: scalar.optional(),
"at-least": number().optional()
}).superRefine((probe, context) => {
probe.gives === void 0 == (probe["at-least"] === void 0) && context.addIssue(refusing({
code: "RB141",
message: probe.gives === void 0 ? "a probe without an answer" : "a probe with two answers",
why: "A question proves something only when its answer is known before.",
fix: "Write either `gives: 0` or `at-least: 1`."
}));
})).optional()
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
url: secretReference.default("$DATABASE_URL"),
via: _enum(["target"]).optional(),
inside: name.optional(),
...engines,
"lock-timeout": duration.optional(),
"retry-for": duration.optional(),
"statement-timeout": duration.optional(),
"out-of-order": _enum(["refuse", "apply"]).optional(),
lint: _enum(["enforce", "report"]).optional(),
"old-version": _enum(["works", "breaks"]).optional(),
expect: migrationExpectation.optional(),
rehearse: boolean().optional(),
scratch: secretReference.optional(),
approved: textLike("plan-hash", /^[0-9a-f]{64}$|^\$[A-Z][A-Z0-9_]{0,99}$/).optional()
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
