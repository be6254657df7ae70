import { type GitHubClient, githubClient } from "../../src/github.ts";
import type { Ports } from "../../src/ports.ts";
import type { Permissions } from "../../src/rehearsal/github-twin/tokens.ts";
import { type GitHubTwin, type GitHubTwinOptions, startGitHubTwin } from "../../src/rehearsal/github-twin.ts";
import { swiftPorts } from "../swift-ports.ts";
import { type BareFixture, bareRepository } from "./twin-repository.ts";

export interface TwinWorld {
  readonly twin: GitHubTwin;
  readonly bare: BareFixture;
  /** Our own client, as a job with these permissions has it. */
  client(permissions: Permissions, ports?: Ports): GitHubClient;
}

/** A scene against a fresh twin of `octo/shop` on a fresh repository; both are gone afterwards. */
export async function withTwin(
  scene: (world: TwinWorld) => Promise<void>,
  options: Partial<GitHubTwinOptions> = {},
  files?: Readonly<Record<string, string>>,
): Promise<void> {
  using bare = bareRepository(files);
  const twin = await startGitHubTwin({
    repository: "octo/shop",
    bareRepository: bare.directory,
    rateLimit: 10_000,
    ...options,
  });
  const client: TwinWorld["client"] = (permissions, ports = swiftPorts()) => {
    const token = twin.issueToken({ permissions, jobId: "job" });
    return githubClient({ token, repository: "octo/shop", apiUrl: twin.url, patience: { requestMs: 10_000 } }, ports);
  };
  try {
    await scene({ twin, bare, client });
  } finally {
    await twin.stop();
  }
}
