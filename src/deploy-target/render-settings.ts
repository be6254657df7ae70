import type { Finding } from "../deploy-target.ts";
import { ProviderError } from "../failure.ts";
import type { Ports } from "../ports.ts";
import type { RenderTarget } from "../target-spec.ts";
import type { RenderApi, RenderService } from "./render-api.ts";

/** `ghcr.io/acme/api:$commit` without its tag. */
export const repositoryOf = (image: string): string => image.replace(/:[^/:]*$/, "");

/** Where a person looks at the service. */
export const linkOf = ({ dashboardUrl }: RenderService): string =>
  dashboardUrl === undefined ? "" : ` at ${dashboardUrl}`;

export function refuseSuspended(service: RenderService): void {
  if (service.suspended === "not_suspended") return;
  throw new ProviderError(
    "render",
    `${service.name} is suspended, so nothing can be deployed to it. Resume it${linkOf(service)} first.`,
  );
}

/** Rolling back by API leaves autodeploy on, and the next push would bring the bad version back. */
export async function stopAutoDeploy(api: RenderApi, service: RenderService, log: Ports["log"]): Promise<void> {
  if (!deploysPushes(service)) return;
  try {
    await api.switchAutoDeployOff(service.id);
    if (deploysPushes(await api.service(service.id)))
      throw new ProviderError("render", "it is still on when read back");
    log.notice(
      `Autodeploy of ${service.name} was on and is off now, so that no push brings the replaced version back.`,
    );
  } catch (problem) {
    if (!(problem instanceof ProviderError)) throw problem;
    // Traffic comes first: production is given back all the same.
    log.warn(
      `Autodeploy of ${service.name} could not be switched off (${problem.message}). Switch it off by hand${linkOf(service)}: a push may deploy the replaced version again.`,
    );
  }
}

const deploysPushes = ({ autoDeploy, autoDeployTrigger }: RenderService): boolean =>
  autoDeployTrigger === undefined ? autoDeploy !== "no" : autoDeployTrigger !== "off";

/** What about one service would let a release be a lie, each with its mend. */
export function serviceFindings(service: RenderService, spec: RenderTarget, key: "service" | "candidate"): Finding[] {
  const found: Finding[] = [];
  const place = `target.render.${key} (${service.name})`;
  if (service.suspended !== "not_suspended")
    found.push({ reason: "suspended", message: `${place} is suspended. Resume it${linkOf(service)}.` });
  if (service.type !== "web_service")
    found.push({
      reason: "no-web-service",
      message: `${place} is a ${service.type}; only a web service has traffic to move. Name a web service.`,
    });
  if (deploysPushes(service))
    found.push({
      reason: "auto-deploy-on",
      message: `${place} deploys pushes by itself, past every gate. Set Auto-Deploy to Off in its settings${linkOf(service)}.`,
    });
  const byImage = service.imagePath !== undefined && service.imagePath !== "";
  if (byImage !== (spec.image !== undefined))
    found.push({
      reason: "other-source",
      message: byImage
        ? `${place} runs an image (${service.imagePath}). Add \`image\`, such as \`image: ${repositoryOf(service.imagePath ?? "")}:$commit\`.`
        : `${place} is built from its repository. Remove \`image\`, or make it a service that runs an image.`,
    });
  return found;
}
