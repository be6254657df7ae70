import { t as noticeEvents } from "./channel.js";
import { P as checkAddress } from "./runbook-keys.js";
import { r as plainText } from "./words.js";
async function post(letter, signal, { fetch, clock }) {
for (let tries = 1;; tries += 1) {
let answer = await send(letter, signal, fetch);
if ("why" in answer) return {
sent: !1,
why: answer.why
};
if (answer.status >= 200 && answer.status < 300) return { sent: !0 };
if (!(answer.status === 429 || answer.status >= 500) || tries === 2) return {
sent: !1,
why: refusal(answer)
};
let pause = answer.retryAfterMs ?? 500;
if (pause > 2500) return {
sent: !1,
why: `${refusal(answer)}, and asks for a pause of ${pause / 1e3} s`
};
try {
await clock.sleep(pause, signal);
} catch {
return {
sent: !1,
why: `${refusal(answer)}, and there was no time to ask again`
};
}
}
}
async function send({ to, headers, body }, signal, fetch) {
try {
let answer = await fetch(to, {
method: "POST",
headers: {
"content-type": "application/json",
...headers
},
body,
redirect: "manual",
signal
}), text = await startOf(answer);
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
let reader = answer.body?.getReader(), first = await reader?.read();
return await reader?.cancel(), new TextDecoder().decode(first?.value ?? new Uint8Array()).slice(0, 200);
}
function retryAfter(header) {
return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1e3 : void 0;
}
function refusal({ status, text }) {
let code = /^[a-z_]{1,60}$/.exec(text.trim())?.[0];
return code === void 0 ? `it answered ${status}` : `it answered ${status} ${code}`;
}
function codeOf(problem) {
let cause = problem instanceof Error ? problem.cause : void 0, code = typeof cause == "object" && cause && "code" in cause ? cause.code : void 0;
return typeof code == "string" && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : "";
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
let { title, text, next, link } = notice, plain = (words, most) => ({
type: "plain_text",
text: slackText(words, most),
emoji: !1
}), section = (words) => ({
type: "section",
text: plain(words, longest.section)
}), facts = [
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
let { protocol, href } = new URL(link);
return protocol !== "https:" && protocol !== "http:" ? [] : [{
type: "section",
text: {
type: "mrkdwn",
text: `<${href.replaceAll("|", "%7C").replaceAll("&", "&amp;").replaceAll("<", "%3C").replaceAll(">", "%3E")}|Open the run>`
}
}];
}
function slackText(untrusted, most) {
let text = "";
for (let character of plainText(untrusted)) {
let escaped = entities[character] ?? character;
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
function webhookChannel({ url, secret, on }, ports) {
return {
kind: "webhook",
on,
send(notice, signal) {
let body = JSON.stringify(webhookBody(notice));
return post({
to: url,
headers: secret === void 0 ? {} : { "x-sluice-signature-256": signatureOf(body, secret) },
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
let { createHmac } = process.getBuiltinModule("node:crypto");
return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
function openChannels({ slack, webhook }, ports) {
let channels = [], problems = [], addressOf = (kind, text) => {
if (ports.mask(text), checkAddress.safeParse(text).success) return new URL(text);
problems.push(`${kind}: its address (not shown) is not an https address without user, password or fragment.`);
};
if (slack !== void 0) {
let address = addressOf("slack", slack.webhook);
address !== void 0 && channels.push(slackChannel({
webhook: address,
on: slack.on ?? noticeEvents
}, ports));
}
if (webhook !== void 0) {
let { secret, on = noticeEvents } = webhook;
secret !== void 0 && ports.mask(secret);
let url = addressOf("webhook", webhook.url);
url !== void 0 && channels.push(webhookChannel({
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
