import { t as InputError } from "./failure.js";
import { parseEnv } from "node:util";

// src/variables.ts
/**
* Reads dotenv lines (`NAME=value`, quotes and comments allowed); an absent text has no variables. A line that is
* neither is an InputError with its number and without its content, which may be a secret.
*/
function readVariables(text) {
	refuseOddLines(text ?? "");
	const entries = Object.entries(parseEnv(text ?? ""));
	return Object.fromEntries(entries.flatMap(([name, value]) => value === void 0 || value === "" ? [] : [[name, value]]));
}
function refuseOddLines(text) {
	let quote;
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		if (quote !== void 0) {
			if (line.includes(quote)) quote = void 0;
			continue;
		}
		if (/^\s*(#.*)?$/.test(line)) continue;
		const value = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*(.*)$/.exec(line)?.[1];
		if (value === void 0) throw new InputError(`Line ${index + 1} of the variables is not NAME=value (its content is not shown). Write one variable a line in RUNBOOK_ENV and RUNBOOK_VARS.`);
		const opened = /^(["'`])/.exec(value)?.[1];
		if (opened !== void 0 && !value.slice(1).includes(opened)) quote = opened;
	}
	if (quote !== void 0) throw new InputError("A quote in the variables is never closed. Close it, or leave quotes away.");
}
/** A switch, a number or the bare origin of a site is no secret; masking it would blank out ordinary output. */
const looksSecret = (value) => !/^(?:true|false|[\d.]+|https?:\/\/[^/@?#\s]+\/?)$/i.test(value);
/** Variables and secrets under one roof; what looks secret is masked before anything can print it. */
function variablesOf(inputs, ports) {
	const secrets = {
		...readVariables(inputs.runbookEnv),
		...inputs.databaseUrl === void 0 ? {} : { DATABASE_URL: inputs.databaseUrl },
		...inputs.slackWebhookUrl === void 0 ? {} : { SLACK_WEBHOOK_URL: inputs.slackWebhookUrl }
	};
	for (const value of Object.values(secrets)) if (looksSecret(value)) ports.mask(value);
	return {
		...readVariables(inputs.runbookVars),
		...secrets
	};
}

export { variablesOf as n, looksSecret as t };