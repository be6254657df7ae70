import type { DeployTarget, HostAnswer } from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { NoData } from "../metric-provider.ts";
import { quote } from "../source-text.ts";
import { noData } from "./no-data.ts";

/** Asks the containers of a version, on every host that runs it, or says why that says nothing. */
export type AskContainers = (
  version: string,
  question: (container: string) => readonly string[],
) => Promise<readonly HostAnswer[] | NoData>;

/**
 * Asks over the target's own session. A host that does not answer, or answers with an error, makes all of it no data.
 * Throws `InputError` for a target whose versions are no containers that it could be asked about.
 */
export function containersOf(target: Pick<DeployTarget, "kind" | "askContainers"> | undefined): AskContainers {
  const asked = target?.askContainers?.bind(target);
  if (asked === undefined) {
    const which = target === undefined ? "none is open here" : `\`${target.kind}\` has none to be asked about`;
    throw new InputError(`A metric of containers over the target's session needs \`target.compose\`; ${which}.`);
  }
  return async (version, question) => {
    const [command = ""] = question("");
    try {
      const answers = await asked(version, question);
      if (answers.length === 0) return noData("no-series", `No host runs a container of version ${version}.`);
      const failed = answers.find(({ code }) => code !== 0);
      if (failed === undefined) return answers;
      const last = failed.stderr.trimEnd().split("\n").at(-1) ?? "";
      const message = `\`docker ${command}\` on host ${failed.host} ended with ${failed.code}: ${quote(last)}.`;
      return noData("unreachable", message);
    } catch (problem) {
      if (!(problem instanceof ProviderError)) throw problem;
      return noData("unreachable", `\`docker ${command}\` was not answered: ${problem.message}`);
    }
  };
}
