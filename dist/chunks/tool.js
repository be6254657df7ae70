import { r as plainText } from "./words.js";
import { r as noticeWhenGone } from "./connection.js";
import { t as minimalEnv } from "./minimal-env.js";
import { o as refusedBy } from "./refusal.js";
import { a as guardSessions, o as toolSession } from "./files.js";
function toolEnvironment(address, ports) {
	let sslMode = new URL(address.url).searchParams.get("sslmode");
	return {
		...minimalEnv(ports.env),
		DATABASE_URL: address.url,
		DATABASE_ADDRESS: withoutPassword(address.url),
		PGHOST: address.host,
		PGPORT: String(address.port),
		PGUSER: address.user,
		PGPASSWORD: address.password,
		PGDATABASE: address.database,
		...sslMode !== null && { PGSSLMODE: sslMode === "no-verify" ? "require" : sslMode }
	};
}
function withoutPassword(url) {
	let address = new URL(url);
	return address.password = "", address.href;
}
const harmless = (line) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`;
async function runTool(tool, ports) {
	let { command, args, directory, env, timeoutMs, take } = tool;
	return ports.exec("bash", [
		"--noprofile",
		"--norc",
		"-eo",
		"pipefail",
		"-c",
		`${command} "$@"`,
		"bash",
		...args
	], {
		cwd: directory,
		env,
		signal: ports.cancelled,
		...timeoutMs !== void 0 && { timeoutMs },
		onLine: (line) => {
			take?.(line) !== !0 && ports.log.info(harmless(line));
		}
	});
}
function lastWords({ stderr, stdout, code, signal }, take) {
	let lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "" && !take(line)), how = code === null ? `was ended by ${signal}` : `ended with ${code}`, last = plainText(lines.at(-1)?.trim().slice(0, 400) ?? "");
	return last === "" ? `${how} and printed nothing.` : `${how}. Its last line is "${last}".`;
}
async function invalidIndexes(client) {
	let { rows } = await client.query("select format('%I.%I', n.nspname, c.relname) as name\n     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace\n     where not (i.indisvalid and i.indisready) and c.relkind = 'i' and n.nspname !~ '^pg_'\n       and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)\n       and not exists (select from pg_constraint k where k.conindid = c.oid)");
	return new Set(rows.map(({ name }) => name));
}
async function dropNewInvalidIndexes(client, before, ports) {
	for (let name of await invalidIndexes(client)) before.has(name) || (await client.query(`drop index concurrently if exists ${name}`), ports.log.notice(`Dropped the invalid index ${name}, left by an attempt that did not finish.`));
}
async function applyByTool(client, seen, tool, ports) {
	let { address, limits } = tool, applicationName = `${toolSession}${Math.floor(ports.random() * 2 ** 32).toString(16)}`, env = await boundedBy(client, applicationName, limits), before = await invalidIndexes(client), guard = await guardSessions({ applicationName }, address, ports), began = ports.clock.monotonic(), seconds = {};
	try {
		for (let retries = 0, now = seen;; retries++) {
			guard.forgetOwnWaits();
			let run = await tool.run(env, now.pending);
			Object.assign(seconds, run.seconds), ports.cancelled.aborted || await dropNewInvalidIndexes(client, before, ports), now = await tool.look(client);
			let left = new Set(now.pending.map(({ name }) => name)), applied = seen.pending.filter(({ name }) => !left.has(name)).map(({ name }) => ({
				name,
				seconds: seconds[name],
				lockRetries: retries
			})), failed = now.pending[0]?.name ?? "(none)";
			if (ports.cancelled.aborted) return {
				outcome: "failed",
				applied,
				failed,
				...cancelled(tool)
			};
			if (now.status.problems.length > 0) return {
				...withSaid(refusedBy(now.status), run),
				applied
			};
			if (now.pending.length === 0) return finished(applied, run, tool, guard, ports);
			let gaveWay = run.failure !== void 0 && (run.gaveWay === !0 || guard.longestOwnWaitMs() * 2 >= limits.lockTimeoutMs), pause = Math.min(2e3, limits.lockTimeoutMs * 2 ** Math.min(retries, 10)) * (.5 + ports.random() / 2);
			if (!gaveWay) return {
				outcome: "failed",
				applied,
				failed,
				...unfinished(tool, run, now)
			};
			if (ports.clock.monotonic() - began + pause >= limits.retryForMs) return {
				outcome: "failed",
				applied,
				failed,
				...neverHadItsLock(tool, run, retries)
			};
			await ports.clock.sleep(pause, ports.cancelled).catch(() => {});
		}
	} finally {
		await guard.release();
	}
}
async function boundedBy(client, applicationName, limits) {
	let options = [
		`-c lock_timeout=${limits.lockTimeoutMs}ms`,
		`-c statement_timeout=${limits.statementTimeoutMs}ms`,
		"-c idle_in_transaction_session_timeout=60s"
	];
	return await noticeWhenGone(client) !== void 0 && options.push("-c client_connection_check_interval=1s"), {
		PGAPPNAME: applicationName,
		PGOPTIONS: options.join(" ")
	};
}
async function finished(applied, run, tool, guard, ports) {
	let { longestMs } = await guard.stalls();
	return run.failure !== void 0 && ports.log.warn(`${tool.name} applied everything and then failed: ${run.failure}`), longestMs === void 0 && ports.log.warn(`No session of ${tool.name} was seen under its name, so its lock timeout may not be in force: let it connect with the environment it is given (PGOPTIONS, PGAPPNAME).`), {
		outcome: "applied",
		applied,
		longestStallMs: longestMs
	};
}
const withSaid = (refused, { failure }) => failure === void 0 ? refused : {
	...refused,
	message: `${failure} ${refused.message}`
}, cancelled = ({ name }) => ({
	reason: "cancelled",
	message: `The job was cancelled while ${name} ran; its sessions were ended, and what was not committed is rolled back.`
});
function unfinished({ name }, { failure }, { pending }) {
	let left = pending.map((each) => each.name).join(", ");
	return failure === void 0 ? {
		reason: "migration-left-pending",
		message: `${name} ended well, but afterwards ${left} is still pending. Look at what it did in the log above; does it use this database?`
	} : {
		reason: "migration-failed",
		message: `${failure} Still pending: ${left}. Correct it and release again; the version that serves is not touched.`
	};
}
const neverHadItsLock = ({ name, limits }, { failure }, retries) => ({
	reason: "lock-not-available",
	message: `${name} did not get its lock: ${retries + 1} attempts of ${limits.lockTimeoutMs} ms each within ${Math.round(limits.retryForMs / 1e3)} s all gave way to other sessions. ${failure ?? ""} Find the long transaction (select pid, xact_start, query from pg_stat_activity order by xact_start), end it or wait, and run again.`
});
export { toolEnvironment as i, lastWords as n, runTool as r, applyByTool as t };
