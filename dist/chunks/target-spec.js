import { S as union, b as string, g as number, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { $ as slotAddress, B as hostName, F as command, G as name, H as imageName, I as directory, L as duration, N as adminAddress, V as hostPath, X as secretReference, at as vercelProject, it as variableName, nt as textLike, ot as vercelTeam, pt as refusing, rt as urlPath, z as hostDestination } from "./runbook-keys.js";
const label = name.meta({ description: "What the host is called." }), port = number().int().min(1).max(65535), compose = strictObject({
hosts: record(label, hostDestination).refine((hosts) => Object.keys(hosts).length > 0, { error: "at-least-one" }).meta({ description: "The hosts by name: `user@host`, `user@host:port`, a variable, or `local` for this machine." }),
ssh: strictObject({
key: secretReference.optional().meta({ description: "The secret with the private key; this machine's agent if not given." }),
"known-hosts": string().min(1).max(2e4).meta({ description: "Lines of a known_hosts file, or the variable with them: the only keys hosts may show." })
}).optional().meta({ description: "How hosts are reached; not needed where all are `local`." }),
project: name.meta({ description: "The compose project; each slot runs as `<project>-<slot>`." }),
file: directory.default("docker-compose.yml").meta({ description: "The compose file in the repository." }),
service: name.meta({ description: "The service that takes the traffic; it must have a health check." }),
image: imageName.meta({ description: "The image's name without a tag, such as ghcr.io/acme/backend." }),
build: _enum([
"ci",
"host",
"registry"
]).default("ci").meta({ description: "Where the image is built: in this job, on the first host, or elsewhere before the release, as `<image>:<commit>`." }),
push: boolean().default(!1).meta({ description: "Push the built image and pull it on each host; without it, it is loaded through the session." }),
slots: record(label, port).refine((slots) => Object.keys(slots).length >= 2, { error: "two-slots" }).meta({ description: "HAProxy's servers and the port of each, such as `{ blue: 8101, green: 8102 }`." }),
haproxy: strictObject({
socket: hostPath.meta({ description: "The admin socket on the host." }),
backend: name.meta({ description: "The backend whose servers are the slots." }),
"state-file": hostPath.meta({ description: "Where HAProxy reads its servers' state from when it starts." }),
sticky: boolean().optional().meta({ description: "Whether the backend keeps visitors on a server: `cookie`, `stick-table` or `balance source`." })
}).meta({ description: "The router on each host." }),
address: slotAddress.optional().meta({ description: "Where one slot answers people who test it, such as `https://$slot.example.com`." }),
within: duration.prefault("2m").meta({ description: "Longest time a version may take until it is healthy." }),
directory: union([hostPath, directory]).default(".sluice").meta({ description: "Folder on the host for what Sluice keeps there; in the home of who logs in unless it begins with a slash." })
}).superRefine(({ hosts, ssh, build, push }, context) => {
let remote = Object.entries(hosts).find(([, destination]) => destination !== "local");
remote !== void 0 && ssh === void 0 && context.addIssue(refusing({
code: "RB124",
message: `host ${remote[0]} is reached over SSH, and \`ssh\` is missing`,
why: "Without the host's own key anybody in between could take its place.",
fix: "Add `ssh: { key: $SSH_KEY, known-hosts: $SSH_KNOWN_HOSTS }`."
}, ["hosts", remote[0]])), push && build === "registry" && context.addIssue(refusing({
code: "RB125",
message: "`push` without a build of our own",
why: "With `build: registry` the image is there already, under the commit's tag.",
fix: "Remove `push`, or build with `build: ci`."
}, ["push"]));
}), local = strictObject({
admin: adminAddress.meta({ description: "Where the router takes orders." }),
token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
start: command.meta({ description: "Starts one version; it listens on $PORT." }),
health: urlPath.meta({ description: "Answers 200 once the version is ready." })
}), commands = strictObject({
observe: command.meta({ description: "Prints what production serves right now." }),
stage: command.meta({ description: "Builds and starts a version without traffic; prints its name and address." }),
shift: command.meta({ description: "Gives the candidate its share and stable the rest." }),
restore: command.meta({ description: "Gives one version all traffic." }),
health: command.optional().meta({ description: "Prints whether a version exists and works." }),
history: command.optional().meta({ description: "Prints the versions one could go back to, newest first." }),
shifts: _enum([
"traffic",
"hosts",
"all-at-once"
]).default("traffic").meta({ description: "What `shift` can do: percent of requests, whole hosts, or nothing between none and all." }),
env: record(variableName, string().max(1e4)).optional().meta({ description: "Variables of the commands, such as `KUBECONFIG: $KUBECONFIG`; nothing else is passed on." }),
within: duration.optional().meta({ description: "Longest time `stage`, `shift` and `restore` may take; 10m." })
}), vercel = strictObject({
project: vercelProject.meta({ description: "The project's id." }),
team: vercelTeam.optional().meta({ description: "The team's id; the token's own account if not given." }),
token: secretReference.default("$VERCEL_TOKEN").meta({ description: "The secret with a token of that team." }),
build: _enum(["remote", "local"]).default("remote").meta({ description: "Where a commit is built: `remote` by Vercel from the connected repository, `local` in the job, with Vercel's command line." }),
domain: hostName.optional().meta({ description: "The production domain that is read back; all of the project's if not given." }),
health: urlPath.default("/").meta({ description: "Answers 2xx when a deployment works." }),
bypass: secretReference.optional().meta({ description: "The secret of Protection Bypass for Automation, when deployments are protected." })
}), renderService = textLike("render-service", /^srv-[a-z0-9]{10,40}$/), render = strictObject({
service: renderService.meta({ description: "The web service of production, such as srv-cukd2nd6l47c73f2v3t0." }),
candidate: renderService.optional().meta({ description: "A second web service of the same code: it gets every version first and is what smoke and load tests ask." }),
image: textLike("render-image", /^[a-z0-9][a-z0-9._/:-]{0,200}:[A-Za-z0-9_.-]*\$commit[A-Za-z0-9_.-]*$/).optional().meta({ description: "For services that run an image: `ghcr.io/acme/api:$commit`; needs `candidate`." }),
health: urlPath.optional().meta({ description: "Answers 2xx once a version is well; the service's own path if not given." }),
key: secretReference.default("$RENDER_API_KEY").meta({ description: "The secret with the API key." }),
within: duration.optional().meta({ description: "Longest time a deploy may take until it is canceled; 20m." })
}), targetSchema = union([
strictObject({ local }),
strictObject({ vercel }),
strictObject({ compose }),
strictObject({ render }),
strictObject({ command: commands })
]);
export { targetSchema as t };
