import { a as withConnection, n as describeError, r as noticeWhenGone, t as connect } from "./connection.js";
import { n as lineAndColumn, t as lexSql } from "./statements.js";
import { a as planChanged, c as pendingFiles, d as remainsOfPlan, i as locked, l as planHash, o as refusedBy, r as identifyDatabase, s as compareWithHistory, t as cancelledBefore } from "./refusal.js";
import { m as ProviderError, p as InputError } from "./words.js";
import { createHash } from "node:crypto";
const idleInTransactionMs = 6e4;
async function prepareSession(client, { lockTimeoutMs, statementTimeoutMs }, searchPath) {
	const settings = [
		"reset all",
		"reset session authorization",
		...searchPath === void 0 ? [] : [`set search_path to ${searchPath}`],
		setting("lock_timeout", lockTimeoutMs),
		setting("statement_timeout", statementTimeoutMs),
		setting("idle_in_transaction_session_timeout", idleInTransactionMs)
	];
	await client.query(settings.join("; "));
	const noticed = await noticeWhenGone(client);
	return noticed === void 0 ? settings : [...settings, noticed];
}
const setting = (name, milliseconds) => `set ${name} to '${Math.round(milliseconds)}ms'`;
const undefinedObject = "42704";
async function applyAlone(context, file, began) {
	const { client, history } = context;
	await client.query(context.settings.join("; "));
	const resumed = await history.wasBegun(client, file);
	let finished = 0;
	for (const each of file.alone ?? []) {
		const failure = await runOne(context, file, {
			each,
			finished,
			resumed
		});
		if (failure !== void 0) return failure;
		finished += 1;
	}
	const { clock } = context.ports;
	const ms = clock.monotonic() - began;
	const took = {
		startedAt: new Date(clock.now() - ms),
		seconds: ms / 1e3
	};
	await client.query(history.finish(file, {
		took,
		release: context.release
	}));
	await history.forget(client, file);
}
async function runOne(context, file, step) {
	const { client, history } = context;
	const { rule } = step.each;
	if (rule === void 0) return set(context, file, step);
	const left = rule.index === void 0 ? void 0 : await findIndex(client, rule.index);
	if (left?.builtBy !== void 0) return stillBuilding(left, step.finished);
	if (left?.usable === false) await dropIndex(context, left, "left by an attempt that did not finish");
	await history.begin(client, file);
	if (step.resumed && left?.usable === true) return void 0;
	const error = await send(context, file, step.each);
	const droppedBefore = step.resumed && error?.code === undefinedObject && rule.repeatable && rule.index === void 0;
	return error === void 0 || droppedBefore ? void 0 : cleanUp(context, file, step, error);
}
async function set({ client }, file, { each, finished }) {
	try {
		await client.query(each.statement.text);
		return;
	} catch (thrown) {
		return {
			error: inFile(file, each, describeError(thrown)),
			finishedStatements: finished,
			inFile: true
		};
	}
}
function inFile({ sql }, { statement }, error) {
	if (error.position === void 0) return error;
	return {
		...error,
		position: error.position + [...sql.slice(0, statement.start)].length
	};
}
async function send({ client, limits }, file, each) {
	const { statement, rule } = each;
	try {
		if (rule?.waitsPolitely === true) await client.query(setting("lock_timeout", 0));
		await client.query(statement.text);
		return;
	} catch (thrown) {
		return inFile(file, each, describeError(thrown));
	} finally {
		await client.query(setting("lock_timeout", limits.lockTimeoutMs)).catch(() => {});
	}
}
async function cleanUp(context, file, { each: { rule }, finished }, error) {
	const failure = {
		error,
		finishedStatements: finished,
		inFile: true
	};
	if (context.ports.cancelled.aborted) return failure;
	try {
		const left = rule?.index === void 0 ? void 0 : await findIndex(context.client, rule.index);
		if (left?.usable === false) await dropIndex(context, left, "left by this attempt");
		if (finished === 0) await context.history.forget(context.client, file);
		return failure;
	} catch (thrown) {
		const note = `What it left could not be removed now (${describeError(thrown).message}); the next run does it.`;
		return {
			...failure,
			note
		};
	}
}
async function findIndex(client, index) {
	const { rows } = await client.query(`select format('%I.%I', n.nspname, c.relname) as name, i.indisvalid and i.indisready as usable,
            (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid) as builder
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relname = $1 and i.indrelid = to_regclass($2)`, [index.name, index.table]);
	const [found] = rows;
	return found && {
		name: found.name,
		usable: found.usable,
		builtBy: found.builder ?? void 0
	};
}
async function dropIndex({ client, limits, ports }, index, why) {
	await client.query(setting("lock_timeout", 0));
	await client.query(`drop index concurrently if exists ${index.name}`);
	await client.query(setting("lock_timeout", limits.lockTimeoutMs));
	ports.log.notice(`Dropped the invalid index ${index.name}, ${why}.`);
}
function stillBuilding(index, finishedStatements) {
	return {
		error: {
			code: void 0,
			message: `session ${index.builtBy} is building the index ${index.name} right now`,
			detail: void 0,
			hint: void 0,
			position: void 0
		},
		finishedStatements,
		inFile: true,
		note: "Wait until that session is done, then run again."
	};
}
function messageOf({ settings, history, release }, file, { after, leaves } = {
	after: void 0,
	leaves: void 0
}) {
	const opening = [
		...after === void 0 ? [] : [
			"begin",
			`deallocate ${after}`,
			"commit"
		],
		"begin",
		...settings,
		ours,
		...leaves === void 0 ? [] : ["set local synchronous_commit to off"]
	];
	const finish = history.finish(file, {
		took: void 0,
		release
	});
	const closing = [
		stillOurs,
		...finish === "" ? [] : [finish],
		"commit",
		...leaves === void 0 ? [] : [`prepare ${leaves} as select`]
	];
	const before = `${opening.join(";\n")};\n`;
	return {
		text: `${before}${["", ...closing].map((each, i) => i === 0 ? file.body : each).join("\n;\n")}`,
		statementsBefore: opening.length,
		charactersBefore: [...before].length
	};
}
const ours = "set local sluice.transaction to 'open'";
const stillOurs = "select 1 / (current_setting('sluice.transaction', true) is not distinct from 'open')::int";
const syntaxError = "42601";
const divisionByZero = "22012";
function failureIn(file, error, message) {
	const finished = message.finished - message.statementsBefore;
	const all = file.statements.length;
	if (finished >= all && error.code === divisionByZero) return {
		error: {
			...error,
			message: "the file ended the transaction it runs in",
			code: void 0,
			position: void 0
		},
		finishedStatements: all,
		inFile: false,
		left: "something"
	};
	const unparsed = finished < 0 && error.code === syntaxError;
	const { position } = error;
	return {
		error: {
			...error,
			position: position === void 0 ? void 0 : Math.max(1, position - message.charactersBefore)
		},
		finishedStatements: Math.min(all, Math.max(0, finished)),
		inFile: unparsed || finished >= 0 && finished < all,
		left: isRefusal(error) ? "nothing" : "unknown"
	};
}
const isRefusal = ({ code = "" }) => /^(?!08|57P)[0-9FHPX][0-9A-Z]{4}$/.test(code);
function countStatements(client) {
	const counts = [0];
	const onComplete = () => {
		counts.push((counts.pop() ?? 0) + 1);
	};
	const onAnswered = () => {
		counts.push(0);
	};
	client.connection.on("commandComplete", onComplete);
	client.connection.on("readyForQuery", onAnswered);
	return {
		finished: (message) => counts[message] ?? 0,
		stop: () => {
			client.connection.off("commandComplete", onComplete);
			client.connection.off("readyForQuery", onAnswered);
		}
	};
}
const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";
async function applyFile(context, file, before) {
	const attempt = file.alone === void 0 ? applyInTransaction : applyAlone;
	const { clock, random, cancelled } = context.ports;
	const began = clock.monotonic();
	for (let retries = 0;; retries++) {
		const attemptBegan = clock.monotonic();
		const failure = retries === 0 && before !== void 0 ? before : await attempt(context, file, attemptBegan);
		if (failure === void 0) {
			const seconds = (clock.monotonic() - attemptBegan) / 1e3;
			return {
				outcome: "applied",
				applied: {
					name: file.name,
					seconds,
					lockRetries: retries
				}
			};
		}
		const { code } = failure.error;
		const gaveWay = code === lockNotAvailable || code === deadlockDetected;
		const pause = Math.min(2e3, context.limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (.5 + random() / 2);
		const timeLeft = context.limits.retryForMs - (clock.monotonic() - began) - pause;
		if (!gaveWay || timeLeft <= 0 || cancelled.aborted) return failed(context, file, failure, retries);
		await clock.sleep(pause, cancelled).catch(() => {});
	}
}
async function applyInTransaction(context, file) {
	const { client } = context;
	const message = messageOf(context, file);
	const progress = countStatements(client);
	try {
		await client.query(message.text);
		return;
	} catch (thrown) {
		await client.query("rollback").catch(() => {});
		return failureIn(file, describeError(thrown), {
			...message,
			finished: progress.finished(0)
		});
	} finally {
		progress.stop();
	}
}
function failed(context, file, failure, retries) {
	const { error } = failure;
	const place = failure.inFile ? placeOf(file, failure) : file.path;
	const said = [
		`${error.message}${error.code === void 0 ? "" : ` (SQLSTATE ${error.code})`}.`,
		error.detail,
		error.hint
	].filter((sentence) => sentence !== void 0).join(" ");
	const leftNothing = failure.left === "nothing";
	if (context.ports.cancelled.aborted) return {
		outcome: "failed",
		reason: "cancelled",
		message: `${file.path} was interrupted because the job was cancelled. ` + (file.alone === void 0 ? "It is applied as a whole or not at all; the next run reads from the history which it is." : "It cannot run inside a transaction; the next run looks at what it left and repairs it."),
		leftNothing
	};
	if (error.code === lockNotAvailable || error.code === deadlockDetected) return {
		outcome: "failed",
		reason: "lock-not-available",
		message: `${place} did not get its lock: ${retries + 1} attempts of ${context.limits.lockTimeoutMs} ms each within ${Math.round(context.limits.retryForMs / 1e3)} s all gave way to other sessions. ${said} Nothing of the file was applied. Find the long transaction (select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.`,
		leftNothing
	};
	const repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
	return {
		outcome: "failed",
		reason: "migration-failed",
		message: `${place}: ${said} ${fateOf(file, failure)} ${repair}`,
		leftNothing
	};
}
function fateOf(file, { left, finishedStatements }) {
	if (left === "nothing") return "The file was rolled back as a whole; nothing of it is applied.";
	if (left === "something") return "What stands in front of that took effect and is recorded nowhere: look at it first.";
	if (file.alone === void 0) return "Whether it was applied before the connection was lost, the next run reads from the history.";
	return finishedStatements > 0 ? `The ${finishedStatements} statements before it took effect and stay; the next run goes on after them.` : "The statement runs outside of a transaction; nothing of it was left.";
}
function placeOf(file, failure) {
	const { position } = failure.error;
	const offset = position === void 0 ? file.statements[failure.finishedStatements]?.start : utf16Offset(file.sql, position - 1);
	if (offset === void 0) return file.path;
	const { line, column } = lineAndColumn(file.sql, offset);
	return `${file.path}:${line}:${column}`;
}
function utf16Offset(text, characters) {
	return [...text].slice(0, characters).join("").length;
}
const mostFiles = 32;
const mostCharacters = 1048576;
async function applyFiles(context, files, onApplied) {
	let durable = true;
	const stopped = await applyInOrder(context, files, (applied, isDurable) => {
		durable = isDurable;
		onApplied(applied);
	});
	if (stopped === void 0 || durable || await makeDurable(context)) return stopped;
	return context.ports.cancelled.aborted ? stopped : {
		...stopped,
		mayBeLost: true
	};
}
async function applyInOrder(context, files, onApplied) {
	let next = 0;
	const told = (applied, isDurable) => {
		next += 1;
		onApplied(applied, isDurable);
	};
	for (;;) {
		const first = files[next];
		if (first === void 0) return void 0;
		if (context.ports.cancelled.aborted) return {
			...cancelledBefore(first.name),
			leftNothing: true
		};
		const row = rowFrom(files, next);
		const failure = row.length > 1 ? await applyRow(context, row, told) : void 0;
		if (row.length > 1 && failure === void 0) continue;
		const file = files[next] ?? first;
		const outcome = await applyFile(context, file, failure);
		if (outcome.outcome === "failed") return {
			...outcome,
			failed: file.name
		};
		told(outcome.applied, true);
	}
}
function rowFrom(files, start) {
	const end = files.findIndex(({ alone }, i) => i >= start && alone !== void 0);
	return files.slice(start, end < 0 ? files.length : Math.max(end, start + 1));
}
async function applyRow(context, row, onApplied) {
	const { client } = context;
	const { clock, cancelled } = context.ports;
	const progress = countStatements(client);
	const sent = [];
	let ahead = 0;
	const sendMore = (answered) => {
		while (!cancelled.aborted && sent.length < answered + mostFiles && ahead < mostCharacters) {
			const file = row[sent.length];
			if (file === void 0) return;
			const isLast = sent.length === row.length - 1;
			const place = {
				after: sent.length === 0 ? void 0 : mark(sent.length - 1),
				leaves: isLast ? void 0 : mark(sent.length)
			};
			const message = messageOf(context, file, place);
			const answer = client.query(message.text).then(() => void 0, describeError);
			ahead += message.text.length;
			sent.push({
				file,
				message,
				isLast,
				at: clock.monotonic(),
				answer
			});
		}
	};
	try {
		let before = 0;
		for (let answered = 0;; answered++) {
			sendMore(answered);
			const now = sent[answered];
			if (now === void 0) return void 0;
			const error = await now.answer;
			if (error !== void 0) {
				await Promise.all(sent.map(({ answer }) => answer));
				await client.query("rollback").catch(() => {});
				return failureIn(now.file, error, {
					...now.message,
					finished: progress.finished(answered)
				});
			}
			ahead -= now.message.text.length;
			const ended = clock.monotonic();
			const seconds = (ended - Math.max(before, now.at)) / 1e3;
			before = ended;
			onApplied({
				name: now.file.name,
				seconds,
				lockRetries: 0
			}, now.isLast);
		}
	} finally {
		progress.stop();
	}
}
const mark = (n) => `sluice_applied_${n}`;
async function makeDurable({ client }) {
	return client.query("select pg_logical_emit_message(true, 'sluice', 'migrations')").then(() => true, () => false);
}
const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const concurrentIndex = new RegExp(String.raw`\bconcurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\s*\.\s*${identifier})?)`, "iu");
function ruleFor(statement) {
	const [first = "", second = "", third = ""] = statement.words;
	const refusal = refused(statement, first, second);
	if (refusal !== void 0) return {
		rule: "refused",
		why: refusal
	};
	const concurrently = statement.words.includes("CONCURRENTLY");
	if (first === "CREATE" && concurrently && (second === "INDEX" || third === "INDEX")) return createIndex(statement);
	if (first === "DROP" && second === "INDEX" && concurrently) return alone({
		repeatable: true,
		waitsPolitely: true
	});
	if (first === "REINDEX") return reindex(statement, second);
	if (first === "VACUUM") return alone({
		repeatable: true,
		waitsPolitely: !/\bfull\b/i.test(statement.text)
	});
	if (first === "CLUSTER" && second === "") return alone({ repeatable: true });
	if (first === "ALTER" && statement.words.includes("DETACH") && concurrently) return alone({ waitsPolitely: true });
	return neverInTransaction(statement.words) ? alone({}) : { rule: "in-transaction" };
}
function alone(rule) {
	return {
		rule: "alone",
		repeatable: false,
		waitsPolitely: false,
		...rule
	};
}
function refused(statement, first, second) {
	if ([
		"BEGIN",
		"COMMIT",
		"END",
		"ABORT"
	].includes(first) || first === "START" && second === "TRANSACTION" || first === "PREPARE" && second === "TRANSACTION" || first === "ROLLBACK" && !statement.words.includes("TO")) return `${first} is not for a migration file: each file already runs in one transaction. Remove it.`;
	if (first === "COPY" && statement.words.includes("FROM") && statement.words.includes("STDIN")) return "COPY FROM STDIN needs psql to send the rows. Write them as INSERT.";
	if (first === "COPY" && statement.words.includes("PROGRAM")) return "COPY ... PROGRAM runs a command on the database's own machine, which is not for a migration. Remove it.";
}
function createIndex(statement) {
	const [, name, table] = concurrentIndex.exec(statement.text) ?? [];
	if (name === void 0 || table === void 0) return {
		rule: "refused",
		why: "CREATE INDEX CONCURRENTLY needs an index name: without one, what a failed attempt leaves cannot be found."
	};
	return alone({
		repeatable: true,
		waitsPolitely: true,
		index: {
			name: catalogName(name),
			table
		}
	});
}
function reindex(statement, second) {
	if (/^reindex\s*(?:\([^)]*\bconcurrently\b|[^(]*?\bconcurrently\b)/i.test(statement.text)) return alone({
		repeatable: true,
		waitsPolitely: true
	});
	return [
		"SCHEMA",
		"DATABASE",
		"SYSTEM"
	].includes(second) ? alone({ repeatable: true }) : { rule: "in-transaction" };
}
function neverInTransaction(words) {
	const [first = "", second = ""] = words;
	if (first === "ALTER") return second === "SYSTEM" || second === "DATABASE" && words.includes("TABLESPACE");
	return ["CREATE", "DROP"].includes(first) && [
		"DATABASE",
		"TABLESPACE",
		"SUBSCRIPTION"
	].includes(second);
}
function catalogName(written) {
	return written.startsWith("\"") ? written.slice(1, -1).replaceAll("\"\"", "\"") : written.toLowerCase();
}
function parseScript(file) {
	const { sql, path } = file;
	const { statements, metaCommands, unterminated } = lexSql(sql);
	const refuse = (offset, why) => {
		const { line, column } = lineAndColumn(sql, offset);
		throw new InputError(`${path}:${line}:${column}: ${why}`, {
			file: path,
			line,
			column
		});
	};
	const [metaCommand] = metaCommands;
	if (unterminated !== void 0) refuse(unterminated, "a string, quoted name or comment begins here and never ends.");
	if (metaCommand !== void 0) refuse(metaCommand, "commands of psql are not SQL; the server cannot run them.");
	const wrapped = ownTransaction(statements);
	const inner = wrapped ? statements.slice(1, -1) : statements;
	const rules = inner.map((statement) => ({
		statement,
		rule: ruleFor(statement)
	}));
	for (const { statement, rule } of rules) if (rule.rule === "refused") refuse(statement.start, rule.why);
	const outside = rules.flatMap(({ statement, rule }) => rule.rule === "alone" ? [{
		statement,
		rule
	}] : []);
	const [first] = outside;
	const body = wrapped ? withoutEnds(sql, statements) : sql;
	if (first === void 0) return {
		...file,
		statements: inner,
		body,
		alone: void 0
	};
	const beside = rules.find(({ statement, rule }) => rule.rule !== "alone" && !isSetting(statement));
	if (wrapped || beside !== void 0) refuse(first.statement.start, "this statement cannot run inside a transaction. Put it alone into a file of its own.");
	if (outside.length > 1 && outside.some(({ rule }) => !rule.repeatable)) refuse(first.statement.start, "several statements here cannot run inside a transaction, and not all of them can be repeated after an interruption. Put each alone into a file of its own.");
	const alone = rules.map(({ statement, rule }) => ({
		statement,
		rule: rule.rule === "alone" ? rule : void 0
	}));
	return {
		...file,
		statements: inner,
		body,
		alone
	};
}
const isRepeatable = (script) => script.alone?.every(({ rule }) => rule?.repeatable !== false) ?? false;
const isSetting = ({ words }) => words[0] === "SET" || words[0] === "RESET";
function ownTransaction(statements) {
	const first = statements[0]?.words ?? [];
	const last = statements.at(-1)?.words ?? [];
	const begins = first[0] === "BEGIN" && (first.length === 1 || ["TRANSACTION", "WORK"].includes(first[1] ?? ""));
	const commits = ["COMMIT", "END"].includes(last[0] ?? "") && last.length <= 2 && last[1] !== "PREPARED";
	return statements.length >= 2 && begins && first.length <= 2 && commits;
}
function withoutEnds(sql, statements) {
	const blank = (text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
	const [first] = statements;
	const last = statements.at(-1);
	return first === void 0 || last === void 0 ? sql : blank(blank(sql, first), last);
}
async function halfApplied(client, pending, rows, history) {
	const begun = new Set(rows.filter(({ state }) => state === "begun").map(({ name }) => name));
	for (const file of pending) {
		if (!/concurrently/i.test(file.sql) || begun.has(file.name) || canBeApplied(file)) continue;
		for (const statement of lexSql(file.sql).statements) {
			const rule = ruleFor(statement);
			if (rule.rule !== "alone" || rule.index === void 0) continue;
			const found = await findIndex(client, rule.index);
			if (found === void 0) continue;
			const state = found.usable ? "is there already" : "is there already, and invalid: it speeds up and protects nothing";
			return {
				reason: "migration-half-applied",
				message: `${file.path} is not recorded in ${history.table}, but its index ${found.name} ${state}. An earlier attempt ran this file statement by statement and stopped within. Complete by hand what is missing of it and record it: ${history.repairs.finished(file.name)} Or take back what is there (drop index concurrently ${found.name};) and split the file, with each statement that cannot run inside a transaction in a file of its own.`
			};
		}
	}
}
function canBeApplied(file) {
	try {
		parseScript(file);
		return true;
	} catch (error) {
		if (error instanceof InputError) return false;
		throw error;
	}
}
const sampleEveryMs = 20;
const longestWaits = (ours) => `
  with ours as (select pid from pg_stat_activity where ${ours} and datname = current_database()),
  waiting as (
    select l.pid, l.pid in (select pid from ours) as own,
           extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start)) * 1000 as ms
    from pg_locks l left join pg_stat_activity a using (pid) where not l.granted)
  select (select count(*) from ours)::int as sessions,
         coalesce((select max(ms) from waiting where own), 0)::float8 as own,
         coalesce((select max(ms) from waiting
                   where not own and pg_blocking_pids(pid) && array(select pid from ours)), 0)::float8 as others`;
function watchStalls(client, who, ports) {
	const stopped = new AbortController();
	const [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
	const text = longestWaits(which);
	let longest;
	let ownWait = 0;
	const sample = async () => {
		const { rows } = await client.query({
			name: "stall",
			text,
			values: [value]
		});
		const [row] = rows;
		if (row === void 0 || row.sessions === 0) return;
		longest = Math.max(longest ?? 0, row.others);
		ownWait = Math.max(ownWait, row.own);
	};
	const watching = (async () => {
		while (!stopped.signal.aborted) {
			await sample();
			await ports.clock.sleep(sampleEveryMs, stopped.signal).catch(() => {});
		}
	})().catch((error) => {
		if (stopped.signal.aborted) return;
		longest = void 0;
		ports.log.warn(`The watch over waiting sessions broke off; the stall is not known: ${String(error)}`);
	});
	return {
		stop: async () => {
			stopped.abort();
			await watching;
			return { longestMs: longest === void 0 ? void 0 : Math.round(longest) };
		},
		longestOwnWaitMs: () => ownWait,
		forgetOwnWaits: () => {
			ownWait = 0;
		}
	};
}
const goneWithinMs = 5e3;
async function guardSessions(who, address, ports) {
	const second = await connect(address, "sluice watch", ports);
	const watch = watchStalls(second, who, ports);
	let ending;
	const end = () => {
		ending = watch.stop().then(() => endBackends(second, who, ports)).catch((error) => {
			ports.log.error(`The sessions that apply migrations could not be ended: ${String(error)}`);
		});
	};
	ports.cancelled.addEventListener("abort", end, { once: true });
	if (ports.cancelled.aborted) end();
	return {
		stalls: () => watch.stop(),
		longestOwnWaitMs: () => watch.longestOwnWaitMs(),
		forgetOwnWaits: () => watch.forgetOwnWaits(),
		release: async () => {
			ports.cancelled.removeEventListener("abort", end);
			await watch.stop();
			await ending;
			await second.end().catch(() => {});
		}
	};
}
const toolSession = "sluice tool ";
async function endOrphans(client, ports) {
	const { rows } = await client.query(`select distinct application_name as name from pg_stat_activity
     where starts_with(application_name, $1) and datname = current_database()`, [toolSession]);
	for (const { name } of rows) {
		ports.log.notice(`Ending the session of a tool (${name}) that an earlier job, which was killed, had left running.`);
		await endBackends(client, { applicationName: name }, ports);
	}
}
async function endBackends(client, who, ports) {
	const deadline = ports.clock.monotonic() + goneWithinMs;
	const [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
	for (;;) {
		const { rowCount } = await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${which} and datname = current_database()`, [value]);
		if (rowCount === 0) return;
		if (ports.clock.monotonic() > deadline) throw new Error(`some still run after ${goneWithinMs / 1e3} s`);
		await ports.clock.sleep(20);
	}
}
const pollMs = 200;
const ourKey = createHash("sha256").update("sluice migrations").digest().readBigInt64BE();
async function takeMigrationLock(client, options, ports) {
	const began = ports.clock.monotonic();
	for (const key of [ourKey, ...options.also ?? []].map(String)) for (let asked = 0;; asked++) {
		const { rows } = await client.query("select pg_try_advisory_lock($1) as held", [key]);
		if (rows[0]?.held === true) break;
		const waitedMs = ports.clock.monotonic() - began;
		const holder = await describeHolder(client, key);
		if (waitedMs >= options.withinMs) return {
			held: false,
			waitedMs,
			holder
		};
		if (asked === 0) ports.log.info(`Waiting for the migration lock: ${holder}`);
		await ports.clock.sleep(pollMs * (.5 + ports.random()), ports.cancelled);
	}
	return {
		held: true,
		waitedMs: ports.clock.monotonic() - began
	};
}
async function describeHolder(client, key) {
	const { rows } = await client.query(`select l.pid, a.application_name as application, a.backend_start::text as since
     from pg_locks l left join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and l.classid::bigint = ($1::bigint >> 32) & 4294967295 and l.objid::bigint = $1::bigint & 4294967295`, [key]);
	const [holder] = rows;
	if (holder === void 0) return "its holder has just left.";
	const name = holder.application === null || holder.application === "" ? "without a name" : holder.application;
	return `session ${holder.pid} (${name}, connected since ${holder.since ?? "unknown"}) holds it.`;
}
const applicationName = "sluice";
function lockedEngine(engine, ports) {
	const { address } = engine;
	const underLock = (use) => {
		const holding = async (client) => {
			try {
				const waiting = {
					withinMs: engine.waitForLockMs ?? 6e4,
					also: engine.alsoLock ?? []
				};
				const lock = await takeMigrationLock(client, waiting, ports);
				if (!lock.held) return locked(lock.waitedMs, lock.holder);
				await endOrphans(client, ports);
				return await use(client);
			} catch (error) {
				if (ports.cancelled.aborted) return cancelledBefore("(none)");
				throw asProviderError(error, address);
			}
		};
		return withConnection(address, applicationName, ports, holding, { pipeline: true });
	};
	const { revert } = engine;
	return {
		kind: engine.kind,
		status: () => withConnection(address, applicationName, ports, async (client) => (await engine.look(client)).status),
		plan: () => withConnection(address, applicationName, ports, async (client) => {
			const seen = await engine.look(client);
			if (seen.status.problems.length === 0) engine.check?.(seen);
			const pending = seen.pending.map(({ name, checksum }) => ({
				name,
				checksum,
				state: "pending"
			}));
			const isRestOf = (hash) => remainsOfPlan(hash, seen.all, seen.pending, seen.target);
			return {
				...seen.status,
				pending,
				hash: planHash(pending, seen.target),
				isRestOf
			};
		}),
		apply: async (approved) => {
			if (ports.cancelled.aborted) return cancelledBefore("(none)");
			return underLock(async (client) => {
				const seen = await engine.look(client);
				if (seen.status.problems.length > 0) return refusedBy(seen.status);
				if (!remainsOfPlan(approved, seen.all, seen.pending, seen.target)) return planChanged(seen.pending);
				if (seen.pending.length === 0) return {
					outcome: "applied",
					applied: [],
					longestStallMs: 0
				};
				engine.check?.(seen);
				return engine.apply(client, seen);
			});
		},
		...revert !== void 0 && { revert: (before) => underLock((client) => revert.call(engine, client, before)) }
	};
}
function asProviderError(error, address) {
	const { code, message } = describeError(error);
	if (error instanceof ProviderError || code === void 0 || code === "input") return error;
	const what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
	return new ProviderError("postgres", what, {
		status: code,
		cause: error
	});
}
const limitsOf = (options) => ({
	lockTimeoutMs: options.lockTimeoutMs ?? 100,
	retryForMs: options.retryForMs ?? 6e4,
	statementTimeoutMs: options.statementTimeoutMs ?? 36e5
});
function filesEngine(engine, ports) {
	const { address, history, options, searchPath } = engine;
	const limits = limitsOf(options);
	const apply = async (client, { pending }) => {
		const scripts = pending.map(parseScript);
		const applied = [];
		const settings = await prepareSession(client, limits, searchPath);
		await history.create(client);
		const { rows } = await client.query("select pg_backend_pid() as pid");
		const guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
		try {
			const context = {
				client,
				settings,
				history,
				limits,
				release: options.release,
				ports
			};
			const stopped = await applyFiles(context, scripts, (one) => {
				applied.push(one);
				ports.log.info(`Applied ${one.name} in ${(one.seconds ?? 0).toFixed(3)} s.`);
			});
			if (stopped !== void 0) return {
				...stopped,
				outcome: "failed",
				applied,
				leftNothing: stopped.leftNothing && applied.length === 0
			};
			return {
				outcome: "applied",
				applied,
				longestStallMs: (await guard.stalls()).longestMs
			};
		} finally {
			await guard.release();
		}
	};
	const seeing = lookingAtFiles(engine);
	return {
		...lockedEngine({
			...seeing,
			apply
		}, ports),
		rehearse: async (scratchUrl) => {
			const { rehearse } = await import("./rehearse.js");
			const { pending } = await withConnection(address, "sluice rehearsal", ports, seeing.look);
			return rehearse({
				address,
				scratchUrl,
				scripts: pending.map(parseScript),
				searchPath
			}, ports);
		}
	};
}
function lookingAtFiles(engine) {
	const { kind, address, directory, history, options, alsoLock } = engine;
	return {
		kind,
		address,
		waitForLockMs: options.waitForLockMs,
		alsoLock,
		look: async (client) => {
			const all = await engine.read();
			const target = await identifyDatabase(client);
			const rows = await history.read(client, all);
			const refusal = await history.refusal?.(client);
			const compared = compareWithHistory(all, rows, {
				directory,
				history,
				outOfOrder: options.outOfOrder ?? "refuse",
				repeatable: (file) => isRepeatable(parseScript(file))
			});
			const pending = pendingFiles(all, compared);
			const problems = [refusal, refusal === void 0 ? await halfApplied(client, pending, rows, history) : void 0].flatMap((problem) => problem ?? []);
			return {
				all,
				target,
				status: {
					...compared,
					problems: [...compared.problems, ...problems]
				},
				pending
			};
		},
		check: ({ pending }) => {
			for (const file of pending) parseScript(file);
		}
	};
}
export { guardSessions as a, applyFile as c, lockedEngine as i, prepareSession as l, limitsOf as n, toolSession as o, lookingAtFiles as r, parseScript as s, filesEngine as t };
