import * as z from "zod";
import {
  adminAddress,
  command,
  duration,
  hostName,
  secretReference,
  textLike,
  urlPath,
  variableName,
  vercelProject,
  vercelTeam,
} from "./field.ts";
import { compose } from "./target-spec/compose.ts";

/** Processes on this machine behind a router: for rehearsals and for a first try. */
const local = z.strictObject({
  admin: adminAddress.meta({ description: "Where the router takes orders." }),
  token: secretReference.optional().meta({ description: "The secret that the router asks for." }),
  start: command.meta({ description: "Starts one version; it listens on $PORT." }),
  health: urlPath.meta({ description: "Answers 200 once the version is ready." }),
});
export type LocalTarget = z.infer<typeof local>;

/** Anything that has commands: each gets a question as JSON and answers with one JSON object (docs/targets.md). */
const commands = z.strictObject({
  observe: command.meta({ description: "Prints what production serves right now." }),
  stage: command.meta({ description: "Builds and starts a version without traffic; prints its name and address." }),
  shift: command.meta({ description: "Gives the candidate its share and stable the rest." }),
  restore: command.meta({ description: "Gives one version all traffic." }),
  health: command.optional().meta({ description: "Prints whether a version exists and works." }),
  history: command.optional().meta({ description: "Prints the versions one could go back to, newest first." }),
  shifts: z
    .enum(["traffic", "hosts", "all-at-once"])
    .default("traffic")
    .meta({ description: "What `shift` can do: percent of requests, whole hosts, or nothing between none and all." }),
  env: z
    .record(variableName, z.string().max(10_000))
    .optional()
    .meta({ description: "Variables of the commands, such as `KUBECONFIG: $KUBECONFIG`; nothing else is passed on." }),
  within: duration.optional().meta({ description: "Longest time `stage`, `shift` and `restore` may take; 10m." }),
});
export type CommandTarget = z.infer<typeof commands>;

/** Deployments of a Vercel project; shares are stages of a rolling release. */
const vercel = z.strictObject({
  project: vercelProject.meta({ description: "The project's id." }),
  team: vercelTeam.optional().meta({ description: "The team's id; the token's own account if not given." }),
  token: secretReference.default("$VERCEL_TOKEN").meta({ description: "The secret with a token of that team." }),
  build: z.enum(["remote", "local"]).default("remote").meta({
    description:
      "Where a commit is built: `remote` by Vercel from the connected repository, `local` in the job, with Vercel's command line.",
  }),
  domain: hostName
    .optional()
    .meta({ description: "The production domain that is read back; all of the project's if not given." }),
  health: urlPath.default("/").meta({ description: "Answers 2xx when a deployment works." }),
  bypass: secretReference
    .optional()
    .meta({ description: "The secret of Protection Bypass for Automation, when deployments are protected." }),
});
export type VercelTarget = z.infer<typeof vercel>;

const renderService = textLike("render-service", /^srv-[a-z0-9]{10,40}$/);

/** A web service on Render: one version at a time, by commit or by image. */
const render = z.strictObject({
  service: renderService.meta({ description: "The web service of production, such as srv-cukd2nd6l47c73f2v3t0." }),
  candidate: renderService.optional().meta({
    description:
      "A second web service of the same code: it gets every version first and is what smoke and load tests ask.",
  }),
  image: textLike("render-image", /^[a-z0-9][a-z0-9._/:-]{0,200}:[A-Za-z0-9_.-]*\$commit[A-Za-z0-9_.-]*$/)
    .optional()
    .meta({ description: "For services that run an image: `ghcr.io/acme/api:$commit`; needs `candidate`." }),
  health: urlPath
    .optional()
    .meta({ description: "Answers 2xx once a version is well; the service's own path if not given." }),
  key: secretReference.default("$RENDER_API_KEY").meta({ description: "The secret with the API key." }),
  within: duration.optional().meta({ description: "Longest time a deploy may take until it is canceled; 20m." }),
});
export type RenderTarget = z.infer<typeof render>;

/** Where versions run, keyed by the platform's name: exactly one. A platform is added as one more member. */
export const targetSchema = z.union([
  z.strictObject({ local }),
  z.strictObject({ vercel }),
  z.strictObject({ compose }),
  z.strictObject({ render }),
  z.strictObject({ command: commands }),
]);
export type TargetSpec = z.infer<typeof targetSchema>;
