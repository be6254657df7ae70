import { S as union, T as toJSONSchema, m as literal, s as _enum, v as record, y as strictObject } from "./zod.js";
import { c as people, l as signOff, n as envContract, s as stage } from "./step.js";
import { t as noticeEvents } from "./channel.js";
import { C as site, E as textLike, M as expecting, S as secretReference, _ as listOf, a as duration, r as command, v as name } from "./field.js";
import { n as flagCommands } from "./flag.js";
import { l as freeze } from "./plan.js";
import { a as tickSources } from "./hand-over.js";
import { n as metric } from "./metric-spec.js";
import { c as newCommitPolicies } from "./watch.js";
import { r as targetSchema } from "./target-spec.js";
import { r as watch } from "./watch-spec.js";
const around = _enum([
	"backup",
	"migrate",
	"configure",
	"deploy",
	"pause"
], { error: expecting("around") });
const maintenance = strictObject({
	page: strictObject({
		on: command.meta({ description: "A command that puts the maintenance page up." }),
		off: command.meta({ description: "A command that takes it down." })
	}).optional(),
	jobs: strictObject({
		stop: command.meta({ description: "A command that stops the workers." }),
		start: command.meta({ description: "A command that starts them again." })
	}).optional(),
	around: union([listOf(around), around.transform((step) => [step])]).meta({ description: "The steps during which they are up and stopped: `migrate`." })
}).refine(({ page, jobs }) => page !== void 0 || jobs !== void 0, { error: "at-least-one" }).meta({ description: "A maintenance page, workers that stand still: turned on before a step, off after it, and off again whenever a release does not get to its end." });
const tickSourceSchema = _enum(tickSources, { error: expecting("tick-source") });
const on = listOf(_enum(noticeEvents, { error: expecting("notice-event") })).optional().meta({ description: "What people are told about; everything when left away." });
const notifySchema = strictObject({
	slack: strictObject({
		webhook: secretReference.meta({ description: "The secret with the incoming webhook." }),
		on
	}).optional(),
	webhook: strictObject({
		url: secretReference.meta({ description: "The secret with the address that takes JSON." }),
		secret: secretReference.optional().meta({ description: "The secret that signs the body (HMAC-SHA256)." }),
		on
	}).optional()
}).refine((channels) => Object.keys(channels).length > 0, { error: "at-least-one" });
const afterOther = strictObject({
	environment: name.meta({ description: "The environment that goes first, such as staging." }),
	watched: duration.optional().meta({ description: "How long the commit must have served there; the end of its release there when absent." }),
	within: duration.optional().meta({ description: "After this time its release there says nothing any more; it never ages when absent." })
}).meta({ description: "A commit begins here only after another environment released it, watched it and is done; it waits in line until then." });
const runbookSchema = strictObject({
	runbook: literal(1, { error: expecting("version") }).meta({ description: "Version of this format." }),
	service: name.meta({ description: "What is released." }),
	environment: name.meta({ description: "Where it is released to, such as production." }),
	url: site.meta({ description: "Where people reach it." }),
	people: people.optional(),
	ticks: tickSourceSchema.optional().meta({ description: "Who looks again while a release waits longer than a job may: `chain` (a tick starts the next one; the default), `wait-timer` (the same, waiting in the environment `<environment>-tick`), `cron` or `external`. A tick by hand always works." }),
	after: afterOther.optional(),
	"on-new-commit": _enum(newCommitPolicies, { error: expecting("new-commit") }).optional().meta({ description: "What a push does while a release is under way and waits: `wait-latest` (the newest commit begins when it has ended), `replace` (it ends, and traffic goes back first) or `refuse` (the default)." }),
	target: targetSchema.meta({ description: "Where versions run and traffic is divided." }),
	env: envContract.optional().meta({ description: "What must be true of the variables, checked before anything moves." }),
	metrics: record(textLike("metric-name", /^[a-z][a-z0-9-]{0,59}$/), metric).optional().meta({ description: "Where numbers come from; limits use these names." }),
	flags: flagCommands.optional(),
	stages: listOf(stage).meta({ description: "What a release does, in order." }),
	watch: watch.optional(),
	"sign-off": signOff.optional(),
	freeze: freeze.optional(),
	maintenance: maintenance.optional(),
	notify: notifySchema.optional().meta({ description: "Who is told what happens; never part of a verdict." })
}).meta({
	title: "Sluice runbook",
	description: "How a commit gets to production, and back."
});
const runbookJsonSchema = () => toJSONSchema(runbookSchema, { io: "input" });
export { tickSourceSchema as i, runbookJsonSchema as n, runbookSchema as r, notifySchema as t };
