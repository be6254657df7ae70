import * as z from "zod";
import { refusing } from "../expectation.ts";
import {
  directory,
  duration,
  hostDestination,
  hostPath,
  imageName,
  name,
  secretReference,
  slotAddress,
} from "../field.ts";

const label = name.meta({ description: "What the host is called." });
const port = z.number().int().min(1).max(65_535);

/** Docker compose on one or several hosts, HAProxy on each of them in front of two or more slots. */
export const compose = z
  .strictObject({
    hosts: z
      .record(label, hostDestination)
      .refine((hosts) => Object.keys(hosts).length > 0, { error: "at-least-one" })
      .meta({
        description: "The hosts by name: `user@host`, `user@host:port`, a variable, or `local` for this machine.",
      }),
    ssh: z
      .strictObject({
        key: secretReference
          .optional()
          .meta({ description: "The secret with the private key; this machine's agent if not given." }),
        "known-hosts": z.string().min(1).max(20_000).meta({
          description: "Lines of a known_hosts file, or the variable with them: the only keys hosts may show.",
        }),
      })
      .optional()
      .meta({ description: "How hosts are reached; not needed where all are `local`." }),
    project: name.meta({ description: "The compose project; each slot runs as `<project>-<slot>`." }),
    file: directory.default("docker-compose.yml").meta({ description: "The compose file in the repository." }),
    service: name.meta({ description: "The service that takes the traffic; it must have a health check." }),
    image: imageName.meta({ description: "The image's name without a tag, such as ghcr.io/acme/backend." }),
    build: z.enum(["ci", "host", "registry"]).default("ci").meta({
      description:
        "Where the image is built: in this job, on the first host, or elsewhere before the release, as `<image>:<commit>`.",
    }),
    push: z.boolean().default(false).meta({
      description: "Push the built image and pull it on each host; without it, it is loaded through the session.",
    }),
    slots: z
      .record(label, port)
      .refine((slots) => Object.keys(slots).length >= 2, { error: "two-slots" })
      .meta({ description: "HAProxy's servers and the port of each, such as `{ blue: 8101, green: 8102 }`." }),
    haproxy: z
      .strictObject({
        socket: hostPath.meta({ description: "The admin socket on the host." }),
        backend: name.meta({ description: "The backend whose servers are the slots." }),
        "state-file": hostPath.meta({ description: "Where HAProxy reads its servers' state from when it starts." }),
        sticky: z.boolean().optional().meta({
          description: "Whether the backend keeps visitors on a server: `cookie`, `stick-table` or `balance source`.",
        }),
      })
      .meta({ description: "The router on each host." }),
    address: slotAddress
      .optional()
      .meta({ description: "Where one slot answers people who test it, such as `https://$slot.example.com`." }),
    within: duration.prefault("2m").meta({ description: "Longest time a version may take until it is healthy." }),
    directory: z.union([hostPath, directory]).default(".sluice").meta({
      description:
        "Folder on the host for what Sluice keeps there; in the home of who logs in unless it begins with a slash.",
    }),
  })
  .superRefine(({ hosts, ssh, build, push }, context) => {
    const remote = Object.entries(hosts).find(([, destination]) => destination !== "local");
    if (remote !== undefined && ssh === undefined)
      context.addIssue(
        refusing(
          {
            code: "RB124",
            message: `host ${remote[0]} is reached over SSH, and \`ssh\` is missing`,
            why: "Without the host's own key anybody in between could take its place.",
            fix: "Add `ssh: { key: $SSH_KEY, known-hosts: $SSH_KNOWN_HOSTS }`.",
          },
          ["hosts", remote[0]],
        ),
      );
    if (push && build === "registry")
      context.addIssue(
        refusing(
          {
            code: "RB125",
            message: "`push` without a build of our own",
            why: "With `build: registry` the image is there already, under the commit's tag.",
            fix: "Remove `push`, or build with `build: ci`.",
          },
          ["push"],
        ),
      );
  });
export type ComposeTarget = z.infer<typeof compose>;
