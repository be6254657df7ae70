import { a as withConnection, n as describeError, r as noticeWhenGone, t as connect } from "./connection.js";
import { n as lineAndColumn, t as lexSql } from "./statements.js";
import { a as locked, c as compareWithHistory, f as remainsOfPlan, i as identifyDatabase, l as pendingFiles, n as cancelledWithin, o as planChanged, s as refusedBy, t as cancelledBefore, u as planHash } from "./refusal.js";
import { m as ProviderError, p as InputError } from "./words.js";
import { createHash } from "node:crypto";
async function prepareSession(client, { lockTimeoutMs, statementTimeoutMs }, searchPath) {
	let settings = [
		"reset all",
		"reset session authorization",
		...searchPath === void 0 ? [] : [`set search_path to ${searchPath}`],
		setting("lock_timeout", lockTimeoutMs),
		setting("statement_timeout", statementTimeoutMs),
		setting("idle_in_transaction_session_timeout", 6e4)
	];
	await client.query(settings.join("; "));
	let noticed = await noticeWhenGone(client);
	return noticed === void 0 ? settings : [...settings, noticed];
}
const setting = (name, milliseconds) => `set ${name} to '${Math.round(milliseconds)}ms'`;
async function applyAlone(context, file, began) {
	let { client, history } = context;
	await client.query(context.settings.join("; "));
	let resumed = await history.wasBegun(client, file), finished = 0;
	for (let each of file.alone ?? []) {
		let failure = await runOne(context, file, {
			each,
			finished,
			resumed
		});
		if (failure !== void 0) return failure;
		finished += 1;
	}
	let { clock } = context.ports, ms = clock.monotonic() - began, took = {
		startedAt: new Date(clock.now() - ms),
		seconds: ms / 1e3
	};
	await client.query(history.finish(file, {
		took,
		release: context.release
	})), await history.forget(client, file);
}
async function runOne(context, file, step) {
	let { client, history } = context, { rule } = step.each;
	if (rule === void 0) return set(context, file, step);
	let left = rule.index === void 0 ? void 0 : await findIndex(client, rule.index);
	if (left?.builtBy !== void 0) return stillBuilding(left, step.finished);
	if (left?.usable === !1 && await dropIndex(context, left, "left by an attempt that did not finish"), await history.begin(client, file), step.resumed && left?.usable === !0) return;
	let error = await send(context, file, step.each), droppedBefore = step.resumed && error?.code === "42704" && rule.repeatable && rule.index === void 0;
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
			inFile: !0
		};
	}
}
function inFile({ sql }, { statement }, error) {
	return error.position === void 0 ? error : {
		...error,
		position: error.position + [...sql.slice(0, statement.start)].length
	};
}
async function send({ client, limits }, file, each) {
	let { statement, rule } = each;
	try {
		rule?.waitsPolitely === !0 && await client.query(setting("lock_timeout", 0)), await client.query(statement.text);
		return;
	} catch (thrown) {
		return inFile(file, each, describeError(thrown));
	} finally {
		await client.query(setting("lock_timeout", limits.lockTimeoutMs)).catch(() => {});
	}
}
async function cleanUp(context, file, { each: { rule }, finished }, error) {
	let failure = {
		error,
		finishedStatements: finished,
		inFile: !0
	};
	if (context.ports.cancelled.aborted) return failure;
	try {
		let left = rule?.index === void 0 ? void 0 : await findIndex(context.client, rule.index);
		return left?.usable === !1 && await dropIndex(context, left, "left by this attempt"), finished === 0 && await context.history.forget(context.client, file), failure;
	} catch (thrown) {
		let note = `What it left could not be removed now (${describeError(thrown).message}); the next run does it.`;
		return {
			...failure,
			note
		};
	}
}
async function findIndex(client, index) {
	let { rows } = await client.query("select format('%I.%I', n.nspname, c.relname) as name, i.indisvalid and i.indisready as usable,\n            (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid) as builder\n     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace\n     where c.relname = $1 and i.indrelid = to_regclass($2)", [index.name, index.table]), [found] = rows;
	return found && {
		name: found.name,
		usable: found.usable,
		builtBy: found.builder ?? void 0
	};
}
async function dropIndex({ client, limits, ports }, index, why) {
	await client.query(setting("lock_timeout", 0)), await client.query(`drop index concurrently if exists ${index.name}`), await client.query(setting("lock_timeout", limits.lockTimeoutMs)), ports.log.notice(`Dropped the invalid index ${index.name}, ${why}.`);
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
		inFile: !0,
		note: "Wait until that session is done, then run again."
	};
}
function messageOf({ settings, history, release }, file, { after, leaves } = {
	after: void 0,
	leaves: void 0
}) {
	let opening = [
		...after === void 0 ? [] : [
			"begin",
			`deallocate ${after}`,
			"commit"
		],
		"begin",
		...settings,
		ours,
		...leaves === void 0 ? [] : ["set local synchronous_commit to off"]
	], finish = history.finish(file, {
		took: void 0,
		release
	}), closing = [
		stillOurs,
		...finish === "" ? [] : [finish],
		"commit",
		...leaves === void 0 ? [] : [`prepare ${leaves} as select`]
	], before = `${opening.join(";\n")};\n`;
	return {
		text: `${before}${["", ...closing].map((each, i) => i === 0 ? file.body : each).join("\n;\n")}`,
		statementsBefore: opening.length,
		charactersBefore: [...before].length
	};
}
const ours = "set local sluice.transaction to 'open'", stillOurs = "select 1 / (current_setting('sluice.transaction', true) is not distinct from 'open')::int";
function failureIn(file, error, message) {
	let finished = message.finished - message.statementsBefore, all = file.statements.length;
	if (finished >= all && error.code === "22012") return {
		error: {
			...error,
			message: "the file ended the transaction it runs in",
			code: void 0,
			position: void 0
		},
		finishedStatements: all,
		inFile: !1,
		left: "something"
	};
	let unparsed = finished < 0 && error.code === "42601", { position } = error;
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
	let counts = [0], onComplete = () => {
		counts.push((counts.pop() ?? 0) + 1);
	}, onAnswered = () => {
		counts.push(0);
	};
	return client.connection.on("commandComplete", onComplete), client.connection.on("readyForQuery", onAnswered), {
		finished: (message) => counts[message] ?? 0,
		stop: () => {
			client.connection.off("commandComplete", onComplete), client.connection.off("readyForQuery", onAnswered);
		}
	};
}
const lockNotAvailable = "55P03", deadlockDetected = "40P01";
async function applyFile(context, file, before) {
	let attempt = file.alone === void 0 ? applyInTransaction : applyAlone, { clock, random, cancelled } = context.ports, began = clock.monotonic();
	for (let retries = 0;; retries++) {
		let attemptBegan = clock.monotonic(), failure = retries === 0 && before !== void 0 ? before : await attempt(context, file, attemptBegan);
		if (failure === void 0) {
			let seconds = (clock.monotonic() - attemptBegan) / 1e3;
			return {
				outcome: "applied",
				applied: {
					name: file.name,
					seconds,
					lockRetries: retries
				}
			};
		}
		let { code } = failure.error, gaveWay = code === lockNotAvailable || code === deadlockDetected, pause = Math.min(2e3, context.limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (.5 + random() / 2), timeLeft = context.limits.retryForMs - (clock.monotonic() - began) - pause;
		if (!gaveWay || timeLeft <= 0 || cancelled.aborted) return failed(context, file, failure, retries);
		await clock.sleep(pause, cancelled).catch(() => {});
	}
}
async function applyInTransaction(context, file) {
	let { client } = context, message = messageOf(context, file), progress = countStatements(client);
	try {
		await client.query(message.text);
		return;
	} catch (thrown) {
		return await client.query("rollback").catch(() => {}), failureIn(file, describeError(thrown), {
			...message,
			finished: progress.finished(0)
		});
	} finally {
		progress.stop();
	}
}
function failed(context, file, failure, retries) {
	let { error } = failure, place = failure.inFile ? placeOf(file, failure) : file.path, said = [
		`${error.message}${error.code === void 0 ? "" : ` (SQLSTATE ${error.code})`}.`,
		error.detail,
		error.hint
	].filter((sentence) => sentence !== void 0).join(" "), leftNothing = failure.left === "nothing";
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
	let repair = failure.note ?? "Correct the file and release again; the version that serves is not touched.";
	return {
		outcome: "failed",
		reason: "migration-failed",
		message: `${place}: ${said} ${fateOf(file, failure)} ${repair}`,
		leftNothing
	};
}
function fateOf(file, { left, finishedStatements }) {
	return left === "nothing" ? "The file was rolled back as a whole; nothing of it is applied." : left === "something" ? "What stands in front of that took effect and is recorded nowhere: look at it first." : file.alone === void 0 ? "Whether it was applied before the connection was lost, the next run reads from the history." : finishedStatements > 0 ? `The ${finishedStatements} statements before it took effect and stay; the next run goes on after them.` : "The statement runs outside of a transaction; nothing of it was left.";
}
function placeOf(file, failure) {
	let { position } = failure.error, offset = position === void 0 ? file.statements[failure.finishedStatements]?.start : utf16Offset(file.sql, position - 1);
	if (offset === void 0) return file.path;
	let { line, column } = lineAndColumn(file.sql, offset);
	return `${file.path}:${line}:${column}`;
}
function utf16Offset(text, characters) {
	return [...text].slice(0, characters).join("").length;
}
async function applyFiles(context, files, onApplied) {
	let durable = !0, stopped = await applyInOrder(context, files, (applied, isDurable) => {
		durable = isDurable, onApplied(applied);
	});
	return stopped === void 0 || durable || await makeDurable(context) || context.ports.cancelled.aborted ? stopped : {
		...stopped,
		mayBeLost: !0
	};
}
async function applyInOrder(context, files, onApplied) {
	let next = 0, told = (applied, isDurable) => {
		next += 1, onApplied(applied, isDurable);
	};
	for (;;) {
		let first = files[next];
		if (first === void 0) return;
		if (context.ports.cancelled.aborted) return {
			...cancelledBefore(first.name),
			leftNothing: !0
		};
		let row = rowFrom(files, next), failure = row.length > 1 ? await applyRow(context, row, told) : void 0;
		if (row.length > 1 && failure === void 0) continue;
		let file = files[next] ?? first, outcome = await applyFile(context, file, failure);
		if (outcome.outcome === "failed") return {
			...outcome,
			failed: file.name
		};
		told(outcome.applied, !0);
	}
}
function rowFrom(files, start) {
	let end = files.findIndex(({ alone }, i) => i >= start && alone !== void 0);
	return files.slice(start, end < 0 ? files.length : Math.max(end, start + 1));
}
async function applyRow(context, row, onApplied) {
	let { client } = context, { clock, cancelled } = context.ports, progress = countStatements(client), sent = [], ahead = 0, sendMore = (answered) => {
		for (; !cancelled.aborted && sent.length < answered + 32 && ahead < 1048576;) {
			let file = row[sent.length];
			if (file === void 0) return;
			let isLast = sent.length === row.length - 1, message = messageOf(context, file, {
				after: sent.length === 0 ? void 0 : mark(sent.length - 1),
				leaves: isLast ? void 0 : mark(sent.length)
			}), answer = client.query(message.text).then(() => void 0, describeError);
			ahead += message.text.length, sent.push({
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
			let now = sent[answered];
			if (now === void 0) return;
			let error = await now.answer;
			if (error !== void 0) return await Promise.all(sent.map(({ answer }) => answer)), await client.query("rollback").catch(() => {}), failureIn(now.file, error, {
				...now.message,
				finished: progress.finished(answered)
			});
			ahead -= now.message.text.length;
			let ended = clock.monotonic(), seconds = (ended - Math.max(before, now.at)) / 1e3;
			before = ended, onApplied({
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
	return client.query("select pg_logical_emit_message(true, 'sluice', 'migrations')").then(() => !0, () => !1);
}
const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`, concurrentIndex = new RegExp(String.raw`\bconcurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\s*\.\s*${identifier})?)`, "iu");
function ruleFor(statement) {
	let [first = "", second = "", third = ""] = statement.words, refusal = refused(statement, first, second);
	if (refusal !== void 0) return {
		rule: "refused",
		why: refusal
	};
	let concurrently = statement.words.includes("CONCURRENTLY");
	return first === "CREATE" && concurrently && (second === "INDEX" || third === "INDEX") ? createIndex(statement) : first === "DROP" && second === "INDEX" && concurrently ? alone({
		repeatable: !0,
		waitsPolitely: !0
	}) : first === "REINDEX" ? reindex(statement, second) : first === "VACUUM" ? alone({
		repeatable: !0,
		waitsPolitely: !/\bfull\b/i.test(statement.text)
	}) : first === "CLUSTER" && second === "" ? alone({ repeatable: !0 }) : first === "ALTER" && statement.words.includes("DETACH") && concurrently ? alone({ waitsPolitely: !0 }) : neverInTransaction(statement.words) ? alone({}) : { rule: "in-transaction" };
}
function alone(rule) {
	return {
		rule: "alone",
		repeatable: !1,
		waitsPolitely: !1,
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
	let [, name, table] = concurrentIndex.exec(statement.text) ?? [];
	return name === void 0 || table === void 0 ? {
		rule: "refused",
		why: "CREATE INDEX CONCURRENTLY needs an index name: without one, what a failed attempt leaves cannot be found."
	} : alone({
		repeatable: !0,
		waitsPolitely: !0,
		index: {
			name: catalogName(name),
			table
		}
	});
}
function reindex(statement, second) {
	return /^reindex\s*(?:\([^)]*\bconcurrently\b|[^(]*?\bconcurrently\b)/i.test(statement.text) ? alone({
		repeatable: !0,
		waitsPolitely: !0
	}) : [
		"SCHEMA",
		"DATABASE",
		"SYSTEM"
	].includes(second) ? alone({ repeatable: !0 }) : { rule: "in-transaction" };
}
function neverInTransaction(words) {
	let [first = "", second = ""] = words;
	return first === "ALTER" ? second === "SYSTEM" || second === "DATABASE" && words.includes("TABLESPACE") : ["CREATE", "DROP"].includes(first) && [
		"DATABASE",
		"TABLESPACE",
		"SUBSCRIPTION"
	].includes(second);
}
function catalogName(written) {
	return written.startsWith("\"") ? written.slice(1, -1).replaceAll("\"\"", "\"") : written.toLowerCase();
}
function parseScript(file) {
	let { sql, path } = file, { statements, metaCommands, unterminated } = lexSql(sql), refuse = (offset, why) => {
		let { line, column } = lineAndColumn(sql, offset);
		throw new InputError(`${path}:${line}:${column}: ${why}`, {
			file: path,
			line,
			column
		});
	}, [metaCommand] = metaCommands;
	unterminated !== void 0 && refuse(unterminated, "a string, quoted name or comment begins here and never ends."), metaCommand !== void 0 && refuse(metaCommand, "commands of psql are not SQL; the server cannot run them.");
	let wrapped = ownTransaction(statements), inner = wrapped ? statements.slice(1, -1) : statements, rules = inner.map((statement) => ({
		statement,
		rule: ruleFor(statement)
	}));
	for (let { statement, rule } of rules) rule.rule === "refused" && refuse(statement.start, rule.why);
	let outside = rules.flatMap(({ statement, rule }) => rule.rule === "alone" ? [{
		statement,
		rule
	}] : []), [first] = outside, body = wrapped ? withoutEnds(sql, statements) : sql;
	if (first === void 0) return {
		...file,
		statements: inner,
		body,
		alone: void 0
	};
	let beside = rules.find(({ statement, rule }) => rule.rule !== "alone" && !isSetting(statement));
	(wrapped || beside !== void 0) && refuse(first.statement.start, "this statement cannot run inside a transaction. Put it alone into a file of its own."), outside.length > 1 && outside.some(({ rule }) => !rule.repeatable) && refuse(first.statement.start, "several statements here cannot run inside a transaction, and not all of them can be repeated after an interruption. Put each alone into a file of its own.");
	let alone = rules.map(({ statement, rule }) => ({
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
const isRepeatable = (script) => script.alone?.every(({ rule }) => rule?.repeatable !== !1) ?? !1, isSetting = ({ words }) => words[0] === "SET" || words[0] === "RESET";
function ownTransaction(statements) {
	let first = statements[0]?.words ?? [], last = statements.at(-1)?.words ?? [], begins = first[0] === "BEGIN" && (first.length === 1 || ["TRANSACTION", "WORK"].includes(first[1] ?? "")), commits = ["COMMIT", "END"].includes(last[0] ?? "") && last.length <= 2 && last[1] !== "PREPARED";
	return statements.length >= 2 && begins && first.length <= 2 && commits;
}
function withoutEnds(sql, statements) {
	let blank = (text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end), [first] = statements, last = statements.at(-1);
	return first === void 0 || last === void 0 ? sql : blank(blank(sql, first), last);
}
async function halfApplied(client, pending, rows, history) {
	let begun = new Set(rows.filter(({ state }) => state === "begun").map(({ name }) => name));
	for (let file of pending) if (!(!/concurrently/i.test(file.sql) || begun.has(file.name) || canBeApplied(file))) for (let statement of lexSql(file.sql).statements) {
		let rule = ruleFor(statement);
		if (rule.rule !== "alone" || rule.index === void 0) continue;
		let found = await findIndex(client, rule.index);
		if (found === void 0) continue;
		let state = found.usable ? "is there already" : "is there already, and invalid: it speeds up and protects nothing";
		return {
			reason: "migration-half-applied",
			message: `${file.path} is not recorded in ${history.table}, but its index ${found.name} ${state}. An earlier attempt ran this file statement by statement and stopped within. Complete by hand what is missing of it and record it: ${history.repairs.finished(file.name)} Or take back what is there (drop index concurrently ${found.name};) and split the file, with each statement that cannot run inside a transaction in a file of its own.`
		};
	}
}
function canBeApplied(file) {
	try {
		return parseScript(file), !0;
	} catch (error) {
		if (error instanceof InputError) return !1;
		throw error;
	}
}
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
	let stopped = new AbortController(), [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName], text = longestWaits(which), longest, ownWait = 0, sample = async () => {
		let { rows } = await client.query({
			name: "stall",
			text,
			values: [value]
		}), [row] = rows;
		row !== void 0 && row.sessions !== 0 && (longest = Math.max(longest ?? 0, row.others), ownWait = Math.max(ownWait, row.own));
	}, watching = (async () => {
		for (; !stopped.signal.aborted;) await sample(), await ports.clock.sleep(20, stopped.signal).catch(() => {});
	})().catch((error) => {
		stopped.signal.aborted || (longest = void 0, ports.log.warn(`The watch over waiting sessions broke off; the stall is not known: ${String(error)}`));
	});
	return {
		stop: async () => (stopped.abort(), await watching, { longestMs: longest === void 0 ? void 0 : Math.round(longest) }),
		longestOwnWaitMs: () => ownWait,
		forgetOwnWaits: () => {
			ownWait = 0;
		}
	};
}
const goneWithinMs = 5e3;
async function guardSessions(who, address, ports) {
	let second = await connect(address, "sluice watch", ports), watch = watchStalls(second, who, ports), ending, end = () => {
		ending = watch.stop().then(() => endBackends(second, who, ports)).catch((error) => {
			ports.log.error(`The sessions that apply migrations could not be ended: ${String(error)}`);
		});
	};
	return ports.cancelled.addEventListener("abort", end, { once: !0 }), ports.cancelled.aborted && end(), {
		stalls: () => watch.stop(),
		longestOwnWaitMs: () => watch.longestOwnWaitMs(),
		forgetOwnWaits: () => watch.forgetOwnWaits(),
		release: async () => {
			ports.cancelled.removeEventListener("abort", end), await watch.stop(), await ending, await second.end().catch(() => {});
		}
	};
}
const toolSession = "sluice tool ";
async function endOrphans(client, ports) {
	let { rows } = await client.query("select distinct application_name as name from pg_stat_activity\n     where starts_with(application_name, $1) and datname = current_database()", [toolSession]);
	for (let { name } of rows) ports.log.notice(`Ending the session of a tool (${name}) that an earlier job, which was killed, had left running.`), await endBackends(client, { applicationName: name }, ports);
}
async function endBackends(client, who, ports) {
	let deadline = ports.clock.monotonic() + goneWithinMs, [which, value] = "pid" in who ? ["pid = $1::int", who.pid] : ["application_name = $1", who.applicationName];
	for (;;) {
		let { rowCount } = await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${which} and datname = current_database()`, [value]);
		if (rowCount === 0) return;
		if (ports.clock.monotonic() > deadline) throw Error(`some still run after ${goneWithinMs / 1e3} s`);
		await ports.clock.sleep(20);
	}
}
const ourKey = createHash("sha256").update("sluice migrations").digest().readBigInt64BE();
async function takeMigrationLock(client, options, ports) {
	let began = ports.clock.monotonic();
	for (let key of [ourKey, ...options.also ?? []].map(String)) for (let asked = 0;; asked++) {
		let { rows } = await client.query("select pg_try_advisory_lock($1) as held", [key]);
		if (rows[0]?.held === !0) break;
		let waitedMs = ports.clock.monotonic() - began, holder = await describeHolder(client, key);
		if (waitedMs >= options.withinMs) return {
			held: !1,
			waitedMs,
			holder
		};
		asked === 0 && ports.log.info(`Waiting for the migration lock: ${holder}`), await ports.clock.sleep(200 * (.5 + ports.random()), ports.cancelled);
	}
	return {
		held: !0,
		waitedMs: ports.clock.monotonic() - began
	};
}
async function describeHolder(client, key) {
	let { rows } = await client.query("select l.pid, a.application_name as application, a.backend_start::text as since\n     from pg_locks l left join pg_stat_activity a using (pid)\n     where l.locktype = 'advisory' and l.granted and l.objsubid = 1\n       and l.database = (select oid from pg_database where datname = current_database())\n       and l.classid::bigint = ($1::bigint >> 32) & 4294967295 and l.objid::bigint = $1::bigint & 4294967295", [key]), [holder] = rows;
	if (holder === void 0) return "its holder has just left.";
	let name = holder.application === null || holder.application === "" ? "without a name" : holder.application;
	return `session ${holder.pid} (${name}, connected since ${holder.since ?? "unknown"}) holds it.`;
}
const applicationName = "sluice";
function lockedEngine(engine, ports) {
	let { address } = engine, underLock = (use) => {
		let begun = !1;
		return withConnection(address, applicationName, ports, async (client) => {
			try {
				let lock = await takeMigrationLock(client, {
					withinMs: engine.waitForLockMs ?? 6e4,
					also: engine.alsoLock ?? []
				}, ports);
				return lock.held ? (await endOrphans(client, ports), await use(client, () => {
					begun = !0;
				})) : locked(lock.waitedMs, lock.holder);
			} catch (error) {
				if (ports.cancelled.aborted) return begun ? cancelledWithin() : cancelledBefore("(none)");
				throw asProviderError(error, address);
			}
		}, { pipeline: !0 });
	}, { revert } = engine;
	return {
		kind: engine.kind,
		status: () => withConnection(address, applicationName, ports, async (client) => (await engine.look(client)).status),
		plan: () => withConnection(address, applicationName, ports, async (client) => {
			let seen = await engine.look(client);
			seen.status.problems.length === 0 && engine.check?.(seen);
			let pending = seen.pending.map(({ name, checksum }) => ({
				name,
				checksum,
				state: "pending"
			})), isRestOf = (hash) => remainsOfPlan(hash, seen.all, seen.pending, seen.target);
			return {
				...seen.status,
				pending,
				hash: planHash(pending, seen.target),
				isRestOf
			};
		}),
		apply: async (approved) => ports.cancelled.aborted ? cancelledBefore("(none)") : underLock(async (client, begun) => {
			let seen = await engine.look(client);
			return seen.status.problems.length > 0 ? refusedBy(seen.status) : remainsOfPlan(approved, seen.all, seen.pending, seen.target) ? seen.pending.length === 0 ? {
				outcome: "applied",
				applied: [],
				longestStallMs: 0
			} : (engine.check?.(seen), begun(), engine.apply(client, seen)) : planChanged(seen.pending);
		}),
		...revert !== void 0 && { revert: (before) => underLock((client, begun) => (begun(), revert.call(engine, client, before))) }
	};
}
function asProviderError(error, address) {
	let { code, message } = describeError(error);
	if (error instanceof ProviderError || code === void 0 || code === "input") return error;
	let what = `PostgreSQL at ${address.name} refused what the migration engine itself asked: ${message}.`;
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
	let { address, history, options, searchPath } = engine, limits = limitsOf(options), apply = async (client, { pending }) => {
		let scripts = pending.map(parseScript), applied = [], settings = await prepareSession(client, limits, searchPath);
		await history.create(client);
		let { rows } = await client.query("select pg_backend_pid() as pid"), guard = await guardSessions({ pid: rows[0]?.pid ?? 0 }, address, ports);
		try {
			let stopped = await applyFiles({
				client,
				settings,
				history,
				limits,
				release: options.release,
				ports
			}, scripts, (one) => {
				applied.push(one), ports.log.info(`Applied ${one.name} in ${(one.seconds ?? 0).toFixed(3)} s.`);
			});
			return stopped === void 0 ? {
				outcome: "applied",
				applied,
				longestStallMs: (await guard.stalls()).longestMs
			} : {
				...stopped,
				outcome: "failed",
				applied,
				leftNothing: stopped.leftNothing && applied.length === 0
			};
		} finally {
			await guard.release();
		}
	}, seeing = lookingAtFiles(engine);
	return {
		...lockedEngine({
			...seeing,
			apply
		}, ports),
		rehearse: async (scratchUrl) => {
			let { rehearse } = await import("./rehearse.js"), { pending } = await withConnection(address, "sluice rehearsal", ports, seeing.look);
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
	let { kind, address, directory, history, options, alsoLock } = engine;
	return {
		kind,
		address,
		waitForLockMs: options.waitForLockMs,
		alsoLock,
		look: async (client) => {
			let all = await engine.read(), target = await identifyDatabase(client), rows = await history.read(client, all), refusal = await history.refusal?.(client), compared = compareWithHistory(all, rows, {
				directory,
				history,
				outOfOrder: options.outOfOrder ?? "refuse",
				repeatable: (file) => isRepeatable(parseScript(file))
			}), pending = pendingFiles(all, compared), problems = [refusal, refusal === void 0 ? await halfApplied(client, pending, rows, history) : void 0].flatMap((problem) => problem ?? []);
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
			for (let file of pending) parseScript(file);
		}
	};
}
export { guardSessions as a, applyFile as c, lockedEngine as i, prepareSession as l, limitsOf as n, toolSession as o, lookingAtFiles as r, parseScript as s, filesEngine as t };
