import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { InputError, ProviderError } from "../../src/failure.ts";
import { sshSession } from "../../src/host/ssh.ts";
import { type SshServer, sshProgram, startSshServer } from "../../src/rehearsal/host-twin/sshd.ts";
import { freePort } from "../../src/rehearsal/version-process.ts";
import { runnerPorts } from "../../src/runner/ports.ts";
import { eventually, processExists } from "../rehearsal/tiny-commit.ts";

const skip = sshProgram() === undefined ? "no sshd is installed (Debian package openssh-server)" : false;
const never = new AbortController().signal;

const foldersLeft = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sluice-ssh-"));

describe("a session with a real OpenSSH server", { skip }, () => {
  let directory = "";
  let server: SshServer;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-sshd-"));
    server = await startSshServer({ directory, env: { GREETING: "hello" } });
  });
  after(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const open = (more: Partial<Parameters<typeof sshSession>[0]> = {}, cancelled = never) =>
    sshSession(
      { label: "web-1", destination: server.destination, knownHosts: server.knownHosts, key: server.key, ...more },
      { ...runnerPorts(cancelled), env: { PATH: process.env["PATH"], HOME: process.env["HOME"] } },
    );

  test("a command gets its words as they are, whatever they hold", async () => {
    const session = open();
    const words = ["$(touch /tmp/no)", "a b", "it's", "`id`", "; exit 3", "*", "", "-n", "é\n2"];
    const { code, stdout } = await session.run(["printf", "<%s>", ...words]);
    assert.equal(code, 0);
    assert.equal(stdout, words.map((word) => `<${word}>`).join(""));
    await session.close();
  });

  test("standard input, exit codes and the two outputs are kept apart", async () => {
    const session = open();
    const result = await session.run(["sh", "-c", 'cat; echo "$GREETING" >&2; exit 255'], { stdin: "secret" });
    assert.deepEqual(result, { code: 255, stdout: "secret", stderr: "hello\n" });
    await session.close();
  });

  test("all commands share one connection, at most six of them at a time", async () => {
    const session = open();
    const results = await Promise.all(
      Array.from({ length: 25 }, () => session.run(["sh", "-c", 'echo "$SSH_CONNECTION"; sleep 0.05'])),
    );
    assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
    await session.close();
  });

  test("nothing of the key stays: not while the session is open, and no folder or process after it", async () => {
    const before = foldersLeft();
    const session = open();
    await session.run(["true"]);
    const folder = foldersLeft().find((name) => !before.includes(name)) ?? "";
    assert.deepEqual(readdirSync(path.join(tmpdir(), folder)).sort(), ["c", "known_hosts"]);
    const [, pid] =
      /pid=(\d+)/.exec(
        execFileSync("sh", ["-c", `ssh -F none -S ${path.join(tmpdir(), folder)}/c -O check x 2>&1`], {
          encoding: "utf8",
        }),
      ) ?? [];
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    assert.ok(!line.includes("PRIVATE KEY"));
    await session.close();
    assert.deepEqual(foldersLeft(), before);
    await eventually("the connection's process has ended", () => !processExists(Number(pid)));
  });

  test("a command that takes too long is ended on the host", async () => {
    const session = open();
    const { code, stdout } = await session.run(["sh", "-c", "echo $$; exec sleep 60"], { withinMs: 1_000 });
    assert.equal(code, 124);
    assert.equal(processExists(Number(stdout)), false);
    await session.close();
  });

  test("a cancelled job ends a command on the host, and what gives traffic back still runs", async () => {
    const cancel = new AbortController();
    const session = open({}, cancel.signal);
    const file = path.join(directory, "long.pid");
    const long = session.run(["sh", "-c", `echo $$ > '${file}'; sleep 60; echo late`], {
      withinMs: 70_000,
      endOnCancel: true,
    });
    await eventually("the command runs", async () => (await session.run(["test", "-s", file])).code === 0);
    cancel.abort(new Error("cancelled"));
    assert.notEqual((await long).code, 0);
    assert.equal(processExists(Number(readFileSync(file, "utf8"))), false);
    assert.equal((await session.run(["echo", "back"])).stdout, "back\n");
    await assert.rejects(session.run(["true"], { endOnCancel: true }), /cancelled/);
    await session.close();
  });

  test("a port of the host's network answers here, through the same connection, and is opened once", async () => {
    const port = await freePort();
    const inside = createServer((_request, response) => response.end("from inside")).listen(port, "127.0.0.1");
    const session = open();
    const [first, second] = await Promise.all([session.forward("127.0.0.1", port), session.forward("127.0.0.1", port)]);
    assert.deepEqual(first, second);
    assert.notEqual(first.port, port);
    assert.equal(await (await fetch(`http://${first.host}:${first.port}`)).text(), "from inside");
    await session.close();
    inside.close();
    inside.closeAllConnections();
  });

  test("a connection lost while a command runs is unknown; the next command makes it anew", async () => {
    const session = open();
    await session.run(["true"]);
    const file = path.join(directory, "lost.began");
    const lost = session.run(["sh", "-c", `touch '${file}'; sleep 3`], { withinMs: 8_000 });
    await eventually("the command runs", () => existsSync(file));
    server.cut();
    await assert.rejects(
      lost,
      (error) =>
        error instanceof ProviderError && error.status === "connection-lost" && /web-1.*unknown/.test(error.message),
    );
    assert.equal((await session.run(["echo", "again"])).stdout, "again\n");
    await session.close();
  });

  test("another host key than the pinned one: nothing is sent", async () => {
    const other = await startSshServer({ directory: path.join(directory, "other") });
    await other.stop();
    const knownHosts = `${server.knownHosts.split(" ")[0]} ${other.knownHosts.split(" ").slice(1).join(" ")}`;
    await assert.rejects(
      open({ knownHosts }).run(["true"]),
      (error) =>
        error instanceof ProviderError && error.status === "host-key-changed" && /another key/.test(error.message),
    );
  });

  test("a host that is not pinned at all is refused, with the way to mend it", async () => {
    await assert.rejects(
      open({ knownHosts: "example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGzc" }).run(["true"]),
      (error) => error instanceof InputError && /is not in `known-hosts`/.test(error.message),
    );
  });

  test("a key that is not let in, one that cannot be read, and a host that does not answer", async () => {
    const other = await startSshServer({ directory: path.join(directory, "stranger") });
    await other.stop();
    await assert.rejects(
      open({ key: other.key }).run(["true"]),
      (error) =>
        error instanceof ProviderError && error.status === "auth-refused" && /authorized_keys/.test(error.message),
    );
    await assert.rejects(
      open({ key: "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n-----END OPENSSH PRIVATE KEY-----" }).run(["true"]),
      (error) => error instanceof InputError && /cannot be read/.test(error.message) && !/nonsense/.test(error.message),
    );
    const destination = server.destination.replace(/\d+$/, String(await freePort()));
    await assert.rejects(
      open({ destination }).run(["true"]),
      (error) => error instanceof ProviderError && error.status === "unreachable" && error.retryable,
    );
    assert.throws(() => open({ destination: "-oProxyCommand=id@host" }), InputError);
  });
});
