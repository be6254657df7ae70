import { _ as object, b as string, g as number, l as array, s as _enum, w as url } from "./zod.js";
import { t as versionNameOf } from "./deploy-target.js";
import { m as ProviderError, p as InputError } from "./words.js";
import { n as servesExactly, r as sharesOf, t as allOn } from "./shares.js";
const versionState = object({
	version: string(),
	url: url().optional(),
	state: _enum([
		"starting",
		"running",
		"exited"
	]),
	output: array(string()).optional(),
	pid: number().optional(),
	requests: number(),
	undelivered: number()
});
const localState = object({
	generation: string(),
	serving: array(object({
		version: string(),
		weight: number()
	})),
	wayBack: string().optional(),
	versions: array(versionState)
});
const localRefusal = object({
	reason: string(),
	message: string(),
	output: array(string()).optional(),
	state: localState.optional()
});
const startWithinMs = 6e4;
function openLocal({ admin, token, start, health }, ports) {
	return localTarget({
		admin,
		token: token ?? "",
		command: words(start),
		health: {
			path: health,
			withinMs: startWithinMs
		}
	}, ports);
}
function words(command) {
	const [program, ...args] = command.trim().split(/\s+/);
	if (program === void 0 || program === "") throw new InputError("target.local.start names no program; write for example `start: node server.mjs`.");
	return [program, ...args];
}
const readAttempts = 3;
const firstPauseMs = 100;
const stageMarginMs = 15e3;
function localTarget(options, ports) {
	const answerWithinMs = options.answerWithinMs ?? 5e3;
	const ask = async (method, path, body, withinMs = answerWithinMs) => {
		const url = new URL(path, options.admin);
		const init = {
			method,
			headers: {
				authorization: `Bearer ${options.token}`,
				"content-type": "application/json"
			},
			redirect: "error"
		};
		if (body !== void 0) init.body = JSON.stringify(body);
		return withDeadline(ports, withinMs, async (signal) => {
			const answer = await ports.fetch(url, {
				...init,
				signal
			});
			return {
				arrived: true,
				status: answer.status,
				body: parsedJson(await answer.text())
			};
		});
	};
	const readState = async () => {
		const answer = await ask("GET", "/state");
		if (!answer.arrived) throw unreachable(options.admin, answer.message);
		if (answer.status !== 200) throw refused(answer.status, answer.body);
		const state = localState.safeParse(answer.body);
		if (!state.success) throw new ProviderError("local", `${options.admin}/state gave an answer that cannot be read.`, {
			status: answer.status,
			cause: state.error
		});
		return state.data;
	};
	const readPatiently = async () => {
		for (let attempt = 1;; attempt += 1) try {
			return await readState();
		} catch (error) {
			if (!(error instanceof ProviderError && error.retryable) || attempt === readAttempts) throw error;
			await ports.clock.sleep(firstPauseMs * 2 ** (attempt - 1));
		}
	};
	const setWeights = async (wanted, wayBack, ifGeneration) => {
		const weights = Object.fromEntries(wanted.map(({ version, weight }) => [version, weight]));
		const answer = await ask("PUT", "/weights", {
			weights,
			wayBack,
			ifGeneration
		});
		if (answer.arrived && (answer.status === 401 || answer.status === 403)) throw refused(answer.status, answer.body);
		const refusal = answer.arrived && answer.status < 500 ? localRefusal.safeParse(answer.body) : void 0;
		if (refusal?.success && refusal.data.state !== void 0) {
			const { reason, message, state } = refusal.data;
			return {
				outcome: "not-applied",
				reason,
				message,
				production: productionOf(state)
			};
		}
		return settle(answer, wanted, readPatiently);
	};
	const versionOf = async (version) => (await readState()).versions.find((known) => known.version === version);
	const stagedIn = (state, wanted) => {
		const found = state.versions.find(({ version }) => version === wanted);
		return found?.state === "running" && found.url !== void 0 ? {
			version: wanted,
			url: found.url
		} : void 0;
	};
	return {
		kind: "local",
		capabilities: {
			shifts: "traffic",
			compareAndSet: true
		},
		observe: async () => productionOf(await readState()),
		async stage({ commit, variant, directory, env }) {
			ports.cancelled.throwIfAborted();
			const { command, health } = options;
			const version = versionNameOf({
				commit,
				variant
			});
			const answer = await ask("POST", "/versions", {
				version,
				directory,
				command,
				env,
				health
			}, health.withinMs + stageMarginMs);
			if (answer.arrived && answer.status >= 400 && answer.status < 500) throw cannotStage(answer.status, answer.body);
			const staged = stagedIn(await readPatiently(), version);
			if (staged !== void 0) return staged;
			const why = answer.arrived ? `it answered ${answer.status}` : answer.message;
			throw new ProviderError("local", `Version ${version} is not running after it was staged: ${why}. Stage it again.`, { retryable: true });
		},
		shift({ candidate, stable, weight, ifGeneration }) {
			return setWeights(sharesOf(candidate, stable, weight), stable, ifGeneration);
		},
		restore: ({ to, ifGeneration }) => setWeights(allOn(to), void 0, ifGeneration),
		async health(version) {
			const known = await versionOf(version);
			if (known === void 0) return {
				healthy: false,
				message: `Version ${version} does not exist any more.`
			};
			if (known.state !== "running" || known.url === void 0) {
				const last = known.output?.at(-1);
				const said = last === void 0 ? "" : ` Its last line was: ${last}`;
				return {
					healthy: false,
					message: `Version ${version} does not run, it is ${known.state}.${said}`
				};
			}
			const url = new URL(options.health.path, known.url);
			const answer = await withDeadline(ports, answerWithinMs, async (signal) => {
				const { status } = await ports.fetch(url, {
					signal,
					redirect: "manual"
				});
				return {
					arrived: true,
					status,
					body: void 0
				};
			});
			if (!answer.arrived) return {
				healthy: false,
				message: `Version ${version} did not answer ${url}: ${answer.message}.`
			};
			return {
				healthy: answer.status >= 200 && answer.status < 300,
				message: `Version ${version} answered ${answer.status} at ${url}.`
			};
		},
		async address(version) {
			const known = await versionOf(version);
			return known?.state === "running" ? known.url : void 0;
		},
		async cleanup(keep) {
			const before = await readState();
			const spared = new Set([...keep, ...before.serving.filter(({ weight }) => weight > 0).map((s) => s.version)]);
			const superfluous = before.versions.map(({ version }) => version).filter((version) => !spared.has(version));
			for (const version of superfluous) await ask("DELETE", `/versions/${encodeURIComponent(version)}`);
			const left = new Set((await readPatiently()).versions.map(({ version }) => version));
			return superfluous.filter((version) => !left.has(version));
		}
	};
}
async function settle(answer, wanted, read) {
	const said = answer.arrived ? `the answer was ${answer.status}` : answer.message;
	let production;
	try {
		production = productionOf(await read());
	} catch (error) {
		if (!(error instanceof ProviderError)) throw error;
		return {
			outcome: "unknown",
			message: `The weights were sent (${said}), and production cannot be read: ${error.message}`
		};
	}
	if (servesExactly(production, wanted)) return {
		outcome: "applied",
		production
	};
	if (!answer.arrived || answer.status >= 500 && answer.status !== 503) return {
		outcome: "unknown",
		message: `The weights were sent and production does not show them: ${said}.`
	};
	if (answer.status === 200) return {
		outcome: "not-applied",
		reason: "changed-meanwhile",
		message: "The weights were taken, and production shows others: it was changed meanwhile. Read it and decide anew.",
		production
	};
	return {
		outcome: "not-applied",
		reason: "unavailable",
		message: `The local host did not take the weights: ${said}. They may be sent again.`,
		production
	};
}
const productionOf = ({ generation, serving }) => ({
	generation,
	serving
});
function parsedJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
async function withDeadline(ports, withinMs, send) {
	const deadline = new AbortController();
	const answered = new AbortController();
	const expiry = ports.clock.sleep(withinMs, answered.signal).then(() => deadline.abort(), () => void 0);
	try {
		return await send(deadline.signal);
	} catch (error) {
		return {
			arrived: false,
			message: deadline.signal.aborted ? `no answer came within ${withinMs} ms` : reasonOf(error)
		};
	} finally {
		answered.abort();
		await expiry;
	}
}
function reasonOf(error) {
	if (!(error instanceof Error)) return String(error);
	const { cause } = error;
	return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
function unreachable(admin, message) {
	const text = `The local host at ${admin} cannot be reached: ${message}. Is the rehearsal still running?`;
	return new ProviderError("local", text, { retryable: true });
}
function refused(status, body) {
	const said = localRefusal.safeParse(body);
	const message = said.success ? said.data.message : `The local host answered ${status}.`;
	return new ProviderError("local", message, {
		status,
		retryable: status >= 500 || status === 429
	});
}
function cannotStage(status, body) {
	const said = localRefusal.safeParse(body);
	if (!said.success || status !== 422 || said.data.reason === "port-taken") return refused(status, body);
	const { message, output = [] } = said.data;
	const lines = output.length === 0 ? "" : `\nIts last lines:\n${output.map((line) => `  ${line}`).join("\n")}`;
	return new InputError(message + lines);
}
export { openLocal };
