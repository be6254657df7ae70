import { h as ProviderError, m as InputError } from "./words.js";
function parseDatabaseUrl(url, purpose) {
let parsed = URL.canParse(url) ? new URL(url) : void 0;
if (parsed === void 0 || !["postgres:", "postgresql:"].includes(parsed.protocol) || parsed.hostname === "") {
let found = parsed === void 0 ? "is not a URL" : `starts with ${parsed.protocol}//`;
throw new InputError(`The database URL ${found}; expected postgresql://user:password@host:5432/database. Check the DATABASE_URL secret.`);
}
let port = parsed.port === "" ? 5432 : Number(parsed.port), database = decoded(parsed, () => decodeURI(parsed.pathname.slice(1))), host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
if (database === "" || parsed.username === "") throw new InputError(`The database URL for ${parsed.host} names no ${database === "" ? "database" : "user"}; expected postgresql://user:password@host:5432/database.`);
if (port === 6543 || parsed.searchParams.get("pgbouncer") === "true") throw new InputError(`${purpose} needs a session of its own, but ${parsed.host} is a transaction pooler. Use the direct connection or the session pooler (usually port 5432).`);
for (let name of ["password", "user"]) if (parsed.searchParams.has(name)) throw new InputError(`The database URL for ${parsed.host} says its ${name} behind the question mark, where it is not kept out of logs and lists of processes as the one in front of the host is. Write postgresql://user:password@host:5432/database.`);
return {
url,
host,
port,
database,
user: decoded(parsed, () => decodeURIComponent(parsed.username)),
password: decoded(parsed, () => decodeURIComponent(parsed.password)),
name: `${parsed.hostname}:${port}/${database}`
};
}
function decoded(url, decode) {
try {
return decode();
} catch {
throw new InputError(`The database URL for ${url.host} has a "%" that begins no encoded character; write "%25" for a percent sign.`);
}
}
async function connect(address, applicationName, ports, { pipeline = !1 } = {}) {
address.password !== "" && ports.mask(address.password);
let { default: pg } = await import("./pg.js"), client = new pg.Client({
connectionString: address.url,
application_name: applicationName,
connectionTimeoutMillis: 15e3,
keepAlive: !0,
pipeline
});
client.on("error", () => {});
try {
return await client.connect(), client;
} catch (error) {
throw await client.end().catch(() => {}), connectionFailure(address, error);
}
}
async function noticeWhenGone(client) {
let statement = "set client_connection_check_interval to '1s'";
try {
return await client.query(statement), statement;
} catch {
return;
}
}
async function withConnection(address, applicationName, ports, use, options) {
let client = await connect(address, applicationName, ports, options);
try {
return await use(client);
} finally {
await client.end().catch(() => {});
}
}
const supabaseDirect = /^db\.[a-z0-9]+\.supabase\.co$/, unreachable = new Set([
"ENETUNREACH",
"EHOSTUNREACH",
"ENOTFOUND",
"EAI_AGAIN",
"ETIMEDOUT"
]);
function connectionFailure(address, error) {
let { code, message } = describeError(error), refused = /^(28|3D)/.test(code ?? ""), mend = refused ? "Check user, password and database name in the database URL." : supabaseDirect.test(address.host) && unreachable.has(code ?? "") ? "This is Supabase's direct address, which has IPv6 only, and GitHub's runners have no IPv6: use the address of the session pooler (port 5432)." : "Check host and port in the database URL, and that this machine may reach the server.";
return new ProviderError("postgres", `No connection to ${address.name}: ${message}. ${mend}`, {
...code !== void 0 && { status: code },
retryable: !refused,
cause: error
});
}
function describeError(error) {
let first = error instanceof AggregateError ? error.errors[0] : error, fields = typeof first == "object" && first ? first : {}, field = (name) => {
let value = Reflect.get(fields, name);
return typeof value == "string" && value !== "" ? value : void 0;
}, position = field("position");
return {
code: field("code"),
message: field("message") ?? String(error),
detail: field("detail"),
hint: field("hint"),
position: position === void 0 ? void 0 : Number(position)
};
}
export { withConnection as a, parseDatabaseUrl as i, describeError as n, noticeWhenGone as r, connect as t };
