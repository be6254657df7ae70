import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A stand-in for kubectl and the API server behind it: it knows the few calls that are asked of it, refuses every other
 * argument, and keeps what a server keeps: `generation` counts changes of the spec, `resourceVersion` every write, and a
 * write made for an older one is a conflict.
 */
const script = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const file = join(__dirname, "cluster.json");
const cluster = JSON.parse(readFileSync(file, "utf8"));
const fail = (text) => { process.stderr.write(text + "\\n"); process.exit(1); };
const [flag, namespace, ...args] = process.argv.slice(2);
if (flag !== "--namespace" || namespace !== "shop") fail("error: namespace");
const key = ({ kind, metadata }) => kind.toLowerCase() + "/" + metadata.name;
const put = (object, mustExist) => {
  const old = cluster[key(object)];
  if (mustExist && old === undefined) fail('Error from server (NotFound): ' + key(object));
  const { resourceVersion } = object.metadata;
  if (old !== undefined && resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
    fail("Error from server (Conflict): the object has been modified; please apply your changes to the latest version");
  const same = old !== undefined && JSON.stringify(old.spec) === JSON.stringify(object.spec);
  cluster[key(object)] = { ...object, metadata: { ...object.metadata,
    generation: old === undefined ? 1 : old.metadata.generation + (same ? 0 : 1),
    resourceVersion: String(Number(old?.metadata.resourceVersion ?? 10) + 1),
    creationTimestamp: old?.metadata.creationTimestamp ?? "2026-11-27T10:00:0" + (Object.keys(cluster).length % 10) + "Z" } };
  if (object.kind === "Deployment" && process.env.KUBECTL_NEVER_READY === undefined)
    cluster[key(object)].status = { availableReplicas: object.spec.replicas };
  writeFileSync(file, JSON.stringify(cluster));
};
const line = args.join(" ");
const selected = (selector) => Object.values(cluster).filter((o) => o.kind === "Deployment" &&
  selector.split(",").every((part) => o.metadata.labels[part.split("=")[0]] === part.split("=")[1]));
if (line === "get httproute shop --output json") console.log(JSON.stringify(cluster["httproute/shop"] ?? fail("Error from server (NotFound)")));
else if (/^get deployments --selector [\\w=,-]+ --output json$/.test(line)) console.log(JSON.stringify({ items: selected(args[3]) }));
else if (line === "apply --filename -") { for (const object of JSON.parse(readFileSync(0, "utf8")).items) put(object, false); }
else if (line === "replace --filename -") put(JSON.parse(readFileSync(0, "utf8")), true);
else if (/^rollout status deployment\\/shop-[0-9a-f]+ --timeout 9m$/.test(line)) {
  const { spec, status } = cluster[args[2]] ?? fail("Error from server (NotFound)");
  if (status?.availableReplicas !== spec.replicas) fail("error: timed out waiting for the condition");
} else fail("error: unknown command " + line);
`;

export interface Cluster extends AsyncDisposable {
  /** Folder with the stand-in, for PATH. */
  readonly directory: string;
  /** The cluster's objects by \`kind/name\`. */
  objects(): Promise<Record<string, ClusterObject>>;
  /** Another person's \`kubectl edit\`. */
  edit(name: string, change: (object: ClusterObject) => ClusterObject): Promise<void>;
}

export interface ClusterObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation?: number; readonly resourceVersion?: string };
  readonly spec?: {
    readonly rules?: readonly { readonly backendRefs: readonly { name: string; weight?: number }[] }[];
  };
  readonly stringData?: Readonly<Record<string, string>>;
}

/** A cluster in which the named version serves everything. */
export async function cluster(stable: string): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-kubectl-"));
  await writeFile(join(directory, "kubectl"), script);
  await chmod(join(directory, "kubectl"), 0o755);
  const file = join(directory, "cluster.json");
  const name = `shop-${stable}`;
  const labels = { app: "shop", version: stable };
  const objects = {
    "httproute/shop": {
      kind: "HTTPRoute",
      metadata: { name: "shop", generation: 3, resourceVersion: "30" },
      spec: { parentRefs: [{ name: "gateway" }], rules: [{ backendRefs: [{ name, port: 80 }] }] },
    },
    [`deployment/${name}`]: {
      kind: "Deployment",
      metadata: { name, labels, generation: 1, resourceVersion: "9", creationTimestamp: "2026-11-20T10:00:00Z" },
      spec: { replicas: 2 },
      status: { availableReplicas: 2 },
    },
  };
  await writeFile(file, JSON.stringify(objects));
  const read = async (): Promise<Record<string, ClusterObject>> => JSON.parse(await readFile(file, "utf8"));
  return {
    directory,
    objects: read,
    async edit(key, change) {
      const all = await read();
      const object = all[key];
      if (object === undefined) throw new Error(`there is no ${key}`);
      const { generation = 1, resourceVersion = "1" } = object.metadata;
      const metadata = {
        ...object.metadata,
        generation: generation + 1,
        resourceVersion: `${Number(resourceVersion) + 1}`,
      };
      await writeFile(file, JSON.stringify({ ...all, [key]: { ...change(object), metadata } }));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
