import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Client } from "pg";
import type { Rehearsal, RelationSize } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type DatabaseAddress, describeError, withConnection } from "./connection.ts";
import { traceLocks } from "./lock-trace.ts";
import type { MigrationScript } from "./migration-script.ts";
import { chooseDumpTool, dumpNatively, restoreArchive } from "./pg-dump.ts";
import { restoreScript } from "./restore-script.ts";
import { openScratch } from "./scratch.ts";

export interface RehearsalRequest {
  /** Production: its schema is read, nothing is written. */
  readonly address: DatabaseAddress;
  /** Server on which a scratch database may be created; without it one is started from programs found here. */
  readonly scratchUrl: string | undefined;
  readonly scripts: readonly MigrationScript[];
  readonly searchPath: string | undefined;
}

/** Applies pending files to an empty copy of production's schema and says which locks they take on what was there. */
export async function rehearse(request: RehearsalRequest, ports: Ports): Promise<Rehearsal> {
  const folder = await mkdtemp(path.join(ports.env["RUNNER_TEMP"] ?? tmpdir(), "sluice-rehearsal-"));
  try {
    const file = path.join(folder, "schema");
    return await withConnection(request.address, "sluice rehearsal", ports, async (client) => {
      const production = await describe(client);
      const scratch = await openScratch(
        { url: request.scratchUrl, major: production.major, roles: production.roles },
        ports,
      );
      if (typeof scratch === "string") return { outcome: "not-rehearsed", why: scratch };
      try {
        const absent = production.extensions.filter((name) => !scratch.extensions.has(name));
        if (absent.length > 0) {
          const why = `The scratch server (${scratch.origin}) lacks the extensions ${absent.join(", ")}. Give a scratch server that has them.`;
          return { outcome: "not-rehearsed", why };
        }
        const files = await withConnection(scratch.address, "sluice rehearsal", ports, async (copy) => {
          await copySchema(
            { client, address: request.address, major: production.major, file },
            { ...scratch, copy },
            ports,
          );
          if (request.searchPath !== undefined)
            await copy.query("select set_config('search_path', $1, false)", [request.searchPath]);
          else await copy.query("reset search_path");
          return traceLocks(copy, request.scripts, ports.clock.monotonic);
        });
        const { failure, forWantOfRows } = files.at(-1) ?? {};
        if (forWantOfRows === true) return { outcome: "not-rehearsed", why: `the copy has no rows, and ${failure}` };
        const locked = new Set(files.flatMap(({ locks }) => locks.map(({ relation }) => relation)));
        return {
          outcome: "rehearsed",
          origin: scratch.origin,
          sameMajor: scratch.major === production.major,
          files,
          sizes: await sizesOf(client, [...locked]),
          ...(failure !== undefined && { failure }),
        };
      } finally {
        await scratch.remove();
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function describe(client: Client) {
  const { rows } = await client.query<{ major: number; roles: string[]; extensions: string[] }>(
    `select current_setting('server_version_num')::int / 10000 as major,
            array(select rolname::text from pg_roles where rolname !~ '^pg_') as roles,
            array(select extname::text from pg_extension where extname <> 'plpgsql') as extensions`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error("the server answered with no row");
  return found;
}

interface Source {
  readonly client: Client;
  readonly address: DatabaseAddress;
  readonly major: number;
  readonly file: string;
}

async function copySchema(
  { client, address, major, file }: Source,
  scratch: { readonly copy: Client; readonly address: DatabaseAddress; readonly major: number },
  ports: Ports,
): Promise<void> {
  const tool = await chooseDumpTool({ major, bytes: 0 }, { wasmLimitBytes: 1 }, ports);
  await client.query("begin isolation level repeatable read read only");
  try {
    const { rows } = await client.query<{ snapshot: string }>("select pg_export_snapshot() as snapshot");
    const dump = { address, snapshot: rows[0]?.snapshot ?? "", file, schemaOnly: true };
    if (tool.kind === "native") {
      await dumpNatively({ ...dump, binaries: tool.binaries }, ports);
      const copy = { binaries: tool.binaries, address: scratch.address, file, ownership: "drop", jobs: 1 } as const;
      await restoreArchive(copy, ports);
      return;
    }
    const { dumpWithWasm } = await import("./wasm-dump.ts");
    await dumpWithWasm(dump, ports);
    await restoreScript(scratch.copy, file, scratch.major, "drop");
  } finally {
    await client.query("rollback").catch((error: unknown) => ports.log.warn(describeError(error).message));
  }
}

async function sizesOf(client: Client, names: readonly string[]): Promise<Readonly<Record<string, RelationSize>>> {
  const { rows } = await client.query<{ name: string; rows: number; bytes: number }>(
    `select name, greatest(c.reltuples, 0)::float8 as rows, pg_total_relation_size(c.oid)::float8 as bytes
     from unnest($1::text[]) name join pg_class c on c.oid = to_regclass(name)`,
    [names],
  );
  return Object.fromEntries(rows.map(({ name, rows: count, bytes }) => [name, { rows: count, bytes }]));
}

/** One line for each lock, for the log and the summary, the heaviest kind first. */
export function rehearsalLines(rehearsal: Extract<Rehearsal, { outcome: "rehearsed" }>): readonly string[] {
  const locks = rehearsal.files.flatMap((file) => file.locks);
  const weight = ({ rewritten, blocks }: (typeof locks)[number]) => (rewritten ? 2 : 0) + (blocks === "writes" ? 0 : 1);
  return locks
    .toSorted((a, b) => weight(b) - weight(a))
    .map(({ relation, mode, blocks, rewritten, heldMs, place }) => {
      const size = rehearsal.sizes[relation];
      const known =
        size === undefined
          ? ""
          : ` (${Math.round(size.rows)} rows, ${Math.ceil(size.bytes / 1024 / 1024)} MB in production)`;
      const rewrite = rewritten ? ", and writes every row anew" : "";
      return `${place}: ${mode} on ${relation}${known} keeps ${blocks} waiting${rewrite} (${Math.ceil(heldMs)} ms without rows).`;
    });
}
