import { m as ProviderError, p as InputError } from "./words.js";
const connectWithinMs = 15e3;
const transactionPoolerPort = 6543;
function parseDatabaseUrl(url, purpose) {
	const parsed = URL.canParse(url) ? new URL(url) : void 0;
	if (parsed === void 0 || !["postgres:", "postgresql:"].includes(parsed.protocol) || parsed.hostname === "") {
		const found = parsed === void 0 ? "is not a URL" : `starts with ${parsed.protocol}//`;
		throw new InputError(`The database URL ${found}; expected postgresql://user:password@host:5432/database. Check the DATABASE_URL secret.`);
	}
	const port = parsed.port === "" ? 5432 : Number(parsed.port);
	const database = decoded(parsed, () => decodeURI(parsed.pathname.slice(1)));
	const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
	if (database === "" || parsed.username === "") throw new InputError(`The database URL for ${parsed.host} names no ${database === "" ? "database" : "user"}; expected postgresql://user:password@host:5432/database.`);
	if (port === transactionPoolerPort || parsed.searchParams.get("pgbouncer") === "true") throw new InputError(`${purpose} needs a session of its own, but ${parsed.host} is a transaction pooler. Use the direct connection or the session pooler (usually port 5432).`);
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
async function connect(address, applicationName, ports, { pipeline = false } = {}) {
	if (address.password !== "") ports.mask(address.password);
	const { default: pg } = await import("./pg.js");
	const client = new pg.Client({
		connectionString: address.url,
		application_name: applicationName,
		connectionTimeoutMillis: connectWithinMs,
		keepAlive: true,
		pipeline
	});
	client.on("error", () => {});
	try {
		await client.connect();
		return client;
	} catch (error) {
		await client.end().catch(() => {});
		throw connectionFailure(address, error);
	}
}
async function noticeWhenGone(client) {
	const statement = "set client_connection_check_interval to '1s'";
	try {
		await client.query(statement);
		return statement;
	} catch {
		return;
	}
}
async function withConnection(address, applicationName, ports, use, options) {
	const client = await connect(address, applicationName, ports, options);
	try {
		return await use(client);
	} finally {
		await client.end().catch(() => {});
	}
}
const supabaseDirect = /^db\.[a-z0-9]+\.supabase\.co$/;
const unreachable = new Set([
	"ENETUNREACH",
	"EHOSTUNREACH",
	"ENOTFOUND",
	"EAI_AGAIN",
	"ETIMEDOUT"
]);
function connectionFailure(address, error) {
	const { code, message } = describeError(error);
	const refused = /^(28|3D)/.test(code ?? "");
	const mend = refused ? "Check user, password and database name in the database URL." : supabaseDirect.test(address.host) && unreachable.has(code ?? "") ? "This is Supabase's direct address, which has IPv6 only, and GitHub's runners have no IPv6: use the address of the session pooler (port 5432)." : "Check host and port in the database URL, and that this machine may reach the server.";
	return new ProviderError("postgres", `No connection to ${address.name}: ${message}. ${mend}`, {
		...code !== void 0 && { status: code },
		retryable: !refused,
		cause: error
	});
}
function describeError(error) {
	const first = error instanceof AggregateError ? error.errors[0] : error;
	const fields = first !== null && typeof first === "object" ? first : {};
	const field = (name) => {
		const value = Reflect.get(fields, name);
		return typeof value === "string" && value !== "" ? value : void 0;
	};
	const position = field("position");
	return {
		code: field("code"),
		message: field("message") ?? String(error),
		detail: field("detail"),
		hint: field("hint"),
		position: position === void 0 ? void 0 : Number(position)
	};
}
export { withConnection as a, parseDatabaseUrl as i, describeError as n, noticeWhenGone as r, connect as t };
