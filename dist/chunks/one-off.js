import { m as InputError } from "./words.js";
import { d as serviceIn, i as uploadTree, t as deliver, u as exportLines } from "./delivery.js";
async function openService(spec, host, { service, commit, directory, env }, { here, ports }) {
let { session } = host, delivery = {
spec,
commit,
directory,
env,
here,
hosts: [host],
ports
}, reference = (await deliver(delivery)).get(session)?.reference, compose = [
"compose",
"-f",
`${await uploadTree(delivery, host)}/${spec.file}`,
"-p",
`${spec.project}_migrate`
], variables = {
...env,
SLUICE_IMAGE: reference ?? "",
SLUICE_VERSION: commit,
SLUICE_PORT: "0"
}, { image } = await serviceIn(session, compose, service, variables);
if (image !== reference) throw new InputError(`Service ${service} would run ${image ?? "no image"} instead of what was built of ${commit.slice(0, 12)}. Write \`image: \${SLUICE_IMAGE}\` for it in ${spec.file}.`);
return {
host: session.label,
async run({ command, env: own, withinMs, onLine }) {
let name = `${spec.project}-migrate-${Math.floor(ports.random() * 2 ** 48).toString(36)}`, [entrypoint = "", ...words] = command, once = [
"run",
"--rm",
"--no-deps",
"-T",
"--name",
name,
...Object.keys(own).flatMap((variable) => ["-e", variable]),
"--entrypoint",
entrypoint,
service
], stdin = exportLines({
...variables,
...own
}), script = [
"sh",
"-c",
"\neval \"$(head -c \"$1\")\"; name=$2; shift 2\nexec 3<&0\ndocker \"$@\" < /dev/null 3<&- &\nrunning=$!\nunwanted() {\n  trap '' TERM\n  kill -TERM \"$running\" 2> /dev/null\n  while docker rm --force \"$name\" > /dev/null 2>&1; kill -0 \"$running\" 2> /dev/null; do sleep 0.2; done\n  docker rm --force \"$name\" > /dev/null 2>&1\n  exit 143\n}\ntrap unwanted TERM\n{ while read -r _; do :; done; kill -TERM $$; } <&3 > /dev/null 2>&1 &\nlistening=$!\nexec 3<&-\nwait \"$running\"; code=$?\nkill \"$listening\"\nexit \"$code\"\n",
"sluice",
String(Buffer.byteLength(stdin)),
name
], options = {
withinMs,
stdin,
holdInput: !0,
endOnCancel: !0,
...onLine !== void 0 && { onLine }
};
return session.run([
...script,
...compose,
...once,
...words
], options);
}
};
}
export { openService };
