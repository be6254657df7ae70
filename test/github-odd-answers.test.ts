import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ProviderError } from "../src/failure.ts";
import { type GitHubClient, githubClient } from "../src/github.ts";
import { boundedSummary } from "../src/report/summary.ts";
import { swiftPorts } from "./swift-ports.ts";

type Reply = (
  path: string,
  count: number,
) => {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** Our client against a server that answers whatever a test wants. */
async function against(reply: Reply, scene: (client: GitHubClient, asked: () => number) => Promise<void>) {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    const { status = 200, headers = {}, body = "" } = reply(request.url ?? "", count);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const apiUrl = `http://127.0.0.1:${address.port}`;
  const patience = { requestMs: 5_000, totalMs: 20_000 };
  try {
    const access = { token: "ghs_token", repository: "octo/shop", apiUrl, patience };
    await scene(githubClient(access, swiftPorts()), () => count);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const failsAsGitHub = (promise: Promise<unknown>) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof ProviderError, String(error));
    assert.equal(error.provider, "github");
    assert.doesNotMatch(error.message, /ghs_token/);
    return true;
  });

const shapes: Readonly<Record<string, readonly (readonly [what: string, body: string])[]>> = {
  "B77: 200 with an error in it": [["", '{"error":"something went wrong"}']],
  "B78: JSON that is cut": [["", '{"ref":"refs/heads/main","object":{"sha":"abab']],
  "B82: a field that is missing, null or of another type": [
    ["missing", '{"ref":"refs/heads/main","object":{}}'],
    ["null", '{"ref":"refs/heads/main","object":{"sha":null}}'],
    ["a number", '{"ref":"refs/heads/main","object":{"sha":12}}'],
    ["a list", "[]"],
    ["nothing", "null"],
  ],
};

for (const [name, bodies] of Object.entries(shapes))
  test(`${name} is GitHub's failure, never a value`, async () => {
    for (const [, body] of bodies)
      await against(
        () => ({ body }),
        (client) => failsAsGitHub(client.readRef("refs/heads/main")),
      );
  });

test("B84: 204 where a body is expected is GitHub's failure", () =>
  against(
    () => ({ status: 204 }),
    (client) => failsAsGitHub(client.readRef("refs/heads/main")),
  ));

test("B79: an answer that unpacks to more than we read is cut off, not unpacked to its end", () => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32));
  assert.ok(bomb.length < 1024 * 1024);
  return against(
    () => ({ headers: { "content-encoding": "gzip" }, body: bomb }),
    (client) => failsAsGitHub(client.readRef("refs/heads/main")),
  );
});

test("B80: a redirect that leads back to itself ends", () =>
  against(
    (path) => ({ status: 302, headers: { location: path } }),
    (client) => failsAsGitHub(client.readRef("refs/heads/main")),
  ));

test("B83: a list whose pages never change is not read for ever", () => {
  const page = JSON.stringify(
    Array.from({ length: 100 }, (_, id) => ({ id, body: "hello", user: { login: "somebody" } })),
  );
  return against(
    () => ({ body: page }),
    async (client, asked) => {
      const comment = { issue: 1, marker: "<!-- sluice -->", body: "text" };
      await client.upsertComment(comment).catch((error: unknown) => assert.ok(error instanceof ProviderError));
      assert.ok(asked() <= 200, `${asked()} requests`);
    },
  );
});

test("a pull request that changes more files than GitHub lists is one of which nothing is known", () => {
  const page = JSON.stringify(Array.from({ length: 100 }, (_, i) => ({ filename: `f${i}`, status: "added" })));
  return against(
    () => ({ body: page }),
    async (client) => assert.equal(await client.changedFiles(1), null),
  );
});

const writers: readonly (readonly [who: string, user: object, edits: boolean])[] = [
  ["an app, whose token the user gave", { login: "acme-deploy[bot]", type: "Bot" }, true],
  ["the person whose token the user gave", { login: "ann", type: "User" }, true],
  ["another member of the repository", { login: "bob", type: "User" }, false],
  ["a stranger", { login: "eve", type: "User" }, false],
];
for (const [who, user, edits] of writers)
  test(`a comment with our marker by ${who}: ${edits ? "edited" : "left alone"}`, async () => {
    const asked: string[] = [];
    const comment = { id: 7, body: "<!-- m -->\nold", user, author_association: "MEMBER" };
    await against(
      (path) => {
        asked.push(path);
        const answers = path === "/user" ? { login: "ann" } : asked.length === 1 ? [comment] : comment;
        return { body: JSON.stringify(answers) };
      },
      async (client) => void (await client.upsertComment({ issue: 1, marker: "<!-- m -->", body: "new" })),
    );
    assert.equal(asked.at(-1), edits ? "/repos/octo/shop/issues/comments/7" : "/repos/octo/shop/issues/1/comments");
  });

test("a job's token, which no person has, takes no person's comment for its own", async () => {
  const asked: string[] = [];
  const comment = { id: 7, body: "<!-- m -->\nold", user: { login: "ann", type: "User" } };
  await against(
    (path) => {
      asked.push(path);
      if (path === "/user") return { status: 403, body: '{"message":"Resource not accessible by integration"}' };
      return { body: JSON.stringify(path.includes("?") ? [comment, comment] : comment) };
    },
    async (client) => void (await client.upsertComment({ issue: 1, marker: "<!-- m -->", body: "new" })),
  );
  assert.deepEqual(asked.slice(1), ["/user", "/repos/octo/shop/issues/1/comments"]);
});

test("B81: a state of a deployment that GitHub adds later is shown as it is, and decides nothing", () =>
  against(
    () => ({ body: JSON.stringify([{ state: "paused", description: "by somebody" }]) }),
    async (client) => {
      const status = await client.latestDeploymentStatus(1).catch((error: unknown) => error);
      if (status instanceof Error) assert.ok(status instanceof ProviderError, String(status));
      else assert.deepEqual(status, { state: "paused", description: "by somebody" });
    },
  ));

test("F37: a summary that GitHub would drop whole is cut at a line and says so", () => {
  assert.equal(boundedSummary("short\n"), "short\n");
  const long = boundedSummary(`${"äöü line\n".repeat(200_000)}`);
  assert.ok(Buffer.byteLength(long) < 1024 * 1024);
  assert.match(long, /line\n\n\*\*This summary was cut: it has \d+ bytes/);
  assert.ok(!long.includes("\uFFFD"));
});
