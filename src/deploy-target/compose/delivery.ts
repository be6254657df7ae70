import { InputError, ProviderError } from "../../failure.ts";
import { type HostPorts, type HostSession, hostEnv, shellLine } from "../../host/session.ts";
import type { ComposeTarget } from "../../target-spec/compose.ts";
import { docker, failed, type Image, imageOn } from "./docker.ts";
import { each } from "./each.ts";

/** What is served, by what it is called on a host and by what it is. */
export interface Delivered {
  /** What compose is told to start. */
  readonly reference: string;
  readonly image: Image;
}

/** A host, and its folder for what we keep there. */
export interface Receiver {
  readonly session: HostSession;
  readonly place: { readonly directory: string };
}

export interface Delivery {
  readonly spec: ComposeTarget;
  readonly commit: string;
  /** Checked-out tree of the commit on this machine. */
  readonly directory: string;
  /** This machine. */
  readonly here: HostSession;
  readonly hosts: readonly Receiver[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: HostPorts;
}

const buildWithinMs = 30 * 60_000;
const moveWithinMs = 15 * 60_000;

/** Folder on a host that holds a commit's tree. */
export const treeOn = ({ directory }: Receiver["place"], commit: string): string => `${directory}/releases/${commit}`;

/** Brings a commit's tree to a host, whole or not at all. */
export async function uploadTree({ spec, commit, directory, ports }: Delivery, to: Receiver): Promise<string> {
  const { session: host, place } = to;
  const tree = treeOn(place, commit);
  if ((await host.run(["test", "-e", `${tree}/${spec.file}`])).code === 0) return tree;
  // Whole or not at all: a folder that is there was unpacked to its end.
  const unpack =
    'set -e; mkdir -p "$1.part"; tar -x -f - -C "$1.part" || { rm -rf "$1.part"; exit 73; }; rm -rf "$1"; mv "$1.part" "$1"; test -e "$1/$2"';
  const archive = ["git", "-c", `safe.directory=${directory}`, "-C", directory, "archive", "--format=tar", commit];
  const listed = await ports.exec("git", [...archive.slice(1, -3), "ls-tree", "--name-only", commit, "--", spec.file], {
    env: gitEnv(ports),
  });
  if (listed.stdout.trim() === "")
    throw new InputError(
      `Commit ${commit.slice(0, 12)} has no ${spec.file}; name the compose file under \`target.compose.file\`.`,
    );
  const what = `The files of ${commit.slice(0, 12)} for host ${host.label}`;
  await pipe(archive, await host.words(["sh", "-c", unpack, "sluice", tree, spec.file]), what, ports);
  return tree;
}

const gitEnv = ({ env }: HostPorts) => ({ ...hostEnv(env), GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" });

/** Two programs, the output of one the input of the other; no shell reads their words. */
async function pipe(from: readonly string[], to: readonly string[], what: string, ports: HostPorts): Promise<void> {
  ports.cancelled.throwIfAborted();
  const line = `${shellLine(from)} | ${shellLine(to)}`;
  const env = gitEnv(ports);
  const result = await ports.exec("bash", ["--noprofile", "--norc", "-o", "pipefail", "-c", line], {
    env,
    timeoutMs: moveWithinMs,
  });
  if (result.code !== 0)
    throw new ProviderError(
      "compose",
      `${what} could not be brought there, and nothing serves differently; mend it and run the step again:\n${lastLines(result.stderr, 3)}`,
      {
        status: "delivery",
      },
    );
}

/**
 * Builds the image, or takes the one that was built, and brings the very same one to every host. The digest found on
 * the first place is the digest every host must have.
 */
export async function deliver(delivery: Delivery): Promise<ReadonlyMap<HostSession, Delivered>> {
  const { spec, commit, hosts, here } = delivery;
  const tagged = `${spec.image}:${commit}`;
  const [first] = hosts;
  if (first === undefined) throw new InputError("`target.compose.hosts` names no host.");
  if (spec.build === "registry") return pulled(delivery, tagged);
  const builder = spec.build === "ci" ? here : first.session;
  const tree = spec.build === "ci" ? delivery.directory : await uploadTree(delivery, first);
  const built = await build(delivery, builder, tree, tagged);
  if (spec.push) {
    await must(builder, ["push", tagged], `The image ${tagged} could not be pushed`);
    const pushed = (await imageOn(builder, tagged))?.digests.find((digest) => digest.startsWith(`${spec.image}@`));
    if (pushed === undefined)
      throw new ProviderError("compose", `After the push the registry's digest of ${tagged} is not known.`);
    return pulled(delivery, pushed);
  }
  const brought = await each(hosts, async ({ session: host }) => {
    if (host !== builder && (await imageOn(host, tagged))?.id !== built.id)
      await pipe(
        await builder.words(["docker", "save", tagged]),
        await host.words(["docker", "load", "--quiet"]),
        `The image ${tagged} for host ${host.label}`,
        delivery.ports,
      );
    const image = await imageOn(host, tagged);
    if (image?.id !== built.id) throw otherDigest(host, tagged, built.id, image?.id);
    return [host, { reference: tagged, image }] as const;
  });
  return new Map(brought);
}

async function build(delivery: Delivery, builder: HostSession, tree: string, tagged: string): Promise<Image> {
  const { spec, commit, here } = delivery;
  const compose = ["compose", "-f", `${tree}/${spec.file}`, "-p", `${spec.project}-build`];
  const result = await docker(builder, [...compose, "build", spec.service], {
    env: { SLUICE_IMAGE: tagged, SLUICE_VERSION: commit, SLUICE_PORT: "0" },
    withinMs: buildWithinMs,
    endOnCancel: true,
  });
  if (result.code !== 0)
    throw new InputError(`The image does not build on ${whereBuilt(builder, here)}:\n${lastLines(result.stderr)}`);
  const image = await imageOn(builder, tagged);
  if (image === undefined)
    throw new InputError(
      `The build made no image ${tagged}. Service ${spec.service} of the compose file needs \`image: \${SLUICE_IMAGE}\` beside its \`build\`.`,
    );
  return image;
}

const whereBuilt = (builder: HostSession, here: HostSession) =>
  builder === here ? "this machine" : `host ${builder.label}`;

/** Each host fetches the image from its registry; a tag is resolved once, by the first of them. */
async function pulled(
  { spec, hosts: [first, ...more] }: Delivery,
  reference: string,
): Promise<ReadonlyMap<HostSession, Delivered>> {
  const pull = async ({ session: host }: Receiver, wanted: string) => {
    await must(
      host,
      ["pull", "--quiet", wanted],
      `The image ${wanted} could not be pulled; was it built and pushed, and may the host read it?`,
    );
    const image = await imageOn(host, wanted);
    const digest = image?.digests.find((one) =>
      wanted.includes("@") ? one === wanted : one.startsWith(`${spec.image}@`),
    );
    if (image === undefined || digest === undefined) throw otherDigest(host, wanted, "a registry's digest", image?.id);
    return [host, { reference: digest, image }] as const;
  };
  if (first === undefined) return new Map();
  const resolved = await pull(first, reference);
  return new Map([resolved, ...(await each(more, (host) => pull(host, resolved[1].reference)))]);
}

async function must(host: HostSession, args: readonly string[], what: string): Promise<void> {
  const result = await docker(host, args, { withinMs: moveWithinMs, endOnCancel: true });
  if (result.code !== 0)
    throw new ProviderError("compose", `${what}: ${failed(host, args[0] ?? "", result).message}`, {
      status: "image-missing",
    });
}

const otherDigest = (host: HostSession, reference: string, wanted: string, found: string | undefined) =>
  new ProviderError(
    "compose",
    `Host ${host.label} has ${found ?? "no image"} as ${reference}, and ${wanted} was built: what is tested would not be what serves.`,
    { status: "other-digest" },
  );

export const lastLines = (text: string, most = 15): string =>
  text
    .trimEnd()
    .split("\n")
    .slice(-most)
    .map((line) => `  ${line.slice(0, 500)}`)
    .join("\n");
