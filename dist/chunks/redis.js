import { h as ProviderError, m as InputError, r as plainText } from "./words.js";
import { t as exchange } from "./exchange2.js";
import { n as noData, t as isNoData } from "./no-data.js";
import { t as runningTotals } from "./running-totals.js";
const FIELD = {
memory: "used_memory",
clients: "connected_clients"
}, PASSING = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/;
function redisProvider({ url, via, measure }, ports, saved) {
let server = serverAt(url), totals = runningTotals(via ?? server.name, saved), source = `Redis at ${server.name}, shared by all versions`;
return {
kind: "redis",
totals: totals.save,
async measure(_window, { version }) {
let at = ports.clock.now(), info = await readInfo(server, ports.cancelled);
if (isNoData(info)) return info;
let stamp = {
observedAt: at,
version,
source
};
if (measure !== "misses") {
let value = numberOf(info, FIELD[measure]);
return value === void 0 ? noData("no-series", `${source} says no \`${FIELD[measure]}\`.`) : {
kind: "value",
value,
window: {
from: at,
to: at
},
...stamp
};
}
let [hits, misses] = [numberOf(info, "keyspace_hits"), numberOf(info, "keyspace_misses")];
if (hits === void 0 || misses === void 0) return noData("no-series", `${source} says no \`keyspace_hits\` and \`keyspace_misses\`.`);
let run = info.get("run_id") ?? "", increase = totals.add(version, {
at,
totals: {
[`hits ${run}`]: hits,
[`misses ${run}`]: misses
}
});
if (increase.from === void 0) return increase.reason === "first-look" ? noData("first-look", `${source} was read for the first time; the next look compares.`) : noData("counter-reset", `${source} counts from anew: it restarted, or its statistics were reset.`);
let [newHits = 0, newMisses = 0] = Object.values(increase.totals);
return {
kind: "counts",
bad: newMisses,
total: newHits + newMisses,
window: {
from: increase.from,
to: at
},
...stamp
};
}
};
}
function serverAt(address) {
let url = URL.canParse(address) ? new URL(address) : void 0;
if (url === void 0 || !/^rediss?:$/.test(url.protocol) || url.hostname === "") throw new InputError("The address of Redis (not shown) must look like redis://user:password@host:6379.");
let host = url.hostname.replace(/^\[(.*)\]$/, "$1"), port = url.port === "" ? 6379 : Number(url.port), [user, password] = [url.username, url.password].map(decoded), login = password ? [...user ? [user] : [], password] : [];
return {
peer: { at: {
host,
port,
tls: url.protocol === "rediss:"
} },
login,
name: `${url.hostname}:${port}`
};
}
function decoded(text) {
try {
return decodeURIComponent(text);
} catch {
throw new InputError("The user or password in the address of Redis (not shown) holds a `%` that encodes nothing; write it as `%25`.");
}
}
const command = (...words) => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
async function readInfo({ peer, login, name }, cancelled) {
let commands = [...login.length > 0 ? [command("AUTH", ...login)] : [], command("INFO")], count = commands.length;
try {
return infoIn(repliesIn(await exchange(peer, commands.join(""), (bytes) => {
let replies = repliesIn(bytes);
return replies.length === count || replies.some((reply) => "error" in reply);
}, cancelled)), count, name);
} catch (error) {
if (error instanceof ProviderError) throw error;
return noData("unreachable", `Redis at ${name} did not answer: ${error instanceof Error ? error.message : "unknown"}.`);
}
}
function repliesIn(bytes) {
let replies = [];
for (let at = 0; at < bytes.length;) {
let end = bytes.indexOf("\r\n", at);
if (end === -1) break;
let kind = String.fromCharCode(bytes[at] ?? 0), line = bytes.toString("utf8", at + 1, end);
if (at = end + 2, kind === "+") replies.push({ text: line });
else if (kind === "$" && /^\d{1,7}$/.test(line)) {
let length = Number(line);
if (bytes.length < at + length + 2) break;
replies.push({ text: bytes.toString("utf8", at, at + length) }), at += length + 2;
} else return [...replies, { error: kind === "-" ? line : "it does not speak Redis' protocol" }];
}
return replies;
}
function infoIn(replies, count, name) {
for (let reply of replies) {
if (!("error" in reply)) continue;
let said = `Redis at ${name} answered: ${plainText(reply.error).slice(0, 100).replace(/\.$/, "")}.`;
if (PASSING.test(reply.error)) return noData("unreachable", said);
if (/^(NOAUTH|WRONGPASS|NOPERM|ERR)\b/.test(reply.error)) throw new ProviderError("redis", `${said} Check the user and password in its address.`, { status: reply.error.split(" ", 1)[0] ?? "ERR" });
return noData("unparsable", said);
}
let last = replies[count - 1];
return last === void 0 || !("text" in last) ? noData("unreachable", `Redis at ${name} ended before it answered.`) : new Map(last.text.split("\r\n").flatMap((line) => {
let colon = line.indexOf(":");
return colon > 0 && !line.startsWith("#") ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
}));
}
const numberOf = (info, field) => {
let text = info.get(field) ?? "";
return /^\d{1,15}$/.test(text) ? Number(text) : void 0;
};
export { redisProvider };
