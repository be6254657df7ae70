import { t as minimalEnv } from "./minimal-env.js";
import { r as plainText } from "./words.js";
function databaseVariables(address) {
let sslMode = new URL(address.url).searchParams.get("sslmode");
return {
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
return address.password = "", address.searchParams.has("sslpassword") && (address.searchParams.delete("sslpassword"), address.search = address.search.replaceAll("+", "%20")), address.href;
}
const harmless = (line) => `  | ${plainText(line).replaceAll("\n", " ").replaceAll("##[", "## [")}`, onThisMachine = (address, ports) => ({
address,
run: ({ command, args, directory, env, timeoutMs, take }) => ports.exec("bash", [
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
env: {
...minimalEnv(ports.env),
...databaseVariables(address),
...env
},
signal: ports.cancelled,
...timeoutMs !== void 0 && { timeoutMs },
onLine: shownLines(take, ports)
})
}), shownLines = (take, ports) => (line) => {
take?.(line) !== !0 && ports.log.info(harmless(line));
};
function lastWords({ stderr, stdout, code, signal }, take) {
let lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "" && !take(line)), how = code === null ? `was ended by ${signal}` : `ended with ${code}`, last = plainText(lines.at(-1)?.trim().slice(0, 400) ?? "");
return last === "" ? `${how} and printed nothing.` : `${how}. Its last line is "${last}".`;
}
export { shownLines as i, lastWords as n, onThisMachine as r, databaseVariables as t };
