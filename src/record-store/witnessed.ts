import { messageOf, ProviderError } from "../failure.ts";
import type { GitHubClient } from "../github.ts";
import type { Ports } from "../ports.ts";
import { type RecordSnapshot, type RecordStore, recordDiffers } from "../record-store.ts";
import { witnessOf } from "../report/deployment.ts";
import { recordRef } from "./record-ref.ts";

/** An answer of GitHub may be older than the newest write for a moment: how often the record is read again. */
const reads = 3;

/**
 * A record that its second witness is asked about before it is believed: each status of the release's deployment names
 * the record's head of that time, and every later head descends from it. One that does not was rewritten or taken away,
 * and blocks.
 *
 * The witness is asked for once, beside the first read. One that cannot be read says nothing, and people are told: the
 * page of deployments may be down, or the token may not see it, while candidates wait for their way back.
 */
export function witnessedStore(
  store: RecordStore,
  client: Pick<GitHubClient, "listDeployments" | "latestDeploymentStatus" | "isAncestor">,
  { clock, log }: Pick<Ports, "clock" | "log">,
): RecordStore {
  const trusted = new Set<string>();
  const refused = new Map<string, ProviderError>();

  const witness = async (environment: string): Promise<string | undefined> => {
    try {
      return (await witnessOf(client, environment))?.head;
    } catch (problem) {
      const why = messageOf(problem);
      log.warn(`The record of ${environment} cannot be compared with GitHub's deployments. ${why}`);
      return undefined;
    }
  };

  return {
    async read(environment) {
      const problem = refused.get(environment);
      if (problem !== undefined) throw problem;
      if (trusted.has(environment)) return store.read(environment);
      const [first, seen] = await Promise.all([store.read(environment), witness(environment)]);
      let snapshot = first;
      for (let read = 1; seen !== undefined && !(await descends(client, seen, snapshot)); read++) {
        if (read === reads) {
          const tampered = differs(environment, seen, snapshot);
          refused.set(environment, tampered);
          throw tampered;
        }
        await clock.sleep(200 * 2 ** read);
        snapshot = await store.read(environment);
      }
      trusted.add(environment);
      return snapshot;
    },
    append: (environment, onto, entries) => store.append(environment, onto, entries),
  };
}

const descends = async (
  client: Pick<GitHubClient, "isAncestor">,
  witness: string,
  { head }: RecordSnapshot,
): Promise<boolean> => head === witness || (head !== null && (await client.isAncestor(witness, head)));

function differs(environment: string, witness: string, { head }: RecordSnapshot): ProviderError {
  const ref = recordRef(environment);
  const found = head === null ? "and the record is gone" : `and ${ref} is at ${head}, which does not descend from it`;
  return new ProviderError(
    "github",
    `The record of ${environment} was tampered with: GitHub's newest deployment bears witness to ${witness}, ${found}. ` +
      `Nothing moves by itself. Put the record back with \`git push --force origin ${witness}:${ref}\`; to begin a new record on purpose, delete that deployment. ` +
      "Meanwhile the rollback workflow returns to any version that is named with `to`.",
    { status: recordDiffers },
  );
}
