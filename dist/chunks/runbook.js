import { D as flagCommands, F as command, G as name, K as percentage, L as duration, O as flagValues, R as gitRef, W as listOf, X as secretReference, Z as site, b as watch, dt as expecting, it as variableName, nt as textLike, pt as refusing, w as freeze, x as limitLevels } from "./runbook-keys.js";
import { S as union, _ as object, b as string, c as _null, g as number, m as literal, s as _enum, v as record, y as strictObject } from "./zod.js";
import { t as noticeEvents } from "./channel.js";
import { n as preflight, r as smokeTest, t as envContract } from "./check-spec.js";
import { n as metric } from "./metric-spec.js";
import { v as newCommitPolicies } from "./release.js";
import { E as formatDuration } from "./words.js";
import { t as configure } from "./configure.js";
import { n as migrate, t as backup } from "./database-spec.js";
import { t as loadTest } from "./load-test-spec.js";
import { t as targetSchema } from "./target-spec.js";
import { t as tickSourceSchema } from "./tick-source.js";
const person = textLike("person", /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})|@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100})$/), role = name, roles = listOf(role).meta({ description: "Roles of `people`." }), people = record(role, listOf(person)).meta({ description: "Who has which role: GitHub logins, or teams as `@organisation/team`." }), approve = strictObject({
by: roles.meta({ description: "Roles of `people`, any of which may agree." }),
minimum: number().int().min(1).max(20).default(1)
}).meta({ description: "The stage goes on when enough people agreed to exactly this commit and this evidence." }), pause = strictObject({
task: string().regex(/\S/).max(500).meta({ description: "What a person has to do before the stage goes on." }),
by: roles.meta({ description: "Roles of `people`, one of which says that it is done." }),
changed: listOf(variableName).optional()
}).meta({ description: "A task for a person, who says `/continue` when it is done." }), signature = strictObject({
by: roles.meta({ description: "Roles of `people`, any of which may sign." }),
after: union([literal("deploy"), duration], { error: expecting("signature-after") }).optional(),
not: literal("author").optional()
}), signOff = object({ order: listOf(name).meta({ description: "Names of the signatures below, first to last." }) }).catchall(signature).transform(({ order, ...signatures }) => ({
order,
roles: signatures
})).meta({ description: "Whose names stand under a finished release, in which order." }), around = _enum([
"backup",
"migrate",
"configure",
"deploy",
"pause"
], { error: expecting("around") }), maintenance = strictObject({
via: literal("target").optional(),
page: strictObject({
on: command.meta({ description: "A command that puts the maintenance page up." }),
off: command.meta({ description: "A command that takes it down." })
}).optional(),
jobs: strictObject({
stop: command.meta({ description: "A command that stops the workers." }),
start: command.meta({ description: "A command that starts them again." })
}).optional(),
around: union([listOf(around), around.transform((step) => [step])]).meta({ description: "The steps during which they are up and stopped: `migrate`." })
}).refine(({ page, jobs }) => page !== void 0 || jobs !== void 0, { error: "at-least-one" }).meta({ description: "A maintenance page, workers that stand still: turned on before a step, off after it, and off again whenever a release does not get to its end." }), shift = strictObject({
traffic: percentage.optional(),
hosts: percentage.optional(),
hold: duration.optional(),
every: duration.optional(),
...limitLevels
}).superRefine((shift, context) => {
let { hold, every, limits, traffic, hosts } = shift, share = traffic ?? hosts;
if (share === void 0 || traffic !== void 0 && hosts !== void 0) context.addIssue(refusing({
code: "RB027",
message: share === void 0 ? "missing key `traffic`" : "both `traffic` and `hosts`",
why: "A candidate gets its share either of each host's requests or as whole hosts.",
fix: "Write `traffic: 5%`, or `hosts: 5%` where the target has several hosts."
}));
else {
limits === void 0 && (hold !== void 0 || share < 100) && context.addIssue(refusing({
code: "RB043",
message: `${share}% of ${traffic === void 0 ? "hosts" : "traffic"} is judged by nothing: \`limits\` is missing`,
why: "A gate without a limit would always pass.",
fix: "Add limits, such as `limits: [error-rate < 1%]`."
}));
for (let key of ["hold", "every"]) shift[key] === void 0 && limits !== void 0 && context.addIssue(refusing({
code: "RB027",
message: `missing key \`${key}\``,
why: "Limits are judged again and again while the candidate holds its share.",
fix: key === "hold" ? "Say how long, such as `hold: 10m`." : "Say how often to look, such as `every: 1m`."
}));
hold !== void 0 && every !== void 0 && every > hold && context.addIssue(refusing({
code: "RB040",
message: `a look every ${formatDuration(every)} does not fit into a hold of ${formatDuration(hold)}`,
why: "The hold would end before the first look, so it could never pass.",
fix: `Look at least every ${formatDuration(hold)}, or hold longer.`
}, ["every"]));
}
}).transform(({ traffic, hosts, ...rest }) => ({
...rest,
traffic: traffic ?? hosts ?? 0,
...hosts !== void 0 && { hosts }
})), shifts = listOf(shift).superRefine((shifts, context) => {
for (let [i, { traffic, hosts }] of shifts.entries()) {
let before = shifts[i - 1]?.traffic;
before === void 0 || traffic > before || context.addIssue(refusing({
code: "RB037",
message: `${traffic}% does not follow ${before}%: every shift gives the candidate more traffic`,
why: "Going down again would release to fewer people what was already proven on more.",
fix: "Sort the shifts from the smallest share to 100%."
}, [i, hosts === void 0 ? "traffic" : "hosts"]));
}
let last = shifts.at(-1);
last !== void 0 && last.traffic !== 100 && context.addIssue(refusing({
code: "RB039",
message: `the last shift ends at ${last.traffic}%, not at 100%`,
why: "The release would stop half-way with two versions in production.",
fix: "Add a last shift: `- { traffic: 100% }`."
}, [shifts.length - 1, last.hosts === void 0 ? "traffic" : "hosts"]));
}), canary = strictObject({
shifts: shifts.meta({ description: "Shares of traffic in rising order; the last is 100%." }),
"on-fail": _enum([
"rollback",
"step-back",
"ask"
]).default("rollback"),
"on-short-evidence": _enum([
"hold",
"synthetic",
"approve",
"fail"
]).default("hold"),
"decide-within": duration.optional(),
"max-hold": duration.optional()
}).superRefine((canary, context) => {
let longest = Math.max(0, ...canary.shifts.map((shift) => shift.hold ?? 0)), max = canary["max-hold"];
max === void 0 || max >= longest || context.addIssue(refusing({
code: "RB104",
message: `${formatDuration(max)} is shorter than the longest hold, ${formatDuration(longest)}`,
why: "The candidate would be taken off before its hold could end.",
fix: `Write at least ${formatDuration(longest)}, or leave the key away (twice the longest hold).`
}, ["max-hold"]));
}).meta({ description: "Gives the new version its traffic in shares, each judged by limits." }), deploy = strictObject({ tag: name.optional() }).meta({ description: "Starts the new version beside the old one, without traffic." }), stage = strictObject({
name: name.meta({ description: "What people call this stage." }),
ref: gitRef.optional(),
flags: flagValues.optional(),
preflight: preflight.optional(),
approve: approve.optional(),
backup: backup.optional(),
migrate: migrate.optional(),
configure: configure.optional(),
pause: pause.optional(),
deploy: ((step) => union([step, _null().transform(() => ({}))]))(deploy).optional(),
"smoke-test": smokeTest.optional(),
"load-test": loadTest.optional(),
canary: canary.optional(),
watch: watch.optional()
}), on = listOf(_enum(noticeEvents, { error: expecting("notice-event") })).optional(), notifySchema = strictObject({
slack: strictObject({
webhook: secretReference.meta({ description: "The secret with the incoming webhook." }),
on
}).optional(),
webhook: strictObject({
url: secretReference.meta({ description: "The secret with the address that takes JSON." }),
secret: secretReference.optional(),
on
}).optional()
}).refine((channels) => Object.keys(channels).length > 0, { error: "at-least-one" }), afterOther = strictObject({
environment: name.meta({ description: "The environment that goes first, such as staging." }),
watched: duration.optional(),
within: duration.optional()
}).meta({ description: "A commit begins here only after another environment released it, watched it and is done; it waits in line until then." }), runbookSchema = strictObject({
runbook: literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
service: name.meta({ description: "What is released." }),
environment: name.meta({ description: "Where it is released to, such as production." }),
url: site.meta({ description: "Where people reach it." }),
people: people.optional(),
ticks: tickSourceSchema.optional(),
after: afterOther.optional(),
"on-new-commit": _enum(newCommitPolicies, { error: expecting("new-commit") }).optional(),
target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
env: envContract.optional(),
metrics: record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric).optional(),
flags: flagCommands.optional(),
stages: listOf(stage).meta({ description: "What a release does, in order." }),
watch: watch.optional(),
"sign-off": signOff.optional(),
freeze: freeze.optional(),
maintenance: maintenance.optional(),
notify: notifySchema.optional()
}).meta({
title: "Sluice runbook",
description: "How a commit gets to production, and back."
});
export { runbookSchema as n, notifySchema as t };
