import { t as noticeEvents } from "./channel.js";
import { P as checkAddress } from "./runbook-keys.js";
import { r as plainText } from "./words.js";
const pauseMs = 500;
const longestPauseMs = 2500;
const longestAnswer = 200;
async function post(letter, signal, { fetch, clock }) {
	for (let tries = 1;; tries += 1) {
		const answer = await send(letter, signal, fetch);
		if ("why" in answer) return {
			sent: false,
			why: answer.why
		};
		if (answer.status >= 200 && answer.status < 300) return { sent: true };
		if (!(answer.status === 429 || answer.status >= 500) || tries === 2) return {
			sent: false,
			why: refusal(answer)
		};
		const pause = answer.retryAfterMs ?? pauseMs;
		if (pause > longestPauseMs) return {
			sent: false,
			why: `${refusal(answer)}, and asks for a pause of ${pause / 1e3} s`
		};
		try {
			await clock.sleep(pause, signal);
		} catch {
			return {
				sent: false,
				why: `${refusal(answer)}, and there was no time to ask again`
			};
		}
	}
}
async function send({ to, headers, body }, signal, fetch) {
	try {
		const answer = await fetch(to, {
			method: "POST",
			headers: {
				"content-type": "application/json",
				...headers
			},
			body,
			redirect: "manual",
			signal
		});
		const text = await startOf(answer);
		return {
			status: answer.status,
			text,
			retryAfterMs: retryAfter(answer.headers.get("retry-after"))
		};
	} catch (problem) {
		return { why: signal.aborted ? "it did not answer in time" : `it cannot be reached${codeOf(problem)}` };
	}
}
async function startOf(answer) {
	const reader = answer.body?.getReader();
	const first = await reader?.read();
	await reader?.cancel();
	return new TextDecoder().decode(first?.value ?? new Uint8Array()).slice(0, longestAnswer);
}
function retryAfter(header) {
	return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1e3 : void 0;
}
function refusal({ status, text }) {
	const code = /^[a-z_]{1,60}$/.exec(text.trim())?.[0];
	return code === void 0 ? `it answered ${status}` : `it answered ${status} ${code}`;
}
function codeOf(problem) {
	const cause = problem instanceof Error ? problem.cause : void 0;
	const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : void 0;
	return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : "";
}
const longest = {
	header: 150,
	section: 3e3,
	context: 300,
	address: 3e3
};
function slackChannel({ webhook, on }, ports) {
	return {
		kind: "slack",
		on,
		send: (notice, signal) => post({
			to: webhook,
			body: JSON.stringify(slackMessage(notice))
		}, signal, ports)
	};
}
function slackMessage(notice) {
	const { title, text, next, link } = notice;
	const plain = (words, most) => ({
		type: "plain_text",
		text: slackText(words, most),
		emoji: false
	});
	const section = (words) => ({
		type: "section",
		text: plain(words, longest.section)
	});
	const facts = [
		notice.environment,
		notice.release > 0 ? `release ${notice.release}` : void 0,
		notice.commit === void 0 ? void 0 : `commit ${notice.commit.slice(0, 12)}`,
		`by ${notice.actor}`
	];
	return {
		text: slackText(title, longest.header),
		blocks: [
			{
				type: "header",
				text: plain(title, longest.header)
			},
			section(text),
			...next === void 0 ? [] : [section(next)],
			{
				type: "context",
				elements: [plain(facts.filter((fact) => fact !== void 0).join(" · "), longest.context)]
			},
			...linkTo(link)
		]
	};
}
function linkTo(link) {
	if (link === void 0 || link.length > longest.address || !URL.canParse(link)) return [];
	const { protocol, href } = new URL(link);
	if (protocol !== "https:" && protocol !== "http:") return [];
	return [{
		type: "section",
		text: {
			type: "mrkdwn",
			text: `<${href.replaceAll("|", "%7C").replaceAll("&", "&amp;").replaceAll("<", "%3C").replaceAll(">", "%3E")}|Open the run>`
		}
	}];
}
function slackText(untrusted, most) {
	let text = "";
	for (const character of plainText(untrusted)) {
		const escaped = entities[character] ?? character;
		if (text.length + escaped.length > most - 1) return `${text}…`;
		text += escaped;
	}
	return text === "" ? " " : text;
}
const entities = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	"@": "@​",
	"#": "#​"
};
const signatureHeader = "x-sluice-signature-256";
function webhookChannel({ url, secret, on }, ports) {
	return {
		kind: "webhook",
		on,
		send(notice, signal) {
			const body = JSON.stringify(webhookBody(notice));
			const headers = secret === void 0 ? {} : { [signatureHeader]: signatureOf(body, secret) };
			return post({
				to: url,
				headers,
				body
			}, signal, ports);
		}
	};
}
const webhookBody = ({ at, ...notice }) => ({
	"schema-version": 1,
	...notice,
	at: new Date(at).toISOString()
});
function signatureOf(body, secret) {
	const { createHmac } = process.getBuiltinModule("node:crypto");
	return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
function openChannels({ slack, webhook }, ports) {
	const channels = [];
	const problems = [];
	const addressOf = (kind, text) => {
		ports.mask(text);
		if (checkAddress.safeParse(text).success) return new URL(text);
		problems.push(`${kind}: its address (not shown) is not an https address without user, password or fragment.`);
	};
	if (slack !== void 0) {
		const address = addressOf("slack", slack.webhook);
		if (address !== void 0) channels.push(slackChannel({
			webhook: address,
			on: slack.on ?? noticeEvents
		}, ports));
	}
	if (webhook !== void 0) {
		const { secret, on = noticeEvents } = webhook;
		if (secret !== void 0) ports.mask(secret);
		const url = addressOf("webhook", webhook.url);
		if (url !== void 0) channels.push(webhookChannel({
			url,
			secret,
			on
		}, ports));
	}
	return {
		channels,
		problems
	};
}
export { openChannels };
