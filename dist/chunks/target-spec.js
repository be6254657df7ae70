import { S as union, b as string, g as number, s as _enum, u as boolean, v as record, y as strictObject } from "./zod.js";
import { $ as slotAddress, B as hostName, F as command, G as name, H as imageName, I as directory, L as duration, N as adminAddress, V as hostPath, X as secretReference, at as vercelProject, it as variableName, nt as textLike, ot as vercelTeam, pt as refusing, rt as urlPath, z as hostDestination } from "./runbook-keys.js";
const label = name.meta({ description: "What the host is called." }), port = number().int().min(1).max(65535), compose = strictObject({
hosts: record(label, hostDestination).refine((hosts) => Object.keys(hosts).length > 0, { error: "at-least-one" }).meta({ description: "The hosts by name: `user@host`, `user@host:port`, a variable, or `local` for this machine." }),
ssh: strictObject({
key: secretReference.optional(),
"known-hosts": string().min(1).max(2e4).meta({ description: "Lines of a known_hosts file, or the variable with them: the only keys hosts may show." })
}).optional(),
project: name.meta({ description: "The compose project; each slot runs as `<project>-<slot>`." }),
file: directory.default("docker-compose.yml"),
service: name.meta({ description: "The service that takes the traffic; it must have a health check." }),
image: imageName.meta({ description: "The image's name without a tag, such as ghcr.io/acme/backend." }),
build: _enum([
"ci",
"host",
"registry"
]).default("ci"),
push: boolean().default(!1),
slots: record(label, port).refine((slots) => Object.keys(slots).length >= 2, { error: "two-slots" }).meta({ description: "HAProxy's servers and the port of each, such as `{ blue: 8101, green: 8102 }`." }),
haproxy: strictObject({
socket: hostPath.meta({ description: "The admin socket on the host." }),
backend: name.meta({ description: "The backend whose servers are the slots." }),
"state-file": hostPath.meta({ description: "Where HAProxy reads its servers' state from when it starts." }),
sticky: boolean().optional()
}).meta({ description: "The router on each host." }),
address: slotAddress.optional(),
within: duration.prefault("2m"),
directory: union([hostPath, directory]).default(".sluice")
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
token: secretReference.optional(),
start: command.meta({ description: "Starts one version; it listens on $PORT." }),
health: urlPath.meta({ description: "Answers 200 once the version is ready." })
}), commands = strictObject({
observe: command.meta({ description: "Prints what production serves right now." }),
stage: command.meta({ description: "Builds and starts a version without traffic; prints its name and address." }),
shift: command.meta({ description: "Gives the candidate its share and stable the rest." }),
restore: command.meta({ description: "Gives one version all traffic." }),
health: command.optional(),
history: command.optional(),
shifts: _enum([
"traffic",
"hosts",
"all-at-once"
]).default("traffic"),
env: record(variableName, string().max(1e4)).optional(),
within: duration.optional()
}), vercel = strictObject({
project: vercelProject.meta({ description: "The project's id." }),
team: vercelTeam.optional(),
token: secretReference.default("$VERCEL_TOKEN"),
build: _enum(["remote", "local"]).default("remote"),
domain: hostName.optional(),
health: urlPath.default("/"),
bypass: secretReference.optional()
}), renderService = textLike("render-service", /^srv-[a-z0-9]{10,40}$/), render = strictObject({
service: renderService.meta({ description: "The web service of production, such as srv-cukd2nd6l47c73f2v3t0." }),
candidate: renderService.optional(),
image: textLike("render-image", /^[a-z0-9][a-z0-9._/:-]{0,200}:[A-Za-z0-9_.-]*\$commit[A-Za-z0-9_.-]*$/).optional(),
health: urlPath.optional(),
key: secretReference.default("$RENDER_API_KEY"),
within: duration.optional()
}), targetSchema = union([
strictObject({ local }),
strictObject({ vercel }),
strictObject({ compose }),
strictObject({ render }),
strictObject({ command: commands })
]);
export { targetSchema as t };
