import { n as ProviderError, t as InputError } from "./failure.js";
import { a as withConnection, i as parseDatabaseUrl, n as describeError, r as noticeWhenGone, t as connect } from "./connection.js";
import { n as lineAndColumn, t as lexSql } from "./statements.js";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

// src/migration/history.ts
const tableName = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;
/** Accepts `schema.table` in lower case; throws `InputError` for anything else. */
function historyTable(name) {
	if (!isHistoryTable(name)) throw new InputError(`"${name}" cannot be the history table: write schema.table in lower case letters.`);
	return name;
}
function isHistoryTable(name) {
	return tableName.test(name);
}
/** All rows, oldest first; none when the table does not exist yet. Writes nothing. */
async function readHistory(client, table) {
	const { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
	if (rows[0]?.found !== true) return [];
	return (await client.query(`select name, checksum, applied_at from ${table} order by started_at, name`)).rows;
}
/**
* Creates the history table when it is missing.
*
* Row security without a policy keeps it from web roles where the schema is served as an API; its owner still sees it.
*/
async function createHistory(client, table) {
	const { rows } = await client.query("select to_regclass($1) is not null as found", [table]);
	if (rows[0]?.found === true) return;
	await client.query(`
    create table ${table} (
      name text primary key,
      checksum text not null,
      started_at timestamptz not null default clock_timestamp(),
      applied_at timestamptz,
      seconds double precision,
      release text
    );
    alter table ${table} enable row level security;
    comment on table ${table} is 'Migrations applied by Sluice; a row without applied_at was begun and not finished.'`);
}
/** Says that a file was begun, for files whose effect cannot share a transaction with their row. */
async function recordStarted(client, table, file) {
	await client.query(`insert into ${table} (name, checksum) values ($1, $2)
     on conflict (name) do update set checksum = excluded.checksum, started_at = clock_timestamp()
     where ${table}.applied_at is null`, [file.name, file.checksum]);
}
/** Says that a file was applied; inside the file's own transaction where it has one. */
async function recordApplied(client, table, file, details) {
	await client.query(`insert into ${table} (name, checksum, applied_at, seconds, release) values ($1, $2, clock_timestamp(), $3, $4)
     on conflict (name) do update
       set applied_at = excluded.applied_at, seconds = excluded.seconds, release = excluded.release
       where ${table}.applied_at is null`, [
		file.name,
		file.checksum,
		details.seconds,
		details.release ?? null
	]);
}
/** Removes the row of a file that was begun and left nothing. */
async function forgetStarted(client, table, file) {
	await client.query(`delete from ${table} where name = $1 and applied_at is null`, [file.name]);
}
/** Compares files with the history: what is applied, what is left, and why nothing may be applied. */
function compareWithHistory(files, history, options) {
	const byName = new Map(files.map((file) => [file.name, file]));
	const recorded = new Set(history.map((row) => row.name));
	const lastApplied = files.findLast((file) => history.some((row) => row.name === file.name && row.applied_at !== null));
	const migrations = [];
	const problems = [];
	const add = (name, checksum, state, message) => {
		migrations.push({
			name,
			checksum,
			state
		});
		if (message !== void 0) problems.push({
			reason: `migration-${state}`,
			message
		});
	};
	for (const row of history) {
		const file = byName.get(row.name);
		if (file === void 0) add(row.name, void 0, "missing", missing(row, options));
		else if (row.applied_at === null) {
			if (file.alone?.repeatable === true) add(file.name, file.checksum, "pending");
			else add(file.name, file.checksum, "failed", failed$1(file, options.table));
		} else if (row.checksum !== file.checksum) add(file.name, file.checksum, "edited", edited(row, file, options.table));
		else add(file.name, file.checksum, "applied");
	}
	for (const file of files) {
		if (recorded.has(file.name)) continue;
		if (lastApplied === void 0 || file.number > lastApplied.number) add(file.name, file.checksum, "pending");
		else add(file.name, file.checksum, "out-of-order", outOfOrder(file, lastApplied));
	}
	return {
		migrations,
		problems
	};
}
/** The pending files in the order in which they will run. */
function pendingFiles(files, status) {
	const pending = new Set(status.migrations.filter(({ state }) => state === "pending").map(({ name }) => name));
	return files.filter((file) => pending.has(file.name));
}
/** `target` identifies the database, so that a plan for one is not applied to another. */
function planFor(pending, target) {
	const hash = createHash("sha256").update(`${target}\n`);
	for (const { name, checksum } of pending) hash.update(`${checksum} ${name}\n`);
	return {
		pending: pending.map(({ name, checksum }) => ({
			name,
			checksum,
			state: "pending"
		})),
		hash: hash.digest("hex")
	};
}
/**
* Whether the files left are what remains of the plan with this hash: all of it, or its end when another release or an
* interrupted run has applied the beginning.
*/
function remainsOfPlan(hash, files, pending, target) {
	for (let from = files.length - pending.length; from >= 0; from--) if (planFor(files.slice(from), target).hash === hash) return true;
	return false;
}
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
function edited(row, file, table) {
	return `${file.path} was changed after it was applied (recorded sha256 ${row.checksum.slice(0, 12)}, now ${file.checksum.slice(0, 12)}). Bring the applied version back and put the change into a new file. Only if the change has no effect, accept it: update ${table} set checksum = ${quoted(file.checksum)} where name = ${quoted(file.name)};`;
}
function missing(row, options) {
	return `${row.name} is recorded in ${options.table} but is not in ${options.directory}. Bring the file back (git log --diff-filter=D --name-only finds it). Only if it was removed on purpose, forget it: delete from ${options.table} where name = ${quoted(row.name)};`;
}
function failed$1(file, table) {
	return `${file.path} cannot run inside a transaction, was begun and did not finish. Look whether it took effect. If it did: update ${table} set applied_at = now() where name = ${quoted(file.name)}; if not, let it run again: delete from ${table} where name = ${quoted(file.name)};`;
}
function outOfOrder(file, last) {
	return `${file.path} was added below ${last.name}, which is already applied, so the two would run in another order here than elsewhere. Rename it to a number above all others (git mv).`;
}

// src/migration/apply-file.ts
const lockNotAvailable = "55P03";
const deadlockDetected = "40P01";
const undefinedObject = "42704";
const idleInTransactionMs = 6e4;
/** Gives the session its limits, and takes back what an earlier file set in it. */
async function prepareSession(client, limits) {
	await client.query("reset all; reset session authorization");
	await setting(client, "lock_timeout", limits.lockTimeoutMs);
	await setting(client, "statement_timeout", limits.statementTimeoutMs);
	await setting(client, "idle_in_transaction_session_timeout", idleInTransactionMs);
	await noticeWhenGone(client);
}
async function setting(client, name, milliseconds) {
	await client.query("select set_config($1, $2, false)", [name, `${milliseconds}ms`]);
}
/** Applies one file together with its history row, repeating attempts that did not get their lock in time. */
async function applyFile(context, file) {
	const attempt = file.alone === void 0 ? applyInTransaction : applyAlone(file.alone);
	const { clock, random, cancelled } = context.ports;
	const began = clock.monotonic();
	for (let retries = 0;; retries++) {
		const attemptBegan = clock.monotonic();
		const failure = await attempt(context, file, attemptBegan);
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
async function applyInTransaction(context, file, began) {
	const { client, table, release, ports } = context;
	const progress = countStatements(client);
	let inFile = false;
	try {
		await client.query("begin");
		progress.reset();
		inFile = true;
		await client.query(file.sql);
		inFile = false;
		if (client.getTransactionStatus() !== "T") throw new Error("the file ended the transaction it runs in");
		await recordApplied(client, table, file, {
			seconds: (ports.clock.monotonic() - began) / 1e3,
			release
		});
		await client.query("commit");
		return;
	} catch (error) {
		const failure = {
			error: describeError(error),
			finishedStatements: progress.finished(),
			inFile
		};
		await client.query("rollback").catch(() => {});
		return failure;
	} finally {
		progress.stop();
	}
}
/** The wire says one CommandComplete per statement: the only sign of how far a failed script came. */
function countStatements(client) {
	let count = 0;
	const onComplete = () => {
		count += 1;
	};
	client.connection.on("commandComplete", onComplete);
	return {
		reset: () => {
			count = 0;
		},
		finished: () => count,
		stop: () => client.connection.off("commandComplete", onComplete)
	};
}
const applyAlone = (rule) => async (context, file, began) => {
	const { client, table, release, ports } = context;
	const resumed = await wasStarted(client, table, file);
	const left = rule.index === void 0 ? void 0 : await findIndex(client, rule.index);
	if (left?.builtBy !== void 0) return stillBuilding(left);
	if (left?.usable === false) await dropIndex(context, left, "left by an attempt that did not finish");
	await recordStarted(client, table, file);
	const error = resumed && left?.usable === true ? void 0 : await runAlone(context, file, rule);
	const droppedBefore = resumed && error?.code === undefinedObject && rule.repeatable && rule.index === void 0;
	if (error !== void 0 && !droppedBefore) return cleanUp(context, file, rule, error);
	await recordApplied(client, table, file, {
		seconds: (ports.clock.monotonic() - began) / 1e3,
		release
	});
};
async function runAlone(context, file, rule) {
	const { client, limits } = context;
	try {
		if (rule.waitsPolitely) await setting(client, "lock_timeout", 0);
		await client.query(file.sql);
		return;
	} catch (thrown) {
		return describeError(thrown);
	} finally {
		await setting(client, "lock_timeout", limits.lockTimeoutMs).catch(() => {});
	}
}
async function wasStarted(client, table, file) {
	const { rowCount } = await client.query(`select from ${table} where name = $1 and checksum = $2`, [file.name, file.checksum]);
	return rowCount === 1;
}
/** After a statement the server refused: removes the invalid index it left and the row that says it was begun. */
async function cleanUp(context, file, rule, error) {
	const failure = {
		error,
		finishedStatements: 0,
		inFile: true
	};
	if (context.ports.cancelled.aborted) return failure;
	try {
		const left = rule.index === void 0 ? void 0 : await findIndex(context.client, rule.index);
		if (left?.usable === false) await dropIndex(context, left, "left by this attempt");
		await forgetStarted(context.client, context.table, file);
		return failure;
	} catch (thrown) {
		const note = `What it left could not be removed now (${describeError(thrown).message}); the next run does it.`;
		return {
			...failure,
			note
		};
	}
}
/** pg_indexes also lists indexes that a failed build left unusable; only pg_index tells. */
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
async function dropIndex(context, index, why) {
	await setting(context.client, "lock_timeout", 0);
	await context.client.query(`drop index concurrently if exists ${index.name}`);
	await setting(context.client, "lock_timeout", context.limits.lockTimeoutMs);
	context.ports.log.notice(`Dropped the invalid index ${index.name}, ${why}.`);
}
function stillBuilding(index) {
	return {
		error: {
			code: void 0,
			message: `session ${index.builtBy} is building the index ${index.name} right now`,
			detail: void 0,
			hint: void 0,
			position: void 0
		},
		finishedStatements: 0,
		inFile: true,
		note: "Wait until that session is done, then run again."
	};
}
function failed(context, file, failure, retries) {
	const { error } = failure;
	const place = failure.inFile ? placeOf(file, failure) : file.path;
	const said = [
		`${error.message}${error.code === void 0 ? "" : ` (SQLSTATE ${error.code})`}.`,
		error.detail,
		error.hint
	].filter((sentence) => sentence !== void 0).join(" ");
	if (context.ports.cancelled.aborted) return {
		outcome: "failed",
		reason: "cancelled",
		message: `${file.path} was interrupted because the job was cancelled. ` + (file.alone === void 0 ? "It was rolled back; nothing of it is left." : "It cannot run inside a transaction; the next run looks at what it left and repairs it.")
	};
	if (error.code === lockNotAvailable || error.code === deadlockDetected) return {
		outcome: "failed",
		reason: "lock-not-available",
		message: `${place} did not get its lock: ${retries + 1} attempts of ${context.limits.lockTimeoutMs} ms each within ${Math.round(context.limits.retryForMs / 1e3)} s all gave way to other sessions. ${said} Nothing of the file was applied. Find the long transaction (select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.`
	};
	return {
		outcome: "failed",
		reason: "migration-failed",
		message: `${place}: ${said} ${file.alone === void 0 ? "The file was rolled back as a whole; nothing of it is applied." : "The statement runs outside of a transaction; look at what it did before running it again."} ${failure.note ?? "Correct the file and release again; the version that serves is not touched."}`
	};
}
/** `file:line:column` of the error, or of the statement in which it came up. */
function placeOf(file, failure) {
	const { position } = failure.error;
	const offset = position === void 0 ? file.statements[failure.finishedStatements]?.start : utf16Offset(file.sql, position - 1);
	if (offset === void 0) return file.path;
	const { line, column } = lineAndColumn(file.sql, offset);
	return `${file.path}:${line}:${column}`;
}
/** The server counts characters, JavaScript counts UTF-16 units. */
function utf16Offset(text, characters) {
	return [...text].slice(0, characters).join("").length;
}

// src/migration/lock.ts
const pollMs = 200;
/**
* Takes the advisory lock that one migrator per database may hold, on the session of `client`.
*
* The server frees it when that session ends, however it ends. Keys are per database by themselves.
*/
async function takeMigrationLock(client, subject, options, ports) {
	const key = createHash("sha256").update(`sluice ${subject}`).digest().readBigInt64BE().toString();
	const began = ports.clock.monotonic();
	for (let asked = 0;; asked++) {
		const { rows } = await client.query("select pg_try_advisory_lock($1) as held", [key]);
		const waitedMs = ports.clock.monotonic() - began;
		if (rows[0]?.held === true) return {
			held: true,
			waitedMs
		};
		const holder = await describeHolder(client, key);
		if (waitedMs >= options.withinMs) return {
			held: false,
			waitedMs,
			holder
		};
		if (asked === 0) ports.log.info(`Waiting for the migration lock: ${holder}`);
		await ports.clock.sleep(pollMs * (.5 + ports.random()), ports.cancelled);
	}
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

// src/migration/statement-rule.ts
const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const concurrentIndex = new RegExp(String.raw`\bconcurrently\s+(?:if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?(${identifier}(?:\s*\.\s*${identifier})?)`, "iu");
/** How one statement of a migration has to be run. */
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
/** Commands that call PreventInTransactionBlock: https://www.postgresql.org/docs/current/sql-commands.html */
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

// src/migration/migration-files.ts
const fileName = /^(\d+)[_-][\w.-]*\.sql$/;
/**
* Reads the numbered `.sql` files of a directory, in order.
*
* Throws `InputError` for a name without a number, two files with one number, and content that cannot be applied as
* one unit: transaction control, psql commands, or a statement such as CREATE INDEX CONCURRENTLY beside others.
*/
async function readMigrationFiles(directory) {
	const names = await readdir(directory).catch(() => {
		throw new InputError(`The migrations directory ${directory} cannot be read. Check its path in the runbook.`);
	});
	const files = [];
	for (const name of names.filter((entry) => entry.endsWith(".sql")).toSorted()) {
		const path = join(directory, name);
		files.push(parseMigrationFile(name, path, await readFile(path)));
	}
	const ordered = files.toSorted((a, b) => a.number < b.number ? -1 : a.number > b.number ? 1 : 0);
	for (const [i, file] of ordered.entries()) {
		const previous = ordered[i - 1];
		if (previous?.number === file.number) throw new InputError(`${previous.path} and ${file.path} have the same number: rename the newer one.`);
	}
	return ordered;
}
/** Checks one file's name and content; `bytes` are what its checksum is taken over. */
function parseMigrationFile(name, path, bytes) {
	const number = fileName.exec(name)?.[1];
	if (number === void 0) throw new InputError(`${path} does not begin with its number. Name it like 0007_add_index.sql (letters, digits, "_", "-", ".").`);
	const sql = decode(bytes, path);
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
	let alone;
	for (const statement of statements) {
		const rule = ruleFor(statement);
		if (rule.rule === "refused") refuse(statement.start, rule.why);
		if (rule.rule !== "alone") continue;
		if (statements.length > 1) refuse(statement.start, "this statement cannot run inside a transaction. Put it alone into a file of its own.");
		alone = rule;
	}
	const checksum = createHash("sha256").update(bytes).digest("hex");
	return {
		name,
		path,
		number: BigInt(number),
		checksum,
		sql,
		statements,
		alone
	};
}
function decode(bytes, path) {
	try {
		const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
		if (!text.includes("\0")) return text;
	} catch {}
	throw new InputError(`${path} is not UTF-8 text. Save it as UTF-8 without NUL characters.`);
}

// src/migration/stall.ts
const sampleEveryMs = 20;
/** Longest wait, in milliseconds, of any session that a backend stands in the way of, directly or in the lock queue. */
const longestWait = `
  select coalesce(max(extract(epoch from clock_timestamp() - coalesce(l.waitstart, a.query_start))), 0) * 1000 as ms
  from pg_locks l left join pg_stat_activity a using (pid)
  where not l.granted and $1 = any(pg_blocking_pids(l.pid))`;
/**
* Watches from a session of its own how long others wait for the backend `pid`.
*
* A wait is seen up to one sample (20 ms) shorter than it was. pg_locks.waitstart needs PostgreSQL 14.
*/
function watchStalls(client, pid, ports) {
	const stopped = new AbortController();
	let longest = 0;
	const sample = async () => {
		const { rows } = await client.query({
			name: "stall",
			text: longestWait,
			values: [pid]
		});
		longest = Math.max(longest, Number(rows[0]?.ms ?? 0));
	};
	const watching = (async () => {
		while (!stopped.signal.aborted) {
			await sample();
			await ports.clock.sleep(sampleEveryMs, stopped.signal).catch(() => {});
		}
	})().catch((error) => {
		if (stopped.signal.aborted) return;
		ports.log.warn(`The watch over waiting sessions broke off; stalls after that are not counted: ${String(error)}`);
	});
	return { stop: async () => {
		stopped.abort();
		await watching;
		return Math.round(longest);
	} };
}

// src/migration-engine/sql.ts
const applicationName = "sluice";
const goneWithinMs = 5e3;
/** pg_locks.waitstart and client_connection_check_interval came with 14. */
const oldestMajor = 14;
/**
* Applies a directory of SQL files: one transaction per file, its history row in the same transaction, one migrator
* per database, and never longer in a lock queue than `lockTimeoutMs`.
*
* Throws `InputError` for a URL or files that cannot work, `ProviderError` when the database is not reached.
*/
function sqlEngine(options, ports) {
	const address = parseDatabaseUrl(options.url, "Applying migrations");
	const table = historyTable(options.historyTable ?? "public.sluice_migrations");
	const { directory } = options;
	const limits = {
		lockTimeoutMs: options.lockTimeoutMs ?? 100,
		retryForMs: options.retryForMs ?? 6e4,
		statementTimeoutMs: options.statementTimeoutMs ?? 36e5
	};
	const look = async (client) => {
		const files = await readMigrationFiles(directory);
		const target = await identify(client);
		const status = compareWithHistory(files, await readHistory(client, table), {
			directory,
			table
		});
		return {
			files,
			target,
			status,
			pending: pendingFiles(files, status)
		};
	};
	const applyLocked = async (client, planHash) => {
		const { files, target, status, pending } = await look(client);
		const refusal = refuse(status, planHash, files, pending, target);
		if (refusal !== void 0) return refusal;
		const applied = [];
		if (pending.length === 0) return {
			outcome: "applied",
			applied,
			longestStallMs: 0
		};
		await prepareSession(client, limits);
		await createHistory(client, table);
		const guard = await guardSession(client, address, ports);
		try {
			for (const file of pending) {
				if (ports.cancelled.aborted) return {
					...cancelledBefore(file.name),
					applied
				};
				const outcome = await applyFile({
					client,
					table,
					limits,
					release: options.release,
					ports
				}, file);
				if (outcome.outcome === "failed") return {
					...outcome,
					applied,
					failed: file.name
				};
				applied.push(outcome.applied);
				ports.log.info(`Applied ${file.path} in ${outcome.applied.seconds.toFixed(3)} s.`);
				await prepareSession(client, limits);
			}
			return {
				outcome: "applied",
				applied,
				longestStallMs: await guard.watch.stop()
			};
		} finally {
			await guard.release();
		}
	};
	return {
		kind: "sql",
		status: () => withConnection(address, applicationName, ports, async (client) => (await look(client)).status),
		plan: () => withConnection(address, applicationName, ports, async (client) => {
			const { pending, target } = await look(client);
			return planFor(pending, target);
		}),
		apply: async (planHash) => {
			if (ports.cancelled.aborted) return cancelledBefore("(none)");
			return withConnection(address, applicationName, ports, async (client) => {
				try {
					const lock = await takeMigrationLock(client, table, { withinMs: options.waitForLockMs ?? 6e4 }, ports);
					return lock.held ? await applyLocked(client, planHash) : locked(lock.waitedMs, lock.holder);
				} catch (error) {
					if (ports.cancelled.aborted) return cancelledBefore("(none)");
					throw asProviderError(error, address);
				}
			});
		}
	};
}
/** What tells one database from all others, so that a plan approved for one is not applied to another. */
async function identify(client) {
	const { rows } = await client.query(`select (select system_identifier::text from pg_control_system()) as system,
            oid || ' ' || datname as database, current_setting('server_version_num')::int / 10000 as major
     from pg_database where datname = current_database()`);
	const [found] = rows;
	if (found === void 0 || found.major < oldestMajor) throw new ProviderError("postgres", `PostgreSQL ${oldestMajor} or newer is needed; this is ${found?.major}.`);
	return `${found.system} ${found.database}`;
}
function refuse(status, planHash, files, pending, target) {
	const [problem] = status.problems;
	if (problem !== void 0) {
		const bad = status.migrations.find(({ state }) => state !== "applied" && state !== "pending");
		const message = status.problems.map((each) => each.message).join("\n");
		return {
			outcome: "failed",
			applied: [],
			failed: bad?.name ?? "(none)",
			reason: problem.reason,
			message
		};
	}
	if (remainsOfPlan(planHash, files, pending, target)) return void 0;
	const names = pending.map(({ name }) => name).join(", ") || "none";
	return {
		outcome: "failed",
		applied: [],
		failed: pending[0]?.name ?? "(none)",
		reason: "plan-changed",
		message: `The plan that was approved is not what would be applied now: the files or the database changed since. Pending now: ${names}. Nothing was applied. Plan again and have that plan approved.`
	};
}
/** From a second session: watches whom the first one blocks, and ends it when the job is cancelled. */
async function guardSession(client, address, ports) {
	const { rows } = await client.query("select pg_backend_pid() as pid");
	const pid = rows[0]?.pid ?? 0;
	const second = await connect(address, `${applicationName} watch`, ports);
	const watch = watchStalls(second, pid, ports);
	let ending;
	const end = () => {
		ending = watch.stop().then(() => endBackend(second, pid, ports)).catch((error) => {
			ports.log.error(`The session ${pid} that applies migrations could not be ended: ${String(error)}`);
		});
	};
	ports.cancelled.addEventListener("abort", end, { once: true });
	if (ports.cancelled.aborted) end();
	return {
		watch,
		release: async () => {
			ports.cancelled.removeEventListener("abort", end);
			await watch.stop();
			await ending;
			await second.end().catch(() => {});
		}
	};
}
/** Returns once the session is gone, so that its locks and its transaction are gone too. */
async function endBackend(client, pid, ports) {
	const deadline = ports.clock.monotonic() + goneWithinMs;
	await client.query("select pg_terminate_backend($1)", [pid]);
	for (;;) {
		const { rowCount } = await client.query("select from pg_stat_activity where pid = $1", [pid]);
		if (rowCount === 0) return;
		if (ports.clock.monotonic() > deadline) throw new Error(`it still runs after ${goneWithinMs / 1e3} s`);
		await ports.clock.sleep(20);
	}
}
function cancelledBefore(name) {
	return {
		outcome: "failed",
		applied: [],
		failed: name,
		reason: "cancelled",
		message: "The job was cancelled before this migration began; nothing of it was applied."
	};
}
function locked(waitedMs, holder) {
	return {
		outcome: "failed",
		applied: [],
		failed: "(none)",
		reason: "migration-locked",
		message: `Another migrator has held this database's migration lock for the ${Math.round(waitedMs / 1e3)} s we waited: ${holder} Wait for that release, or end the session (select pg_terminate_backend(pid)), then run again.`
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

export { sqlEngine };