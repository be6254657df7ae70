import * as z from "zod";
import { InputError, ProviderError } from "../../failure.ts";
import { type HostResult, type HostSession, type RunOptions, said } from "../../host/session.ts";
import { shellWord } from "../../shell-word.ts";

/** https://docs.docker.com/reference/api/engine/ (ContainerInspect) */
const inspected = z.object({
  Id: z.string(),
  Image: z.string(),
  State: z.object({ Status: z.string(), Health: z.object({ Status: z.string() }).nullish() }),
});
/** https://docs.docker.com/reference/cli/docker/compose/config/ */
const configured = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      environment: z.record(z.string(), z.string().nullable()).nullish(),
      healthcheck: z.object({ disable: z.boolean().optional(), test: z.array(z.string()).nullish() }).nullish(),
    }),
  ),
});
const image = z.object({
  Id: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z.object({ Healthcheck: z.unknown().optional() }).nullish(),
});

export interface Container {
  readonly id: string;
  /** Digest of what it runs. */
  readonly image: string;
  readonly status: string;
  /** Undefined when it has no health check. */
  readonly health: string | undefined;
}

/** Runs docker on a host; variables reach it through standard input, so that no list of processes shows them. */
export function docker(
  host: HostSession,
  args: readonly string[],
  options: RunOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<HostResult> {
  const { env = {}, ...rest } = options;
  const stdin = exportLines(env);
  if (stdin === "") return host.run(["docker", ...args], rest);
  const script = 'eval "$(cat)"; exec docker "$@" < /dev/null';
  return host.run(["sh", "-c", script, "sluice", ...args], { ...rest, stdin });
}

/** Variables as a shell reads them, for its standard input. */
export const exportLines = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw new InputError(`A variable cannot be called ${JSON.stringify(name)}.`);
      return `export ${name}=${shellWord(value)}\n`;
    })
    .join("");

/**
 * The containers that a survey of a host told of, by their compose project. Compose marks what it starts:
 * https://docs.docker.com/reference/compose-file/services/#labels. One that ended between the two questions is not there.
 */
export function containersIn(
  host: HostSession,
  { stdout, stderr }: HostResult,
): ReadonlyMap<string, readonly Container[]> {
  const lines = stdout.split("\n");
  const [, command, code] = /^docker (\S+) (\d+)$/m.exec(stdout) ?? [];
  if (command !== undefined) throw failed(host, command, { code: Number(code), stdout, stderr });
  const seen = new Map(
    lines
      .filter((line) => line.startsWith("inspected "))
      .map((line) => {
        const { Id, Image, State } = parsed(host, "inspect", inspected, parsedJson(line.slice("inspected ".length)));
        return [Id, { id: Id, image: Image, status: State.Status, health: State.Health?.Status }];
      }),
  );
  const found = new Map<string, readonly Container[]>();
  for (const line of lines) {
    const [, id = "", project] = /^container (\S+) (\S+)$/.exec(line) ?? [];
    const container = seen.get(id);
    if (project !== undefined && container !== undefined)
      found.set(project, [...(found.get(project) ?? []), container]);
  }
  return found;
}

/** What a compose file says of a service, as compose itself reads it. */
export async function serviceIn(
  host: HostSession,
  compose: readonly string[],
  service: string,
  env: Readonly<Record<string, string>>,
): Promise<{
  readonly image: string | undefined;
  readonly hasHealthCheck: boolean | undefined;
  /** Its variables, those without a value left out. */
  readonly environment: Readonly<Record<string, string>>;
}> {
  const result = await docker(host, [...compose, "config", "--format", "json"], { env, endOnCancel: true });
  if (result.code !== 0)
    throw new InputError(`The compose file cannot be read on host ${host.label}${said(result.stderr)}.`);
  const { services } = parsed(host, "compose config", configured, parsedJson(result.stdout));
  const found = services[service];
  if (found === undefined)
    throw new InputError(`The compose file has no service ${service}; it has ${Object.keys(services).join(", ")}.`);
  const { healthcheck } = found;
  // Without one in the file the image's own counts, which is not known here.
  const hasHealthCheck =
    healthcheck == null ? undefined : healthcheck.disable !== true && healthcheck.test?.[0] !== "NONE";
  // A dollar sign is doubled, so that what is printed could be read as a compose file again.
  const environment = Object.fromEntries(
    Object.entries(found.environment ?? {}).flatMap(([name, value]) =>
      value === null ? [] : [[name, value.replaceAll("$$", "$")]],
    ),
  );
  return { image: found.image, hasHealthCheck, environment };
}

export interface Image {
  readonly id: string;
  /** Digests by which a registry knows it, as `name@sha256:...`. */
  readonly digests: readonly string[];
  readonly hasHealthCheck: boolean;
}

/** An image the host has; undefined when it does not have it. */
export async function imageOn(host: HostSession, reference: string): Promise<Image | undefined> {
  const result = await docker(host, ["image", "inspect", "--format", "{{json .}}", reference]);
  if (result.code !== 0) {
    if (/no such image/i.test(result.stderr)) return undefined;
    throw failed(host, "image inspect", result);
  }
  const { Id, RepoDigests, Config } = parsed(host, "image inspect", image, jsonLines(result.stdout)[0]);
  return { id: Id, digests: RepoDigests ?? [], hasHealthCheck: Config?.Healthcheck != null };
}

export const failed = (host: HostSession, what: string, { code, stderr }: HostResult): ProviderError =>
  new ProviderError("compose", `\`docker ${what}\` on host ${host.label} ended with ${code}${said(stderr)}.`, {
    status: "docker",
  });

function parsed<T>(host: HostSession, what: string, schema: z.ZodType<T>, json: unknown): T {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  throw new ProviderError("compose", `\`docker ${what}\` on host ${host.label} gave an answer that cannot be read.`, {
    cause: read.error,
  });
}

const jsonLines = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parsedJson);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
