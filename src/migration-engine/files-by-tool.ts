import { InputError } from "../failure.ts";
import { lastWords, onThisMachine } from "../migration/tool-environment.ts";
import type { MigrationEngine, Rehearsal } from "../migration-engine.ts";
import type { Ports } from "../ports.ts";
import { type FilesEngine, limitsOf, lookingAtFiles, rehearsingFiles } from "./files.ts";
import { lockedEngine } from "./locked.ts";
import { applyByTool, lookBeforeTool } from "./tool.ts";

export interface OwnTool {
  /** Shell text such as `npx prisma migrate deploy`. */
  readonly command: string;
  readonly workspace: string;
}

/**
 * Lets the project's own tool apply the files whose history we read. Tools that do not read libpq's variables find the
 * same bounds in the options of DATABASE_URL.
 */
export function filesByToolEngine(engine: FilesEngine, { command, workspace }: OwnTool, ports: Ports): MigrationEngine {
  const { address, options } = engine;
  const limits = limitsOf(options);
  const place = options.place ?? onThisMachine(address, ports);
  // The tool takes its own lock itself, and what it can run it may run: nothing of a file is refused by us.
  const { alsoLock: _, check: __, ...seeing } = lookingAtFiles(engine);
  const engineByTool = lockedEngine(
    {
      ...seeing,
      look: (client) => lookBeforeTool(client, seeing.look),
      apply: (client, seen) =>
        applyByTool(
          client,
          seen,
          {
            address,
            limits,
            name: `\`${command}\``,
            look: seeing.look,
            run: async (bounds) => {
              const url = new URL(place.address.url);
              url.searchParams.set("options", bounds["PGOPTIONS"] ?? "");
              url.searchParams.set("application_name", bounds["PGAPPNAME"] ?? "");
              // A plus sign is a plus sign to libpq and to Prisma; only %20 is a space to both.
              url.search = url.search.replaceAll("+", "%20");
              const env = { ...bounds, DATABASE_URL: url.href };
              const result = await place.run({ command, args: [], directory: workspace, env });
              return { failure: result.code === 0 ? undefined : `\`${command}\` ${lastWords(result, () => false)}` };
            },
          },
          ports,
        ),
    },
    ports,
  );
  const rehearseWhatCanBe = (scratchUrl: string | undefined): Promise<Rehearsal> =>
    rehearsingFiles(
      engine,
      seeing.look,
      ports,
    )(scratchUrl).catch((problem: unknown) => {
      // What only the tool can run, such as COPY from a file, is none of the tool's faults.
      if (problem instanceof InputError) return { outcome: "not-rehearsed", why: problem.message };
      throw problem;
    });
  return { ...engineByTool, rehearse: rehearseWhatCanBe };
}
