import { m as ProviderError, p as InputError } from "./words.js";
import { a as said, i as program, n as hostEnv, o as shellLine, r as lostCommand, t as commandStarter } from "./session2.js";
import path from "node:path";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
const connectWithinSeconds = 10;
const idleSeconds = 120;
const forwardTries = 20;
const standing = new Set();
function endsWithUs(end) {
	if (standing.size === 0 && process.listeners("exit").every((listener) => listener !== endAll)) process.on("exit", endAll);
	standing.add(end);
}
function endAll() {
	for (const end of [...standing]) end();
}
function sshSession(options, ports) {
	const { label } = options;
	const { user, host, port } = destinationOf(options);
	const env = {
		...hostEnv(ports.env),
		...options.key === void 0 && ports.env["SSH_AUTH_SOCK"] !== void 0 ? { SSH_AUTH_SOCK: ports.env["SSH_AUTH_SOCK"] } : {}
	};
	const starter = commandStarter(label, ports, env);
	const forwardings = new Map();
	let connection;
	const settings = (directory) => Object.entries({
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
		ConnectTimeout: String(connectWithinSeconds),
		ServerAliveInterval: "5",
		ServerAliveCountMax: "3",
		ForwardAgent: "no",
		LogLevel: "ERROR",
		ControlPath: path.join(directory, "c"),
		ControlPersist: String(idleSeconds)
	}).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
	const client = (directory, ...more) => [
		"ssh",
		"-F",
		"none",
		...settings(directory),
		"-p",
		String(port),
		"-l",
		user,
		...more
	];
	const through = (directory, ...more) => client(directory, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", ...more);
	const exec = async (words, timeoutMs) => {
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
		const directory = await mkdtemp(path.join(tmpdir(), "sluice-ssh-"));
		const key = path.join(directory, "key");
		let master;
		const end = () => {
			standing.delete(end);
			if (master !== void 0) endProcess(master);
			rmSync(directory, {
				recursive: true,
				force: true
			});
		};
		endsWithUs(end);
		let checked;
		try {
			await writeFile(path.join(directory, "known_hosts"), endingInNewline(options.knownHosts), { mode: 384 });
			if (options.key !== void 0) await writeFile(key, endingInNewline(options.key), { mode: 384 });
			const check = async () => {
				const { stderr } = await exec([
					...through(directory, "-O", "check"),
					"--",
					host
				], 1e4);
				const [, pid] = /pid=(\d+)/.exec(stderr) ?? [];
				master = pid === void 0 ? void 0 : Number(pid);
			};
			const prefix = (words) => [
				...checked === void 0 ? client(directory, "-o", "ControlMaster=yes") : through(directory),
				"--",
				host,
				shellLine(words)
			];
			const { began, result, stderr } = await starter.start(prefix, command, runOptions, () => {
				rmSync(key, { force: true });
				checked = check().catch(() => void 0);
				stands({
					directory,
					end
				});
			});
			await checked;
			if (result !== void 0) return result;
			throw began ? lostCommand(label, stderr) : cannotConnect(options, stderr);
		} catch (problem) {
			if (checked === void 0) end();
			throw isMissing(problem) ? noClient(problem) : problem;
		} finally {
			rmSync(key, { force: true });
		}
	}
	function open(command, runOptions) {
		const opening = Promise.withResolvers();
		connection = opening.promise;
		opening.promise.catch(() => {
			if (connection === opening.promise) connection = void 0;
		});
		const opened = begin(command, runOptions, opening.resolve);
		opened.catch(opening.reject);
		return opened;
	}
	const connected = async () => {
		if (connection === void 0) await open(["true"], {});
		return connection ?? connected();
	};
	const reconnected = async (old) => {
		if (await connected() === old) {
			old.end();
			connection = void 0;
			forwardings.clear();
		}
		return connected();
	};
	async function forward(to, toPort) {
		const current = await connected();
		let last = "";
		for (let attempt = 0; attempt < forwardTries; attempt += 1) {
			const local = 2e4 + Math.floor(ports.random() * 12e3);
			const opened = await exec([
				...through(current.directory, "-O", "forward", "-L", `127.0.0.1:${local}:${to}:${toPort}`),
				"--",
				host
			], 1e4);
			if (opened.code === 0) return {
				host: "127.0.0.1",
				port: local
			};
			last = opened.stderr;
			if ((await exec([
				...through(current.directory, "-O", "check"),
				"--",
				host
			], 1e4)).code !== 0) await reconnected(current);
		}
		throw new ProviderError("ssh", `No port of this machine could be forwarded to ${to}:${toPort} of host ${label}${said(last)}.`);
	}
	return {
		label,
		async run(command, runOptions = {}) {
			if (connection === void 0) return open(command, runOptions);
			let current = await connected();
			for (let attempt = 1;; attempt += 1) {
				const { directory } = current;
				const prefix = (words) => [
					...through(directory),
					"--",
					host,
					shellLine(words)
				];
				const { began, result, stderr } = await starter.start(prefix, command, runOptions);
				if (result !== void 0) return result;
				if (began) throw lostCommand(label, stderr);
				if (attempt === 2) throw cannotConnect(options, stderr);
				current = await reconnected(current);
			}
		},
		async words(command) {
			const { directory } = await connected();
			return [
				...through(directory),
				"--",
				host,
				shellLine(command)
			];
		},
		forward(to, toPort) {
			const place = `${to}:${toPort}`;
			const opened = forwardings.get(place) ?? forward(to, toPort);
			forwardings.set(place, opened);
			opened.catch(() => forwardings.delete(place));
			return opened;
		},
		async close() {
			const open = connection;
			connection = void 0;
			forwardings.clear();
			(await open?.catch(() => void 0))?.end();
		}
	};
}
function destinationOf({ destination, label }) {
	const [, user, host, port = "22"] = /^([^@\s-][^@\s]*)@([^@\s:-][^@\s:]*)(?::(\d{1,5}))?$/.exec(destination) ?? [];
	if (user === void 0 || host === void 0 || Number(port) > 65535) throw new InputError(`Where host ${label} is has to be written as user@host or user@host:port.`);
	return {
		user,
		host,
		port: Number(port)
	};
}
const isMissing = (problem) => problem instanceof ProviderError && problem.cause instanceof Error && "code" in problem.cause && problem.cause.code === "ENOENT";
const noClient = (cause) => new ProviderError("ssh", "There is no `ssh` on this machine; install the OpenSSH client.", { cause });
function endProcess(pid) {
	try {
		process.kill(pid, "SIGTERM");
	} catch {}
}
const endingInNewline = (text) => `${text.replaceAll("\r\n", "\n").trimEnd()}\n`;
function cannotConnect({ label, destination }, stderr) {
	const place = `Host ${label} (${destination})`;
	if (/HOST IDENTIFICATION HAS CHANGED/i.test(stderr)) return new ProviderError("ssh", `${place} shows another key than the one in \`known-hosts\`. If the host was set up anew, put its new key there; otherwise somebody stands between. Nothing was sent.`, { status: "host-key-changed" });
	if (/Host key verification failed|host key is known|No matching host key|no .* host key/i.test(stderr)) return new InputError(`${place} is not in \`known-hosts\`. Add its line (\`ssh-keyscan\` on a network you trust prints it) and compare the key with the host's own. Nothing was sent.`);
	if (/error in libcrypto|invalid format|Load key/i.test(stderr)) return new InputError(`The private key under \`ssh.key\` cannot be read; store the whole file, from its BEGIN to its END line.`);
	if (/Permission denied|Too many authentication failures/i.test(stderr)) return new ProviderError("ssh", `${place} does not accept the key. Add its public half to the user's authorized_keys, or mend the secret under \`ssh.key\`.`, { status: "auth-refused" });
	return new ProviderError("ssh", `${place} cannot be reached${said(stderr)}. Is it up, and may this runner reach its SSH port?`, {
		status: "unreachable",
		retryable: true
	});
}
export { sshSession };
