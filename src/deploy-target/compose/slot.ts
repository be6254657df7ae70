import { InputError, ProviderError } from "../../failure.ts";
import type { HostSession } from "../../host/session.ts";
import { shortVersion } from "../../short-version.ts";
import type { ComposeTarget } from "../../target-spec/compose.ts";
import { type Delivered, lastLines } from "./delivery.ts";
import { type Container, docker, serviceIn } from "./docker.ts";
import { type HostState, type RouterPlace, type Slot, type Survey, surveyHost, takeSlot } from "./router.ts";

export const projectOf = ({ project }: Pick<ComposeTarget, "project">, slot: string): string => `${project}-${slot}`;

/** The slot a version runs in. */
export const slotOf = ({ slots }: HostState, version: string): Slot | undefined =>
  slots.find(({ running }) => running?.version === version);

/** A slot that serves nobody: an empty one before the one that holds what is not the way back. */
export function freeSlot({ slots, wayBack }: HostState): Slot | undefined {
  const rank = ({ running }: Slot) => (running === undefined ? 0 : running.version === wayBack ? 2 : 1);
  return slots.filter(({ weight }) => weight === 0).sort((a, b) => rank(a) - rank(b))[0];
}

export interface SlotStart {
  readonly spec: ComposeTarget;
  readonly place: RouterPlace;
  /** Where HAProxy looks for the slot. */
  readonly port: number;
  /** What runs: a commit, and the flags it runs with where it has some. */
  readonly version: string;
  /** Folder on the host with the commit's tree. */
  readonly tree: string;
  readonly delivered: Delivered;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, for the history. */
  readonly at: number;
}

/** The container of one slot; undefined when nothing was started there. */
export function containerIn(
  host: HostSession,
  { project, service }: Pick<ComposeTarget, "project" | "service">,
  slot: string,
  { containers }: Pick<Survey, "containers">,
): Container | undefined {
  const [only, ...others] = containers.get(projectOf({ project }, slot)) ?? [];
  if (others.length > 0)
    throw new InputError(
      `Service ${service} of project ${projectOf({ project }, slot)} on host ${host.label} has several containers; HAProxy divides traffic between slots, so run one.`,
    );
  return only;
}

/** Whether a slot's service runs the image it was started with, and is healthy. */
export function slotHealth(
  host: HostSession,
  spec: ComposeTarget,
  slot: string,
  image: string,
  survey: Pick<Survey, "containers">,
): { readonly healthy: boolean; readonly stale: boolean; readonly message: string } {
  const container = containerIn(host, spec, slot, survey);
  const where = `slot ${slot} of host ${host.label}`;
  if (container === undefined) return { healthy: false, stale: true, message: `Nothing runs in ${where}.` };
  if (container.image !== image)
    return {
      healthy: false,
      stale: true,
      message: `In ${where} runs image ${short(container.image)}, not ${short(image)}.`,
    };
  const healthy = container.status === "running" && container.health === "healthy";
  return {
    healthy,
    stale: false,
    message: `In ${where} it is ${container.status} and ${container.health ?? "has no health check"}.`,
  };
}

/** Starts a version in one slot and waits until its health check passes. What cannot start leaves nothing behind. */
export async function startInSlot(host: HostSession, slot: string, start: SlotStart): Promise<void> {
  const { spec, place, port, version, tree, delivered, at } = start;
  const project = projectOf(spec, slot);
  const compose = ["compose", "-f", `${tree}/${spec.file}`, "-p", project];
  const env = { ...start.env, SLUICE_IMAGE: delivered.reference, SLUICE_VERSION: version, SLUICE_PORT: String(port) };
  const service = await serviceIn(host, compose, spec.service, env);
  if (!(service.hasHealthCheck ?? delivered.image.hasHealthCheck))
    throw new InputError(
      `Service ${spec.service} has no health check, so nobody could say when it is ready. Add \`healthcheck\` to it in ${spec.file}, or HEALTHCHECK to its image.`,
    );
  if (service.image !== delivered.reference)
    throw new InputError(
      `Service ${spec.service} would run ${service.image ?? "no image"} instead of what was built. Write \`image: \${SLUICE_IMAGE}\` in ${spec.file}.`,
    );
  if (!(await takeSlot(host, place, slot)))
    throw new ProviderError("compose", `Slot ${slot} of host ${host.label} takes traffic by now; stage again.`, {
      retryable: true,
    });
  await clear(host, slot, project, port);
  const up = await docker(
    host,
    [
      ...compose,
      "up",
      "-d",
      "--wait",
      "--wait-timeout",
      String(Math.ceil(spec.within / 1000)),
      "--no-build",
      "--pull",
      "never",
    ],
    { env, withinMs: spec.within + 30_000, endOnCancel: true },
  );
  const health = slotHealth(host, spec, slot, delivered.image.id, await surveyHost(host, place, spec));
  if (up.code === 0 && health.healthy) return remember(host, place, slot, version, delivered.image.id, at);
  const logs = await docker(host, ["compose", "-p", project, "logs", "--no-color", "--tail", "15", spec.service]);
  await end(host, project);
  if (up.code === 0 && health.stale)
    throw new ProviderError("compose", `${health.message} What is tested would not be what serves.`, {
      status: "other-digest",
    });
  throw new InputError(
    `Version ${shortVersion(version)} does not start on host ${host.label}: ${health.message} Docker said:\n${lastLines(up.stderr, 5)}\nIts last lines:\n${lastLines(logs.stdout)}`,
  );
}

/** Ends what runs in a slot; its volumes stay. */
export async function end(host: HostSession, project: string): Promise<void> {
  const down = await docker(host, ["compose", "-p", project, "down", "--remove-orphans", "--timeout", "20"], {
    withinMs: 60_000,
  });
  if (down.code !== 0)
    throw new ProviderError(
      "compose",
      `Project ${project} on host ${host.label} does not end:\n${lastLines(down.stderr, 5)}`,
    );
}

/** What is left of the slot's last version ends. A stranger on its port could otherwise answer in the next one's place. */
const clearSlot = `
docker compose -p "$1" down --remove-orphans --timeout 20 || exit 1
cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v p=":$2" '$4 == "0A" && substr($2, length($2) - 4) == p { taken = 1 } END { exit taken }' || exit 98
`;

async function clear(host: HostSession, slot: string, project: string, port: number): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const { code, stderr } = await host.run(["sh", "-c", clearSlot, "sluice", project, hex], { withinMs: 60_000 });
  if (code === 98)
    throw new ProviderError(
      "compose",
      `Port ${port} of host ${host.label}, which slot ${slot} needs, is taken by another program. End that program, or give the slot another port.`,
      { status: "port-taken" },
    );
  if (code !== 0)
    throw new ProviderError(
      "compose",
      `Project ${project} on host ${host.label} does not end:\n${lastLines(stderr, 5)}`,
    );
}

async function remember(
  host: HostSession,
  { directory }: RouterPlace,
  slot: string,
  version: string,
  image: string,
  at: number,
): Promise<void> {
  const script =
    'set -e; echo "$3 $4" > "$1/slots/$2.new"; mv "$1/slots/$2.new" "$1/slots/$2"; echo "$5 $3 $4" >> "$1/history"';
  const { code } = await host.run(["sh", "-c", script, "sluice", directory, slot, version, image, String(at)]);
  if (code !== 0)
    throw new ProviderError(
      "compose",
      `Folder ${directory} of host ${host.label} cannot be written to; free space there.`,
      { status: "disk-full" },
    );
}

const short = (digest: string): string => digest.slice(0, 19);
