import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { migrate } from "../../src/database-spec.ts";
import { InputError } from "../../src/failure.ts";
import { parseDatabaseUrl } from "../../src/migration/connection.ts";
import { type DockerStandIn, startDocker } from "../../src/rehearsal/host-twin/docker.ts";
import { type SshServer, sshProgram, startSshServer } from "../../src/rehearsal/host-twin/sshd.ts";
import { compose } from "../../src/target-spec/compose.ts";
import { quietPorts } from "../migration/quiet-ports.ts";
import { alembicProject, python, revision, skip as withoutAlembic } from "./alembic-project.ts";
import { eventually, type Files, startDatabases, writeFiles } from "./database.ts";
import { type Inside, migrateInside } from "./inside-in-child.ts";

const missing = sshProgram() === undefined ? "Debian's openssh-server is not installed" : undefined;
const withoutClient =
  spawnSync("psql", ["--version"]).status === 0 ? undefined : "Debian's postgresql-client is not installed";
const skip = withoutAlembic || (missing ?? withoutClient ?? false);

const composeYaml = `
services:
  api:
    build: .
    image: \${SLUICE_IMAGE}
    environment: { DATABASE_URL: , FLAVOUR: , VERSION: "\${SLUICE_VERSION}" }
    ports: ["127.0.0.1:\${SLUICE_PORT}:8000"]
  other:
    image: elsewhere
`;

/** Fails where the list of processes, which every user of the host can read, shows the password. */
const nothingInTheOpen = `
import glob
from urllib.parse import urlsplit
secret = urlsplit(os.environ["DATABASE_URL"]).password.encode()
for file in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        assert secret not in open(file, "rb").read(), file
    except OSError:
        pass
assert os.environ["FLAVOUR"] == "vanilla" and len(os.environ["VERSION"]) == 40
`;

const table = (id: string, after: string | undefined) =>
  revision(id, after, `op.execute("create table ${id} (id int)")`, `op.execute("drop table ${id}")`);
const asleep = (id: string, after: string) =>
  revision(id, after, 'op.execute("create table half (id int)"); op.execute("select pg_sleep(60)")');

