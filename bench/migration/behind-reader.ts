import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Tool } from "./tools.ts";

export const readerMs = 5_000;

/** What the sessions of live traffic saw while one column was added behind a reader. */
export async function behindReader(tool: Tool, folder: string, url: string) {
  const setup = new pg.Client({ connectionString: url });
  await setup.connect();
  await tool.write(folder, ["create table users (id int primary key, email text);"]);
  await tool.apply(folder, url);
  await setup.query("insert into users select n, 'x' from generate_series(1, 1000) n");
  await tool.write(folder, [
    "create table users (id int primary key, email text);",
    "alter table users add column note text;",
  ]);
  await setup.query("begin; select count(*) from users");
  // The reader stays for its time from when the tool first stands in the queue: some need seconds until they begin.
  const release = firstWait(url)
    .then(() => delay(readerMs))
    .then(() => setup.query("commit"));

  const pool = new pg.Pool({ connectionString: url, max: 20 });
  let open = true;
  let longestMs = 0;
  let failed = 0;
  const sent: Promise<void>[] = [];
  const traffic = (async () => {
    while (open) {
      const began = performance.now();
      const one = pool.query("update users set email = 'y' where id = $1", [1 + (sent.length % 1000)]);
      sent.push(
        one.then(
          () => {
            longestMs = Math.max(longestMs, performance.now() - began);
          },
          () => {
            failed += 1;
          },
        ),
      );
      await delay(5);
    }
  })();
  await tool.apply(folder, url);
  open = false;
  await traffic;
  await Promise.all(sent);
  await release;
  await Promise.all([pool.end(), setup.end()]);
  return { longestMs: Math.round(longestMs), failed, sent: sent.length };
}

/** Returns once any session of the database waits for a lock. */
async function firstWait(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const waiting = "select from pg_locks where not granted and locktype = 'relation'";
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline && (await client.query(waiting)).rowCount === 0) await delay(20);
  await client.end();
}
