import { S as union, b as string, g as number, m as literal, s as _enum, u as boolean, y as strictObject } from "./zod.js";
import { E as textLike, M as expecting, S as secretReference, T as sourceAddress, _ as listOf, a as duration } from "./field.js";
const hostName = textLike("asked-host", /^(?=.{1,253}$)(?:[A-Za-z0-9_](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/);
const auditCheck = strictObject({ audit: strictObject({
	level: _enum([
		"low",
		"moderate",
		"high",
		"critical"
	]).meta({ description: "Fails on a known vulnerability of this level or a worse one." }),
	tool: _enum([
		"npm",
		"pnpm",
		"yarn"
	]).optional().meta({ description: "Which package manager is asked; the lock file says so if not given." }),
	production: boolean().optional().meta({ description: "Leave development dependencies out." })
}) });
const tlsCheck = strictObject({ tls: strictObject({
	host: hostName.meta({ description: "The host whose certificate is looked at." }),
	port: number().int().min(1).max(65535).optional().meta({ description: "443 if not given." }),
	"valid-for": duration.optional().meta({ description: "How long it must still be valid: `14d`." })
}) });
const records = listOf(string().min(1).max(2e3));
const dnsCheck = strictObject({ dns: strictObject({
	name: hostName.meta({ description: "The name that is looked up." }),
	type: _enum([
		"A",
		"AAAA",
		"CNAME",
		"MX",
		"NS",
		"TXT"
	]).default("A").meta({ description: "Which records of it." }),
	is: records.optional().meta({ description: "Exactly these, in any order." }),
	has: records.optional().meta({ description: "At least these." })
}).refine(({ is, has }) => is === void 0 || has === void 0, {
	error: expecting("one-form"),
	path: ["has"]
}) });
const githubCheck = strictObject({ github: strictObject({
	checks: union([literal("green"), listOf(string().min(1).max(200))], { error: expecting("checks") }).optional().meta({ description: "`green`: every check of this commit; or the names of those that must be." }),
	reviews: number().int().min(1).max(20).optional().meta({ description: "Approvals of the pull request that brought this commit; nobody may ask for changes." }),
	issues: strictObject({
		label: string().min(1).max(50).meta({ description: "Issues with this label." }),
		open: number().int().min(0).max(999).meta({ description: "How many may be open." })
	}).optional().meta({ description: "Open issues that stop a release: `{ label: P0, open: 0 }`." }),
	protected: textLike("name", /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/).optional().meta({ description: "A branch that must be protected." }),
	token: secretReference.optional().meta({ description: "The secret with a token that may read checks, pull requests and issues; the job's own if not given." })
}).refine(({ checks, reviews, issues, ...rest }) => (checks ?? reviews ?? issues ?? rest.protected) !== void 0, { error: expecting("github-claim") }) });
const sentryCheck = strictObject({ sentry: strictObject({
	organization: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The organization's slug." }),
	project: textLike("slug", /^[a-z0-9][a-z0-9_-]{0,99}$/).meta({ description: "The project's slug." }),
	dsn: secretReference.optional().meta({ description: "The variable with the DSN, which must be one of its keys." }),
	event: boolean().optional().meta({ description: "Send a test event to the DSN and wait until Sentry shows it." }),
	token: secretReference.default("$SENTRY_AUTH_TOKEN").meta({ description: "The secret with the API token." }),
	url: sourceAddress.default("https://sentry.io").meta({ description: "Where Sentry is." })
}).refine(({ event, dsn }) => event !== true || dsn !== void 0, {
	error: expecting("sentry-dsn"),
	path: ["event"]
}) });
const needsSecret = (check) => "github" in check || "sentry" in check;
export { sentryCheck as a, needsSecret as i, dnsCheck as n, tlsCheck as o, githubCheck as r, auditCheck as t };
