import { remove } from "./containers.ts";
import { inspected, statistics } from "./described.ts";
import type { Answer, Asked, World } from "./docker.ts";
import { options } from "./options.ts";
import { Refused } from "./refused.ts";

/** A command of `docker` itself; `docker compose` has a file of its own. Throws `Refused`, as Docker does. */
export async function runDocker({ args, stdin }: Asked, world: World): Promise<Answer> {
  const { images } = world;
  const [first, second, ...rest] = args;
  if (first === "image" && second === "inspect") {
    const { values } = options(rest, { "--format": "value" });
    const found = images.find(values[0] ?? "");
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such image: ${values[0]}`);
    const Healthcheck = found.healthcheck === undefined ? undefined : { Test: ["CMD", ...found.healthcheck] };
    return [{ Id: found.id, RepoDigests: images.digestsOf(found), Config: { Cmd: found.command, Healthcheck } }];
  }
  if (first === "image" && second === "rm") {
    const used = world.containers.some(({ reference, image }) => reference === rest[0] || image.id === rest[0]);
    if (used)
      throw new Refused(
        1,
        `Error response from daemon: conflict: unable to remove repository reference "${rest[0]}" (must force)`,
      );
    images.remove(rest[0] ?? "");
    return `Untagged: ${rest[0]}\n`;
  }
  if (first === world.faults.sick && first === "ps")
    throw new Refused(1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?");
  if (first === "ps") {
    const filters = args.flatMap((word, i) => (word === "--filter" ? [args[i + 1] ?? ""] : []));
    const { flags } = options(args.slice(1), {
      "--all": "flag",
      "--quiet": "flag",
      "--no-trunc": "flag",
      "--filter": "value",
      "--format": "value",
    });
    const format = flags["--format"] ?? "{{.ID}}";
    if (!/^\{\{\.ID\}\}(?: \{\{\.Label "com\.docker\.compose\.project"\}\})?$/.test(format))
      throw new Refused(64, `the stand-in does not know the template ${format}`);
    return world.containers
      .filter(({ project, service }) =>
        filters.every((filter) =>
          [`label=com.docker.compose.project=${project}`, `label=com.docker.compose.service=${service}`].includes(
            filter,
          ),
        ),
      )
      .map(({ id, project }) => `${format.includes("Label") ? `${id} ${project}` : id}\n`)
      .join("");
  }
  if (first === "inspect") {
    const { values } = options(args.slice(1), { "--type": "value", "--format": "value" });
    const found = values.map((value) => world.containers.find(({ id, name }) => id === value || name === value));
    const missing = values.find((_value, i) => found[i] === undefined);
    if (missing !== undefined) throw new Refused(1, `Error response from daemon: No such container: ${missing}`);
    const told = await Promise.all(found.flatMap((container) => (container === undefined ? [] : inspected(container))));
    return world.faults.sick === "inspect" ? JSON.stringify(told[0]).slice(0, 40) : told;
  }
  if (first === "rm") {
    const { flags, values } = options(args.slice(1), { "--force": "flag" });
    const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
    if (found.state() === "running" && !("--force" in flags))
      throw new Refused(
        1,
        `Error response from daemon: cannot remove container "/${found.name}": container is running`,
      );
    await remove([found], world.containers, "kill");
    return `${values[0]}\n`;
  }
  if (first === "stats") return stats(args.slice(1), world);
  if (first === "logs") {
    const { values, flags } = options(args.slice(1), { "--since": "value", "--until": "value" });
    const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
    if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
    const until = flags["--until"] === undefined ? Number.POSITIVE_INFINITY : Date.parse(flags["--until"]);
    return found
      .logs(Date.parse(flags["--since"] ?? "1970-01-01"), until)
      .map((line) => `${line}\n`)
      .join("");
  }
  if (first === "save") return images.save(second ?? "");
  if (first === "load") return world.faults.loadDoesNothing ? "" : `Loaded image: ${images.load(stdin)}\n`;
  if (first === "push") return world.faults.pushDoesNothing ? "" : `${images.push(second ?? "")}\n`;
  if (first === "pull") return `${images.pull(options(args.slice(1), { "--quiet": "flag" }).values[0] ?? "").id}\n`;
  throw new Refused(1, `docker: '${first}' is not a docker command the stand-in knows.`);
}

async function stats(args: readonly string[], world: World): Promise<Answer> {
  const { values } = options(args, { "--no-stream": "flag", "--no-trunc": "flag", "--format": "value" });
  const found = world.containers.find(({ id, name }) => id === values[0] || name === values[0]);
  if (found === undefined) throw new Refused(1, `Error response from daemon: No such container: ${values[0]}`);
  return [await statistics(found)];
}
