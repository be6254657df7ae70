import { checkedOut } from "./checked-out.ts";
import type { DeployTarget } from "./deploy-target.ts";
import { InputError } from "./failure.ts";
import { parseDatabaseUrl } from "./migration/connection.ts";
import { databaseVariables, shownLines, type ToolPlace } from "./migration/tool-environment.ts";
import type { Ports } from "./ports.ts";
import { shortVersion } from "./short-version.ts";
import type { Stage } from "./step.ts";
import type { Variables } from "./variables.ts";

export interface ToolInside {
  readonly target: () => Promise<Pick<DeployTarget, "openService">>;
  /** What is about to be deployed: its image has the migrations, the one that serves has not. */
  readonly commit: string;
  /** Where that commit is checked out. */
  readonly workspace: string;
  readonly variables: Variables;
  readonly ports: Ports;
}

/** No job of GitHub's lives longer. */
const longestMs = 6 * 60 * 60_000;

/**
 * Where the project's own tool runs when the step says `inside`: containers of that service on the target's first host,
 * made from the image of the commit about to be deployed. The step's address is as the runbook has it: the tool stands in
 * the hosts' network, and reaches the database without the session. Undefined when the tool runs here.
 */
export async function toolsInside(
  step: Stage["migrate"],
  { target, commit, workspace, variables, ports }: ToolInside,
): Promise<ToolPlace | undefined> {
  if (step?.inside === undefined) return undefined;
  const { openService } = await target();
  if (openService === undefined)
    throw new InputError("`inside` needs containers on hosts (`target.compose`); this target has none.");
  const found = await checkedOut(workspace, ports);
  if (found !== commit)
    throw new InputError(
      `The workspace holds ${shortVersion(found) || "no commit"}, and ${commit.slice(0, 12)} is to be migrated to. Check out that commit before this step.`,
    );
  const address = parseDatabaseUrl(step.url, "Applying migrations");
  const service = await openService({ service: step.inside, commit, directory: workspace, env: variables });
  ports.log.info(`The migrations run in service ${step.inside} of ${shortVersion(commit)} on host ${service.host}.`);
  return {
    address,
    async run({ command, args, directory, env, timeoutMs = longestMs, take }) {
      const result = await service.run({
        command: ["sh", "-ec", `cd -- "$1"; shift; ${command} "$@"`, "sh", directory, ...args],
        env: { ...databaseVariables(address), ...env },
        withinMs: timeoutMs,
        onLine: shownLines(take, ports),
      });
      return { ...result, signal: null };
    },
  };
}
