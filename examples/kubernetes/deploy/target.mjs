// Sluice's command target for Kubernetes with the Gateway API: an HTTPRoute divides traffic by weight between one
// Service per version. Run as `node deploy/target.mjs <command>`; the question is JSON on standard input, the answer
// JSON on standard output. Everything a person should read goes to standard error.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { NAMESPACE: namespace = "default", ROUTE: route = "shop", IMAGE: image, PREVIEW_DOMAIN: previews } = process.env;
const [command = ""] = process.argv.slice(2);
const question = JSON.parse(readFileSync(0, "utf8"));
if (question.contract !== 1) throw new Error(`This script knows contract 1, and was asked with ${question.contract}.`);

/** Objects travel on standard input: nothing that could be secret stands in argv. */
function kubectl(args, object) {
  const output = execFileSync("kubectl", ["--namespace", namespace, ...args], {
    encoding: "utf8",
    input: object === undefined ? "" : JSON.stringify(object),
    stdio: ["pipe", "pipe", "inherit"],
  });
  return args.includes("json") ? JSON.parse(output) : undefined;
}

const nameOf = (version) => `${route}-${version}`;
const versionOf = (name) => name.slice(route.length + 1);
const urlOf = (version) => `https://${version.slice(0, 12)}.${previews}`;
const readRoute = () => kubectl(["get", "httproute", route, "--output", "json"]);
const readVersions = () =>
  kubectl(["get", "deployments", "--selector", `app=${route}`, "--output", "json"]).items.map(({ metadata }) => ({
    version: versionOf(metadata.name),
    at: metadata.creationTimestamp,
  }));

/** `metadata.generation` counts what others change; the annotation counts our own writes, also those that change no share. */
const writesOf = ({ metadata }) => Number(metadata.annotations?.["sluice/writes"] ?? 0);
const generationOf = (object) => `${object.metadata.generation}.${writesOf(object)}`;

function observe() {
  const object = readRoute();
  const backends = object.spec.rules[0].backendRefs;
  const sum = backends.reduce((total, { weight = 1 }) => total + weight, 0);
  const shares = backends.map(({ name, weight = 1 }) => ({ version: versionOf(name), weight: (weight * 100) / sum }));
  const served = new Set(shares.map(({ version }) => version));
  const staged = readVersions().filter(({ version }) => !served.has(version));
  return {
    generation: generationOf(object),
    serving: [...shares, ...staged.map(({ version }) => ({ version, weight: 0 }))].map((entry) => ({
      ...entry,
      url: urlOf(entry.version),
    })),
  };
}

function stage({ commit, variables }) {
  const name = nameOf(commit);
  const labels = { app: route, version: commit };
  const metadata = { name, namespace, labels };
  const container = {
    name: "app",
    image: `${image}:${commit}`,
    env: [{ name: "VERSION", value: commit }],
    envFrom: [{ secretRef: { name } }],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/health", port: 8080 } },
  };
  const backendRefs = [{ name, port: 80, weight: 100 }];
  const items = [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: variables },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata,
      spec: {
        parentRefs: readRoute().spec.parentRefs,
        hostnames: [new URL(urlOf(commit)).host],
        rules: [{ backendRefs }],
      },
    },
  ];
  kubectl(["apply", "--filename", "-"], { apiVersion: "v1", kind: "List", items });
  kubectl(["rollout", "status", `deployment/${name}`, "--timeout", "9m"]);
  return { version: commit, url: urlOf(commit) };
}

/** The object carries its resourceVersion, so that the API server itself refuses a write made for an older one. */
function write(wanted, ifGeneration) {
  const object = readRoute();
  const generation = generationOf(object);
  if (generation !== ifGeneration) {
    const message = `The route is at generation ${generation}, not ${ifGeneration}.`;
    return { outcome: "not-applied", reason: "generation-differs", message };
  }
  object.metadata.annotations = { ...object.metadata.annotations, "sluice/writes": String(writesOf(object) + 1) };
  object.spec.rules[0].backendRefs = wanted
    .filter(({ weight }) => weight > 0)
    .map(({ version, weight }) => ({ name: nameOf(version), port: 80, weight }));
  kubectl(["replace", "--filename", "-"], object);
  return { outcome: "applied" };
}

function health({ version }) {
  const { items } = kubectl([
    "get",
    "deployments",
    "--selector",
    `app=${route},version=${version}`,
    "--output",
    "json",
  ]);
  const [deployment] = items;
  if (deployment === undefined) return { healthy: false, message: `There is no deployment of ${version}.` };
  const { replicas } = deployment.spec;
  const available = deployment.status.availableReplicas ?? 0;
  return {
    healthy: available >= replicas,
    message: `${available} of ${replicas} replicas of ${version} are available.`,
  };
}

const { candidate, stable, weight, version, ifGeneration } = question;
const commands = {
  observe,
  stage: () => stage(question),
  shift: () =>
    write(
      [
        { version: stable, weight: 100 - weight },
        { version: candidate, weight },
      ],
      ifGeneration,
    ),
  restore: () => write([{ version, weight: 100 }], ifGeneration),
  health: () => health(question),
  history: () => ({
    versions: readVersions()
      .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
      .map(({ version, at }) => ({ version, commit: version, at })),
  }),
};
if (!Object.hasOwn(commands, command)) throw new Error(`There is no command ${command}.`);
process.stdout.write(JSON.stringify(commands[command]()));
