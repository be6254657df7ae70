// node_modules/content-type/
import { m as ProviderError } from "./words.js";
import { t as getOctokit } from "./octokit.js";
const SP = 32;
const HTAB = 9;
const SEMI = 59;
const EQ = 61;
const DQUOTE = 34;
const BSLASH = 92;
const COMMA = 44;
const LOWER_CASE = 1;
const OWS = 2;
const SEMI_FLAG = 4;
const COMMA_FLAG = 8;
const TOKEN_FLAG = 16;
const NON_ASCII = 65280;
const CASE_FLAGS = 65281;
const CHAR_MAP = new Uint8Array(256);
CHAR_MAP[HTAB] |= OWS;
CHAR_MAP[SP] |= OWS;
CHAR_MAP[SEMI] |= SEMI_FLAG;
CHAR_MAP[COMMA] |= COMMA_FLAG;
for (let code = 128; code <= 255; code++) CHAR_MAP[code] |= LOWER_CASE;
for (const char of "!#$%&'*+-.^_`|~") CHAR_MAP[char.charCodeAt(0)] |= TOKEN_FLAG;
for (let code = 48; code <= 57; code++) CHAR_MAP[code] |= TOKEN_FLAG;
for (let code = 65; code <= 90; code++) CHAR_MAP[code] |= 17;
for (let code = 97; code <= 122; code++) CHAR_MAP[code] |= TOKEN_FLAG;
const NullObject = (() => {
	const C = function() {};
	C.prototype = Object.create(null);
	return C;
})();
function parse(header, options) {
	const stopFlags = SEMI_FLAG | (options?.comma === true ? COMMA_FLAG : 0);
	const len = header.length;
	let valueStart = options?.start ?? 0;
	while ((CHAR_MAP[header.charCodeAt(valueStart)] & OWS) !== 0) valueStart++;
	let index = valueStart;
	let typeFlags = 0;
	let whitespace = -1;
	let stop = options?.parameters === false ? COMMA_FLAG : 0;
	while (index < len) {
		const code = header.charCodeAt(index);
		const flags = CHAR_MAP[code];
		if ((flags & stopFlags) !== 0) {
			stop |= flags & COMMA_FLAG;
			break;
		}
		if ((flags & OWS) !== 0) {
			if (whitespace === -1) whitespace = index;
		} else whitespace = -1;
		typeFlags |= code & NON_ASCII | flags;
		index++;
	}
	const valueEnd = whitespace === -1 ? index : whitespace;
	const value = header.slice(valueStart, valueEnd);
	const type = (typeFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
	if (index === len || stop !== 0) return {
		type,
		index,
		parameters: new NullObject()
	};
	return parseParameters(header, type, index, len, stopFlags);
}
function parseParameters(header, type, index, len, stopFlags) {
	const parameters = new NullObject();
	parameter: while (index < len) {
		index++;
		while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) index++;
		const keyStart = index;
		let keyFlags = 0;
		let keyWhitespace = -1;
		while (index < len) {
			const code = header.charCodeAt(index);
			const flags = CHAR_MAP[code];
			if ((flags & stopFlags) !== 0) {
				if ((flags & COMMA_FLAG) !== 0) break parameter;
				continue parameter;
			}
			if (code === EQ) {
				const keyEnd = keyWhitespace === -1 ? index : keyWhitespace;
				const value = header.slice(keyStart, keyEnd);
				const key = (keyFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
				index++;
				while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) index++;
				if (index < len && header.charCodeAt(index) === DQUOTE) {
					const quotedStart = ++index;
					let escaped = false;
					while (index < len) {
						const code = header.charCodeAt(index);
						if (code === DQUOTE) {
							if (parameters[key] === void 0) parameters[key] = escaped ? unescapeQuotedPairs(header, quotedStart, index) : header.slice(quotedStart, index);
							index++;
							let stop = 0;
							while (index < len) {
								const code = header.charCodeAt(index);
								const flags = CHAR_MAP[code];
								if ((flags & stopFlags) !== 0) {
									stop = flags & COMMA_FLAG;
									break;
								}
								index++;
							}
							if (stop !== 0) break parameter;
							continue parameter;
						}
						if (code === BSLASH && index + 1 < len) {
							escaped = true;
							index += 2;
							continue;
						}
						index++;
					}
					continue parameter;
				}
				const valueStart = index;
				let stop = 0;
				let valueWhitespace = -1;
				while (index < len) {
					const code = header.charCodeAt(index);
					const flags = CHAR_MAP[code];
					if ((flags & stopFlags) !== 0) {
						stop = flags & COMMA_FLAG;
						break;
					}
					if ((flags & OWS) !== 0) {
						if (valueWhitespace === -1) valueWhitespace = index;
					} else valueWhitespace = -1;
					index++;
				}
				if (parameters[key] === void 0) {
					const valueEnd = valueWhitespace === -1 ? index : valueWhitespace;
					parameters[key] = header.slice(valueStart, valueEnd);
				}
				if (stop !== 0) break parameter;
				continue parameter;
			}
			if ((flags & OWS) !== 0) {
				if (keyWhitespace === -1) keyWhitespace = index;
			} else keyWhitespace = -1;
			keyFlags |= code & NON_ASCII | flags;
			index++;
		}
	}
	return {
		type,
		index,
		parameters
	};
}
function unescapeQuotedPairs(str, start, end) {
	let result = "";
	for (let index = start; index < end; index++) if (str.charCodeAt(index) === BSLASH) {
		result += str.slice(start, index);
		start = ++index;
	}
	return result + str.slice(start, end);
}
const defaultPatience = {
	requestMs: 15e3,
	totalMs: 6e4,
	attempts: 5
};
const largestBody = 33554432;
function exchange(access, ports) {
	const patience = {
		...defaultPatience,
		...access.patience
	};
	let skew;
	const octokit = getOctokit(access.token, {
		baseUrl: access.apiUrl,
		request: { fetch: wholeBodyFetch(ports, (measured) => {
			skew = measured;
		}) },
		log: {
			debug: () => {},
			info: () => {},
			warn: () => {},
			error: () => {}
		}
	});
	async function attempt(call) {
		const deadline = new AbortController();
		const done = new AbortController();
		ports.clock.sleep(patience.requestMs, done.signal).then(() => deadline.abort(new Error(`no answer within ${patience.requestMs} ms`)), () => {});
		try {
			const { data } = await call.send(octokit, { signal: deadline.signal });
			return {
				kind: "answered",
				value: data
			};
		} catch (error) {
			if (error instanceof ProviderError) return {
				kind: "broken",
				error
			};
			return classify(call.to, access.repository, error, ports.clock.now());
		} finally {
			done.abort();
		}
	}
	async function waitFor(waitMs, startedAt) {
		if (ports.clock.monotonic() - startedAt + waitMs > patience.totalMs) return false;
		try {
			await ports.clock.sleep(waitMs, ports.cancelled);
			return true;
		} catch {
			return false;
		}
	}
	const backoff = (tries) => 500 * 2 ** (tries - 1) * (.5 + ports.random() / 2);
	async function settle(call, retryBroken) {
		const startedAt = ports.clock.monotonic();
		for (let tries = 1;; tries += 1) {
			const tried = await attempt(call);
			if (!(tried.kind === "limited" || tried.kind === "broken" && retryBroken) || tries >= patience.attempts) return tried;
			if (!await waitFor((tried.kind === "limited" ? tried.waitMs : void 0) ?? backoff(tries), startedAt)) return tried;
		}
	}
	return {
		async read(call) {
			const tried = await settle(call, true);
			if (tried.kind === "answered") return tried.value;
			if (tried.kind === "refused" && tried.status === 404) return void 0;
			throw tried.error;
		},
		async store(call) {
			const tried = await settle(call, true);
			if (tried.kind === "answered") return tried.value;
			throw tried.error;
		},
		async write(call) {
			const tried = await settle(call, false);
			if (tried.kind === "answered") return {
				outcome: "applied",
				value: tried.value
			};
			return {
				outcome: tried.kind === "broken" ? "unknown" : "not-applied",
				error: tried.error
			};
		},
		clockSkew: () => skew
	};
}
function wholeBodyFetch(ports, onSkew) {
	return async (input, init) => {
		const sent = ports.clock.now();
		const response = await ports.fetch(input, init);
		const date = Date.parse(response.headers.get("date") ?? "");
		if (!Number.isNaN(date)) onSkew(skewBetween(date, {
			sent,
			received: ports.clock.now()
		}));
		const chunks = [];
		let size = 0;
		for await (const chunk of response.body ?? []) {
			size += chunk.byteLength;
			if (size > largestBody) throw new Error(`the answer is larger than ${largestBody} bytes`);
			chunks.push(chunk);
		}
		const { status, statusText, headers } = response;
		return new Response(size === 0 ? null : Buffer.concat(chunks), {
			status,
			statusText,
			headers
		});
	};
}
function skewBetween(date, { sent, received }) {
	if (date > received) return date - received;
	return date + 999 < sent ? date - sent : 0;
}
function answerOf(error) {
	if (!(error instanceof Error) || !("response" in error)) return void 0;
	const { response } = error;
	if (typeof response !== "object" || response === null || !("status" in response)) return void 0;
	const { status } = response;
	const headers = "headers" in response ? response.headers : {};
	const data = "data" in response ? response.data : void 0;
	if (typeof status !== "number" || typeof headers !== "object" || headers === null) return void 0;
	const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
	return {
		status,
		headers: Object.fromEntries(texts),
		data
	};
}
function classify(to, repository, error, now) {
	const answer = answerOf(error);
	const fail = (message, retryable) => new ProviderError("github", message, {
		...answer === void 0 ? {} : { status: answer.status },
		retryable,
		cause: error
	});
	const refusal = `GitHub refused to ${to} in ${repository}`;
	if (answer === void 0) return {
		kind: "broken",
		error: fail(`GitHub did not answer the request to ${to} in ${repository}: ${error instanceof Error ? oneLine(error.message) : "no answer"}. Run it again when it does.`, true)
	};
	const said = `${answer.status}: ${oneLine(messageOf(answer.data))}`;
	if (answer.status >= 500) return {
		kind: "broken",
		error: fail(`GitHub failed to ${to} in ${repository} (${said}). Look at githubstatus.com and run it again.`, true)
	};
	const limit = limitOf(answer, now);
	if (limit !== void 0) {
		const message = `${refusal} because of a rate limit (${said}). Run it again after ${wait(limit.waitMs)}.`;
		return {
			kind: "limited",
			waitMs: limit.waitMs,
			error: fail(message, true)
		};
	}
	const error_ = fail(`${refusal} (${said}).${mend(answer)}`, false);
	return {
		kind: "refused",
		status: answer.status,
		error: error_
	};
}
function limitOf({ status, headers, data }, now) {
	if (status !== 429 && status !== 403) return void 0;
	const after = Number(headers["retry-after"]);
	if (headers["retry-after"] !== void 0 && after >= 0) return { waitMs: after * 1e3 };
	const reset = Number(headers["x-ratelimit-reset"]);
	if (headers["x-ratelimit-remaining"] === "0" && reset > 0) return { waitMs: Math.max(0, reset * 1e3 - now) };
	return status === 429 || /secondary rate limit/i.test(messageOf(data)) ? { waitMs: 6e4 } : void 0;
}
const wait = (ms) => `${Math.ceil(ms / 1e3)} s`;
function mend({ status, headers }) {
	if (status === 401) return " The token is wrong or has expired: a job's token ends with its job.";
	const accepted = headers["x-accepted-github-permissions"];
	if (status !== 403 || accepted === void 0) return "";
	return ` Add ${accepted.split(";").map((alternative) => alternative.split(",").map((needed) => needed.trim().replaceAll("_", "-").replace("=", ": ")).join(" and ")).map(oneLine).join(", or ")} to the permissions of the job and of every job that calls it.`;
}
function messageOf(data) {
	if (typeof data === "string") return data;
	if (typeof data !== "object" || data === null || !("message" in data)) return "no message";
	const errors = "errors" in data && Array.isArray(data.errors) ? ` ${JSON.stringify(data.errors)}` : "";
	return `${data.message}${errors}`;
}
const oneLine = (text) => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim().slice(0, 300);
export { parse as n, exchange as t };
