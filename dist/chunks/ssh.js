import { h as ProviderError, m as InputError } from "./words.js";
import { a as said, i as program, n as hostEnv, o as shellLine, r as lostCommand, t as commandStarter } from "./session2.js";
import path from "node:path";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
const standing = new Set();
function endsWithUs(end) {
standing.size === 0 && process.listeners("exit").every((listener) => listener !== endAll) && process.on("exit", endAll), standing.add(end);
}
function endAll() {
for (let end of [...standing]) end();
}
function sshSession(options, ports) {
let { label } = options, { user, host, port } = destinationOf(options), env = {
...hostEnv(ports.env),
...options.key === void 0 && ports.env.SSH_AUTH_SOCK !== void 0 ? { SSH_AUTH_SOCK: ports.env.SSH_AUTH_SOCK } : {}
}, starter = commandStarter(label, ports, env), forwardings = new Map(), connection, settings = (directory) => Object.entries({
BatchMode: "yes",
StrictHostKeyChecking: "yes",
UserKnownHostsFile: path.join(directory, "known_hosts"),
GlobalKnownHostsFile: "/dev/null",
UpdateHostKeys: "no",
PreferredAuthentications: "publickey",
...options.key === void 0 ? {} : {
IdentityFile: path.join(directory, "key"),
IdentityAgent: "none",
IdentitiesOnly: "yes"
},
ConnectTimeout: "10",
ServerAliveInterval: "5",
ServerAliveCountMax: "3",
ForwardAgent: "no",
LogLevel: "ERROR",
ControlPath: path.join(directory, "c"),
ControlPersist: "120"
}).flatMap(([name, value]) => ["-o", `${name}=${value}`]), client = (directory, ...more) => [
"ssh",
"-F",
"none",
...settings(directory),
"-p",
String(port),
"-l",
user,
...more
], through = (directory, ...more) => client(directory, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", ...more), exec = async (words, timeoutMs) => {
try {
return await ports.exec(...program(words), {
env,
timeoutMs
});
} catch (problem) {
throw noClient(problem);
}
};
async function begin(command, runOptions, stands) {
let directory = await mkdtemp(path.join(tmpdir(), "sluice-ssh-")), key = path.join(directory, "key"), master, end = () => {
standing.delete(end), master !== void 0 && endProcess(master), rmSync(directory, {
recursive: !0,
force: !0
});
};
endsWithUs(end);
let checked;
try {
await writeFile(path.join(directory, "known_hosts"), endingInNewline(options.knownHosts), { mode: 384 }), options.key !== void 0 && await writeFile(key, endingInNewline(options.key), { mode: 384 });
let check = async () => {
let { stderr } = await exec([
...through(directory, "-O", "check"),
"--",
host
], 1e4), [, pid] = /pid=(\d+)/.exec(stderr) ?? [];
master = pid === void 0 ? void 0 : Number(pid);
}, { began, result, stderr } = await starter.start((words) => [
...checked === void 0 ? client(directory, "-o", "ControlMaster=yes") : through(directory),
"--",
host,
shellLine(words)
], command, runOptions, () => {
rmSync(key, { force: !0 }), checked = check().catch(() => void 0), stands({
directory,
end
});
});
if (await checked, result !== void 0) return result;
throw began ? lostCommand(label, stderr) : cannotConnect(options, stderr);
} catch (problem) {
throw checked === void 0 && end(), isMissing(problem) ? noClient(problem) : problem;
} finally {
rmSync(key, { force: !0 });
}
}
function open(command, runOptions) {
let opening = Promise.withResolvers();
connection = opening.promise, opening.promise.catch(() => {
connection === opening.promise && (connection = void 0);
});
let opened = begin(command, runOptions, opening.resolve);
return opened.catch(opening.reject), opened;
}
let connected = async () => (connection === void 0 && await open(["true"], {}), connection ?? connected()), reconnected = async (old) => (await connected() === old && (old.end(), connection = void 0, forwardings.clear()), connected());
async function forward(to, toPort) {
let current = await connected(), last = "";
for (let attempt = 0; attempt < 20; attempt += 1) {
let local = 2e4 + Math.floor(ports.random() * 12e3), opened = await exec([
...through(current.directory, "-O", "forward", "-L", `127.0.0.1:${local}:${to}:${toPort}`),
"--",
host
], 1e4);
if (opened.code === 0) return {
host: "127.0.0.1",
port: local
};
last = opened.stderr, (await exec([
...through(current.directory, "-O", "check"),
"--",
host
], 1e4)).code !== 0 && await reconnected(current);
}
throw new ProviderError("ssh", `No port of this machine could be forwarded to ${to}:${toPort} of host ${label}${said(last)}.`);
}
return {
label,
async run(command, runOptions = {}) {
if (connection === void 0) return open(command, runOptions);
let current = await connected();
for (let attempt = 1;; attempt += 1) {
let { directory } = current, { began, result, stderr } = await starter.start((words) => [
...through(directory),
"--",
host,
shellLine(words)
], command, runOptions);
if (result !== void 0) return result;
if (began) throw lostCommand(label, stderr);
if (attempt === 2) throw cannotConnect(options, stderr);
current = await reconnected(current);
}
},
async words(command) {
let { directory } = await connected();
return [
...through(directory),
"--",
host,
shellLine(command)
];
},
forward(to, toPort) {
let place = `${to}:${toPort}`, opened = forwardings.get(place) ?? forward(to, toPort);
return forwardings.set(place, opened), opened.catch(() => forwardings.delete(place)), opened;
},
async close() {
let open = connection;
connection = void 0, forwardings.clear(), (await open?.catch(() => void 0))?.end();
}
};
}
function destinationOf({ destination, label }) {
let [, user, host, port = "22"] = /^([^@\s-][^@\s]*)@([^@\s:-][^@\s:]*)(?::(\d{1,5}))?$/.exec(destination) ?? [];
if (user === void 0 || host === void 0 || Number(port) > 65535) throw new InputError(`Where host ${label} is has to be written as user@host or user@host:port.`);
return {
user,
host,
port: Number(port)
};
}
const isMissing = (problem) => problem instanceof ProviderError && problem.cause instanceof Error && "code" in problem.cause && problem.cause.code === "ENOENT", noClient = (cause) => new ProviderError("ssh", "There is no `ssh` on this machine; install the OpenSSH client.", { cause });
function endProcess(pid) {
try {
process.kill(pid, "SIGTERM");
} catch {}
}
const endingInNewline = (text) => `${text.replaceAll("\r\n", "\n").trimEnd()}\n`;
function cannotConnect({ label, destination }, stderr) {
let place = `Host ${label} (${destination})`;
return /HOST IDENTIFICATION HAS CHANGED/i.test(stderr) ? new ProviderError("ssh", `${place} shows another key than the one in \`known-hosts\`. If the host was set up anew, put its new key there; otherwise somebody stands between. Nothing was sent.`, { status: "host-key-changed" }) : /Host key verification failed|host key is known|No matching host key|no .* host key/i.test(stderr) ? new InputError(`${place} is not in \`known-hosts\`. Add its line (\`ssh-keyscan\` on a network you trust prints it) and compare the key with the host's own. Nothing was sent.`) : /error in libcrypto|invalid format|Load key/i.test(stderr) ? new InputError("The private key under `ssh.key` cannot be read; store the whole file, from its BEGIN to its END line.") : /Permission denied|Too many authentication failures/i.test(stderr) ? new ProviderError("ssh", `${place} does not accept the key. Add its public half to the user's authorized_keys, or mend the secret under \`ssh.key\`.`, { status: "auth-refused" }) : new ProviderError("ssh", `${place} cannot be reached${said(stderr)}. Is it up, and may this runner reach its SSH port?`, {
status: "unreachable",
retryable: !0
});
}
export { sshSession };
