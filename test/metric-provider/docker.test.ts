import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { type DockerConfig, dockerProvider } from "../../src/metric-provider/docker.ts";
import { realPorts, told } from "./real-part.ts";

/** A `docker` that prints what a daemon printed, and only for the question as the real command takes it. */
const directory = await mkdtemp(path.join(tmpdir(), "sluice-docker-"));
await writeFile(
  path.join(directory, "docker"),
  `#!/bin/sh
case "$*" in
  "stats --no-stream --no-trunc --format {{json .}} -- "*) ;;
  "inspect --type container --format {{json .}} -- "*) ;;
  *) echo "unknown command: docker $*" >&2; exit 125 ;;
esac
[ -z "$DOCKER_HOST" ] || [ "$DOCKER_HOST" = "ssh://deploy@host" ] || { echo "cannot connect to the Docker daemon" >&2; exit 1; }
for last; do :; done
[ -f "${directory}/$last.$1" ] || { echo "Error response from daemon: No such container: $last" >&2; exit 1; }
cat "${directory}/$last.$1"
`,
);
await chmod(path.join(directory, "docker"), 0o755);
after(() => rm(directory, { recursive: true, force: true }));

const running = {
  BlockIO: "0B / 0B",
  CPUPerc: "12.50%",
  Container: "app-v2",
  ID: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  MemPerc: "26.25%",
  MemUsage: "262.5MiB / 1000MiB",
  Name: "app-v2",
  NetIO: "1.1kB / 0B",
  PIDs: "11",
};

async function measure(measure: DockerConfig["measure"], printed: unknown, config: Partial<DockerConfig> = {}) {
  const file = measure === "restarts" ? "inspect" : "stats";
  const text = typeof printed === "string" ? printed : `${JSON.stringify(printed)}\n`;
  await writeFile(path.join(directory, `app-v2.${file}`), text);
  const ports = realPorts({ PATH: `${directory}:${process.env["PATH"]}` });
  const provider = dockerProvider({ container: "app-$version", measure, ...config }, ports);
  return told(await provider.measure({ from: 0, to: 1 }, { version: "v2" }));
}

test("memory, processor and restarts of the version's container", async () => {
  assert.equal(await measure("memory", running), "value 0.2625");
  assert.equal(await measure("memory-bytes", running), `value ${262.5 * 1024 * 1024}`);
  assert.equal(await measure("cpu", running), "value 0.125");
  assert.equal(await measure("restarts", { RestartCount: 3, State: { Running: true } }), "value 3");
});

test("the daemon may be on another host", async () => {
  assert.equal(await measure("cpu", running, { host: "ssh://deploy@host" }), "value 0.125");
  assert.equal(await measure("cpu", running, { host: "ssh://deploy@elsewhere" }), "unreachable");
});

const odd: readonly (readonly [string, unknown, string])[] = [
  [
    "a container that does not run, shown with dashes",
    { ...running, CPUPerc: "--", MemPerc: "--", MemUsage: "-- / --" },
    "odd-number",
  ],
  [
    "a container that does not run, shown with zeros",
    { ...running, CPUPerc: "0.00%", MemPerc: "0.00%", MemUsage: "0B / 0B" },
    "odd-number",
  ],
  ["nothing", "", "no-series"],
  ["two containers", `${JSON.stringify(running)}\n${JSON.stringify(running)}\n`, "ambiguous"],
  ["a table", "CONTAINER ID   NAME   CPU %\n", "unparsable"],
  ["another object", { hello: 1 }, "unparsable"],
];
for (const [name, printed, reason] of odd)
  test(`${name} is no data`, async () => assert.equal(await measure("cpu", printed), reason));

test("a container that does not exist, or no docker at all, is no data", async () => {
  assert.equal(await measure("cpu", running, { container: "other" }), "unreachable");
  const provider = dockerProvider({ container: "a", measure: "cpu" }, realPorts({ PATH: "/nowhere" }));
  assert.equal(told(await provider.measure({ from: 0, to: 1 }, { version: "v2" })), "unreachable");
});
