import type { Socket } from "node:net";
import type { Service } from "./compose-file.ts";
import { type Container, remove, startContainer } from "./containers.ts";
import type { Images } from "./images.ts";
import { options } from "./options.ts";
import { Refused } from "./refused.ts";

/** Whoever asked is being answered as things happen. */
export const attached = Symbol("attached");

interface Engine {
  readonly images: Images;
  readonly containers: Container[];
  readonly searchPath: string;
}

interface Once {
  /** Behind `run`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly project: string;
  readonly services: readonly Service[];
}

/**
 * A container of its own beside those of the service: no ports, no restarts, no health check, its own words in place of
 * the entrypoint. It goes on when whoever is attached goes away; https://docs.docker.com/reference/cli/docker/compose/run/
 */
export function runOnce(
  { args, env, project, services }: Once,
  { images, containers, searchPath }: Engine,
  connection: Socket,
): typeof attached {
  const { flags, lists, values } = options(
    args,
    { "--rm": "flag", "--no-deps": "flag", "-T": "flag", "--name": "value", "--entrypoint": "value", "-e": "list" },
    true,
  );
  const [wanted, ...words] = values;
  const service = services.find(({ name }) => name === wanted);
  if (service === undefined) throw new Refused(1, `no such service: ${wanted}`);
  if (!("-T" in flags)) throw new Refused(64, "the stand-in has no terminals: pass -T");
  const name = flags["--name"] ?? `${project}-${wanted}-run-1`;
  if (containers.some((container) => container.name === name))
    throw new Refused(1, `Error response from daemon: Conflict. The container name "/${name}" is already in use`);
  const image = images.find(service.image ?? "");
  if (image === undefined) throw new Refused(1, `Error response from daemon: No such image: ${service.image}`);
  // A bare name takes its value from whoever runs compose; without one it is not set.
  const own = (lists["-e"] ?? []).flatMap((pair) => {
    const [key = "", ...value] = pair.split("=");
    const text = pair.includes("=") ? value.join("=") : env[key];
    return text === undefined ? [] : [[key, text] as const];
  });
  const entrypoint = flags["--entrypoint"]?.split(/\s+/) ?? [];
  const changed: Service = {
    ...service,
    command: [...entrypoint, ...words],
    environment: { ...service.environment, ...Object.fromEntries(own) },
    ports: [],
    restarts: false,
    healthcheck: "disabled",
  };
  connection.write("attached\n");
  const container = startContainer(project, changed, image, images.content(image), searchPath, {
    name,
    print: (stream, chunk) =>
      connection.write(`${stream === "out" ? "O" : "E"}${Buffer.from(chunk).toString("hex")}\n`),
    ended: (code) => {
      if ("--rm" in flags) void remove([container], containers);
      connection.end(`X${code}\n`);
    },
  });
  containers.push(container);
  return attached;
}
