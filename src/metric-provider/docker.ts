import * as z from "zod";
import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData } from "../metric-provider.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { Ports } from "../ports.ts";
import { quote } from "../source-text.ts";
import type { AskContainers } from "./containers.ts";
import { isNoData, noData } from "./no-data.ts";

export interface DockerConfig {
  /** The container's name; `$version` stands for the version. Without it the target is asked for its containers. */
  readonly container?: string | undefined;
  /** Where the daemon is, as DOCKER_HOST says it: `ssh://deploy@host.example.com`. This machine if not given. */
  readonly host?: string | undefined;
  /** Share of the memory it may use, bytes in use, share of one CPU, or restarts so far. */
  readonly measure: "memory" | "memory-bytes" | "cpu" | "restarts";
}

type World = Pick<Ports, "exec" | "env" | "clock">;

const DEADLINE = 20_000;

/** https://docs.docker.com/reference/cli/docker/container/stats/#format */
const stats = z.object({ Name: z.string(), CPUPerc: z.string(), MemPerc: z.string(), MemUsage: z.string() });
const inspected = z.object({ RestartCount: z.number(), State: z.object({ Running: z.boolean() }) });

/** Sizes as the Docker command prints them (docker/go-units): powers of 1024 for memory. */
const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** One container's answer, or why there is none. */
type Told = { readonly json: unknown } | NoData;

/**
 * What the Docker daemon says about a version's container, through the `docker` command here; or about its containers on
 * all hosts of the target, over the target's own session: of them the worst counts, and restarts are added up.
 */
export function dockerProvider(
  { container, host, measure }: DockerConfig,
  ports: World,
  ask?: AskContainers,
): MetricProvider {
  const question = (name: string): readonly string[] =>
    measure === "restarts"
      ? ["inspect", "--type", "container", "--format", "{{json .}}", "--", name]
      : ["stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", "--", name];

  async function tell(version: string): Promise<readonly Told[] | NoData> {
    if (container !== undefined)
      return [await docker(question(container.replaceAll("$version", version)), host, ports)];
    if (ask === undefined)
      throw new InputError("A `docker` metric needs `container`, or a target that runs containers.");
    const answers = await ask(version, question);
    return isNoData(answers) ? answers : answers.map(({ stdout }) => singleLine(stdout, question("")[0] ?? ""));
  }

  return {
    kind: "docker",
    async measure(_window, { version }): Promise<Measurement> {
      const at = ports.clock.now();
      const told = await tell(version);
      if (isNoData(told)) return told;
      const values: number[] = [];
      for (const one of told) {
        if (isNoData(one)) return one;
        const value = measure === "restarts" ? restarts(one.json, version) : usage(one.json, version, measure);
        if (typeof value !== "number") return value;
        values.push(value);
      }
      const value = measure === "restarts" ? values.reduce((sum, count) => sum + count, 0) : Math.max(...values);
      const source = `docker, ${values.length === 1 ? "the container" : `${values.length} containers`} of ${version}`;
      return { kind: "value", value, window: { from: at, to: at }, observedAt: at, version, source };
    },
  };
}

function usage(json: unknown, name: string, measure: Exclude<DockerConfig["measure"], "restarts">): number | NoData {
  const found = stats.safeParse(json);
  if (!found.success) return noData("unparsable", `\`docker stats\` said something else than numbers about ${name}.`);
  const { CPUPerc, MemPerc, MemUsage } = found.data;
  // A container that does not run is shown with dashes, or with zeros by older releases.
  const value = measure === "cpu" ? share(CPUPerc) : measure === "memory" ? share(MemPerc) : bytes(MemUsage);
  if (value === undefined || bytes(MemUsage) === 0)
    return noData("odd-number", `\`docker stats\` has no numbers of ${name}; it may not be running.`);
  return value;
}

function restarts(json: unknown, name: string): number | NoData {
  const found = inspected.safeParse(json);
  if (!found.success) return noData("unparsable", `\`docker inspect\` said nothing about restarts of ${name}.`);
  return found.data.RestartCount;
}

async function docker(args: readonly string[], host: string | undefined, ports: World): Promise<Told> {
  const env = { ...minimalEnv(ports.env), ...(host !== undefined && { DOCKER_HOST: host }) };
  const result = await ports.exec("docker", args, { env, timeoutMs: DEADLINE }).catch(() => undefined);
  if (result === undefined) return noData("unreachable", "There is no `docker` command on this machine.");
  if (result.code !== 0) {
    const last = result.stderr.trimEnd().split("\n").at(-1) ?? "";
    return noData("unreachable", `\`docker ${args[0]}\` ended with ${result.code ?? result.signal}: ${quote(last)}.`);
  }
  return singleLine(result.stdout, args[0] ?? "");
}

/** The single line of JSON that a docker command prints about one container. */
function singleLine(stdout: string, command: string): Told {
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  if (lines.length !== 1)
    return noData(
      lines.length === 0 ? "no-series" : "ambiguous",
      `\`docker ${command}\` told of ${lines.length} containers, not one.`,
    );
  try {
    return { json: JSON.parse(lines[0] ?? "") };
  } catch {
    return noData("unparsable", `\`docker ${command}\` did not print JSON.`);
  }
}

function share(text: string): number | undefined {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  return percent === undefined ? undefined : Number(percent) / 100;
}

/** The first half of `12.5MiB / 1.9GiB`. */
function bytes(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?i?B) \//.exec(text) ?? [];
  const size = UNITS[unit];
  return amount === undefined || size === undefined ? undefined : Math.round(Number(amount) * size);
}
