import { Octokit } from "@octokit/core";
import { restEndpointMethods } from "@octokit/plugin-rest-endpoint-methods";

/**
 * Stands in for `@actions/github` in dist/: the same client of the same parts, without the event's context, the proxy
 * agents and the paging that none of our calls uses.
 */
export function getOctokit(token: string, options: ConstructorParameters<typeof Octokit>[0]) {
  const Client = Octokit.plugin(restEndpointMethods);
  return new Client({ ...options, auth: `token ${token}` });
}