describe("the project's own tool in its service's container on the host", { skip }, () => {
  let databases: Awaited<ReturnType<typeof startDatabases>>;
  let docker: DockerStandIn;
  let ssh: SshServer;
  let made = 0;
  before(async () => {
    databases = await startDatabases("inside");
    const { scratch } = databases;
    docker = await startDocker({ directory: path.join(scratch, "docker"), node: process.execPath });
    ssh = await startSshServer({ directory: path.join(scratch, "ssh"), path: [docker.bin] });
  });
  after(async () => {
    await ssh?.stop();
    await docker?.close();
    await databases?.stop();
  });

  /** A repository of its own, whose image has Alembic's files in a folder. */
  async function service(files: Files) {
    made += 1;
    const name = `shop${made}`;
    const { directory, url, add, query } = await databases.project();
    const git = (...args: string[]) => execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" }).trim();
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.name", "Octo Cat");
    git("config", "user.email", "octo@example.com");
    const env = `${alembicProject["migrations/env.py"]}`.replace("print(", `${nothingInTheOpen}\nprint(`);
    await add({ Dockerfile: 'FROM python:3\nCOPY . .\nCMD ["true"]\n', "docker-compose.yml": composeYaml });
    const db = (more: Files) =>
      writeFiles(directory, Object.fromEntries(Object.entries(more).map(([file, text]) => [`db/${file}`, text])));
    await db({ ...alembicProject, "migrations/env.py": env, ...files });
    const commit = () => {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "next");
      return git("rev-parse", "HEAD");
    };
    const spec = compose.parse({
      hosts: { "web-1": ssh.destination },
      ssh: { key: "$SSH_KEY", "known-hosts": ssh.knownHosts },
      project: name,
      service: "api",
      image: `registry.example.com/acme/${name}`,
      build: "host",
      slots: { blue: 1, green: 2 },
      haproxy: { socket: "/run/none.sock", backend: "app", "state-file": "/run/none" },
      directory: path.join(databases.scratch, `${name}-on-host`),
    });
    const told = (step: object = { alembic: { config: "db/alembic.ini", python } }): Inside => ({
      spec: { ...spec, ssh: { key: ssh.key, "known-hosts": ssh.knownHosts } },
      step: { ...migrate.parse({ via: "target", inside: "api", ...step }), url },
      commit: commit(),
      workspace: directory,
      variables: { FLAVOUR: "vanilla", DATABASE_URL: url },
    });
    const containers = () => docker.containers().filter(({ project }) => project.startsWith(name));
    const sleeping = () => query("select 1 from pg_stat_activity where wait_event = 'PgSleep'");
    return { directory, url, add, db, query, git, told, containers, sleeping, spec };
  }

  test("revisions of the commit about to be deployed are applied there, by the approved plan, and nothing of the address lies in the open", async () => {
    const shop = await service({ ...table("aaa", undefined), ...table("bbb", "aaa") });
    const ports = quietPorts();
    const told = shop.told();
    const refused = await migrateInside({ ...told, agreed: "0".repeat(64) }, ports);
    assert.equal(refused.reason, "plan-changed");
    await shop.db(table("ccc", "bbb"));
    const verdict = await migrateInside(told, ports);
    assert.match(verdict.message, /^Applied aaa, bbb; other sessions waited for us at most \d+ ms/);
    assert.deepEqual(await shop.query("select version_num from alembic_version"), ["bbb"]);
    assert.deepEqual(await shop.query("select before from sluice_alembic"), ["base", "base"]);
    assert.ok(
      ports.lines.some((line) => /^The migrations run in service api of [0-9a-f]+ on host web-1\.$/.test(line)),
    );
    assert.deepEqual(shop.containers(), []);
    const { password } = parseDatabaseUrl(shop.url, "The test");
    assert.equal(ports.lines.filter((line) => line.includes(password)).length, 0);
    const kept = spawn("grep", ["-r", "-l", password, shop.spec.directory, path.join(databases.scratch, "docker")]);
    assert.equal(await new Promise((resolve) => kept.once("exit", resolve)), 1, "no file on the host holds it");
  });

  test("another service's image, another commit in the workspace", async () => {
    const shop = await service({});
    const told = shop.told();
    const refused = (message: RegExp) => (error: unknown) => error instanceof InputError && message.test(error.message);
    await assert.rejects(
      migrateInside({ ...told, step: { ...told.step, inside: "other" } }, quietPorts()),
      refused(/Service other would run elsewhere instead of what was built/),
    );
    await assert.rejects(
      migrateInside({ ...told, step: { ...told.step, inside: "none" } }, quietPorts()),
      refused(/has no service none; it has api, other/),
    );
    shop.told();
    await assert.rejects(migrateInside(told, quietPorts()), refused(/The workspace holds .* Check out that commit/));
  });

  /** A migrator of a team's own with one migration, `one`. */
  const script = (sql: string): Files => ({
    "migrate.sh": `case "$1" in
  status) if test "$(psql -Atc "select to_regclass('one') is null" "$DATABASE_ADDRESS")" = t; then echo pending one; else echo applied one; fi;;
  migrate) test "$FLAVOUR" = vanilla || exit 4; psql -qc "${sql}" "$DATABASE_ADDRESS";;
esac`,
  });

  test("a command of the project's own, and what it says when it fails", async () => {
    const shop = await service({});
    await shop.add(script("create table one ()"));
    const told = shop.told({ command: "sh migrate.sh" });
    const failed = await migrateInside({ ...told, variables: { FLAVOUR: "bitter" } }, quietPorts());
    assert.match(failed.message, /`sh migrate\.sh migrate` ended with 4.*Still pending: one/);
    const verdict = await migrateInside(told, quietPorts());
    assert.match(verdict.message, /^Applied one;/, verdict.message);
    assert.deepEqual(shop.containers(), []);
  });

  test("`build: ci`: built by this job's Docker, run by the host's, and nowhere if the image did not arrive", async () => {
    const shop = await service(table("aaa", undefined));
    const here = await startDocker({ directory: path.join(databases.scratch, "of-the-job"), node: process.execPath });
    try {
      const env = { ...process.env, PATH: `${here.bin}${path.delimiter}${process.env["PATH"]}` };
      const told = shop.told();
      const migrating = () => migrateInside({ ...told, spec: { ...told.spec, build: "ci" } }, quietPorts({ env }));
      docker.faults.loadDoesNothing = true;
      await assert.rejects(migrating(), /Host web-1 has no image as .* what is tested would not be what serves/);
      docker.faults.loadDoesNothing = false;
      assert.deepEqual(await shop.query("select to_regclass('alembic_version') is null"), [true]);
      assert.match((await migrating()).message, /^Applied aaa;/);
      assert.deepEqual(await shop.query("select version_num from alembic_version"), ["aaa"]);
      assert.deepEqual([...here.containers(), ...shop.containers()], []);
      // It builds there no more, and the host has the image: without a Docker of its own the job can do nothing.
      await assert.rejects(migrateInside({ ...told, spec: { ...told.spec, build: "ci" } }, quietPorts()));
    } finally {
      docker.faults.loadDoesNothing = false;
      await here.close();
    }
  });

  const slow = "create table one (); select pg_sleep(60)";

  test("a cancelled job ends the container and its session, and nothing of the migration is left", async () => {
    const shop = await service({});
    await shop.add(script(slow));
    const cancel = new AbortController();
    const ports = quietPorts({ cancelled: cancel.signal });
    const migrating = migrateInside(shop.told({ command: "sh migrate.sh" }), ports);
    await eventually("the migration runs", async () => (await shop.sleeping()).length === 1);
    assert.equal(shop.containers().length, 1);
    cancel.abort();
    assert.equal((await migrating).reason, "cancelled");
    assert.deepEqual(shop.containers(), []);
    assert.deepEqual(await shop.sleeping(), []);
    assert.deepEqual(await shop.query("select to_regclass('one') is null"), [true]);
  });

  test("a connection that is lost ends the container too, and what it did is not guessed", async () => {
    const shop = await service({});
    await shop.add(script(slow));
    const migrating = migrateInside(shop.told({ command: "sh migrate.sh" }), quietPorts());
    migrating.catch(() => undefined);
    await eventually("the migration runs", async () => (await shop.sleeping()).length === 1);
    ssh.cut();
    await assert.rejects(migrating, /host web-1 was lost while a command ran there.*what it did is unknown/);
    await eventually("its container is gone", async () => shop.containers().length === 0);
    await eventually("its session is gone", async () => (await shop.sleeping()).length === 0);
    assert.deepEqual(await shop.query("select to_regclass('one') is null"), [true]);
  });

  test("F30: a job killed with SIGKILL leaves no container and no session, and the next run converges", async () => {
    const shop = await service({ ...table("aaa", undefined), ...asleep("bbb", "aaa") });
    const file = path.join(databases.scratch, "told.json");
    writeFileSync(file, JSON.stringify(shop.told()));
    const main = fileURLToPath(new URL("./inside-in-child.ts", import.meta.url));
    const child = spawn(process.execPath, [main, file], { stdio: "inherit" });
    await eventually("the revision runs", async () => (await shop.sleeping()).length === 1);
    child.kill("SIGKILL");
    await eventually("its container is gone", async () => shop.containers().length === 0);
    await eventually("its session is gone", async () => (await shop.sleeping()).length === 0);
    assert.deepEqual(await shop.query("select version_num from alembic_version"), ["aaa"]);
    await shop.db(table("bbb", "aaa"));
    assert.match((await migrateInside(shop.told(), quietPorts())).message, /^Applied bbb;/);
  });
});
