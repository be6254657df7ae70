import type { Service, ServiceRequest } from "../../deploy-target.ts";
import { InputError } from "../../failure.ts";
import type { ComposeTarget } from "../../target-spec/compose.ts";
import { type Delivery, deliver, type Receiver, uploadTree } from "./delivery.ts";
import { exportLines, serviceIn } from "./docker.ts";

/**
 * Runs one container and ends it whenever it is not wanted any more: when the command is ended, and when nobody holds the
 * input any more, because the job was killed or the connection is gone. Docker's own command cannot be asked to: a
 * signal reaches only the container's first process, which may ignore it. What it was to know comes as the first bytes of
 * the input.
 */
const oneContainer = `
eval "$(head -c "$1")"; name=$2; shift 2
exec 3<&0
docker "$@" < /dev/null 3<&- &
running=$!
unwanted() {
  trap '' TERM
  kill -TERM "$running" 2> /dev/null
  while docker rm --force "$name" > /dev/null 2>&1; kill -0 "$running" 2> /dev/null; do sleep 0.2; done
  docker rm --force "$name" > /dev/null 2>&1
  exit 143
}
trap unwanted TERM
{ while read -r _; do :; done; kill -TERM $$; } <&3 > /dev/null 2>&1 &
listening=$!
exec 3<&-
wait "$running"; code=$?
kill "$listening"
exit "$code"
`;

/** Containers of their own for a service of a commit's compose file, on one host, beside whatever serves there. */
export async function openService(
  spec: ComposeTarget,
  host: Receiver,
  { service, commit, directory, env }: ServiceRequest,
  { here, ports }: Pick<Delivery, "here" | "ports">,
): Promise<Service> {
  const { session } = host;
  const delivery: Delivery = { spec, commit, directory, env, here, hosts: [host], ports };
  const reference = (await deliver(delivery)).get(session)?.reference;
  const tree = await uploadTree(delivery, host);
  // No slot is called so: what runs here is no version of the service.
  const compose = ["compose", "-f", `${tree}/${spec.file}`, "-p", `${spec.project}_migrate`];
  const variables = { ...env, SLUICE_IMAGE: reference ?? "", SLUICE_VERSION: commit, SLUICE_PORT: "0" };
  const { image } = await serviceIn(session, compose, service, variables);
  if (image !== reference)
    throw new InputError(
      `Service ${service} would run ${image ?? "no image"} instead of what was built of ${commit.slice(0, 12)}. Write \`image: \${SLUICE_IMAGE}\` for it in ${spec.file}.`,
    );
  return {
    host: session.label,
    async run({ command, env: own, withinMs, onLine }) {
      const name = `${spec.project}-migrate-${Math.floor(ports.random() * 2 ** 48).toString(36)}`;
      const [entrypoint = "", ...words] = command;
      const named = Object.keys(own).flatMap((variable) => ["-e", variable]);
      const once = ["run", "--rm", "--no-deps", "-T", "--name", name, ...named, "--entrypoint", entrypoint, service];
      const stdin = exportLines({ ...variables, ...own });
      const script = ["sh", "-c", oneContainer, "sluice", String(Buffer.byteLength(stdin)), name];
      const options = { withinMs, stdin, holdInput: true, endOnCancel: true, ...(onLine !== undefined && { onLine }) };
      return session.run([...script, ...compose, ...once, ...words], options);
    },
  };
}
