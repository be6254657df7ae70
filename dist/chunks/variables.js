import { t as InputError } from "./failure.js";
function readVariables(text) {
	refuseOddLines(text ?? "");
	const { parseEnv } = process.getBuiltinModule("node:util");
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
const looksSecret = (value) => !/^(?:true|false|[\d.]+|https?:\/\/[^/@?#\s]+\/?)$/i.test(value);
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
