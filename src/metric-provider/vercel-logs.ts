import * as z from "zod";
import type { MetricProvider, NoData, Window } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { type LinePatterns, matchingLines } from "./matching-lines.ts";
import { isNoData, noData } from "./no-data.ts";
import { wholeMinutes } from "./whole-minutes.ts";

export interface VercelLogsConfig extends LinePatterns {
  readonly token: string;
  readonly project: string;
  /** The team's id; the token's own account if not given. */
  readonly team?: string | undefined;
}

/** Where `vercel logs` reads requests from; not the API's own host, which only streams what comes. */
const SITE = "https://vercel.com";
const MOST_PAGES = 50;

/** As Vercel CLI 60 reads it; no published interface, so anything else is no data. */
const page = z.object({
  hasMoreRows: z.boolean().optional(),
  rows: z.array(
    z.object({
      requestId: z.string().min(1),
      timestamp: z.union([z.string(), z.number()]),
      deploymentId: z.string().min(1),
      requestMethod: z.string().optional(),
      requestPath: z.string().optional(),
      statusCode: z.number().optional(),
      logs: z.array(z.object({ level: z.string().optional(), message: z.string().optional() })).optional(),
    }),
  ),
});
type Row = z.infer<typeof page>["rows"][number];

/** A request as lines: one per message its functions logged, or one without: `error GET /api/pay 500 card refused`. */
function linesOf({ requestMethod = "-", requestPath = "-", statusCode = 0, logs = [] }: Row): readonly string[] {
  const about = `${requestMethod} ${requestPath} ${statusCode}`;
  if (logs.length === 0) return [`info ${about}`];
  return logs.map(({ level = "info", message = "" }) => `${level} ${about} ${message.replace(/\s+/g, " ")}`);
}

/** Requests to one deployment, and what its functions logged of them, in whole minutes that have ended. */
export function vercelLogsProvider(
  config: VercelLogsConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  site = SITE,
): MetricProvider {
  const { token, project, team } = config;
  const count = matchingLines(config);
  const source = `Vercel's log of ${project}`;
  const closed = wholeMinutes();

  async function ask({ from, to }: Window, version: string, number: number) {
    const url = below(apiAddress(site, token), "/api/logs/request-logs", {
      projectId: project,
      ...(team !== undefined && { ownerId: team }),
      deploymentId: version,
      startDate: String(from),
      endDate: String(to),
      page: String(number),
    });
    const found = await askJson(ports, { provider: "vercel", url, headers: bearer(token) });
    if (isNoData(found)) return found;
    const parsed = page.safeParse(found.json);
    return parsed.success
      ? parsed.data
      : noData("unparsable", `${source}: Vercel did not answer as its own command reads it.`);
  }

  /** Every line of the window, whatever pages it comes in; a page that is missing makes all of it no data. */
  async function linesIn(window: Window, version: string): Promise<readonly string[] | NoData> {
    const rows = new Map<string, Row>();
    for (let number = 0; number < MOST_PAGES; number++) {
      const found = await ask(window, version, number);
      if (isNoData(found)) return found;
      for (const row of found.rows) {
        const at = typeof row.timestamp === "number" ? row.timestamp : Date.parse(row.timestamp);
        if (Number.isNaN(at)) return noData("unparsable", `${source}: a request has no time.`);
        if (row.deploymentId !== version)
          return noData("version-changed", `${source} answered with requests to ${row.deploymentId}.`);
        if (at >= window.from && at < window.to) rows.set(row.requestId, row);
      }
      if (found.hasMoreRows !== true) return [...rows.values()].flatMap(linesOf);
    }
    return noData("too-large", `${source} has more than ${MOST_PAGES} pages of requests since the last look.`);
  }

  return {
    kind: "vercel-logs",
    async measure(window, { version }) {
      const minutes = closed.of(window, version, ports.clock.now());
      if (isNoData(minutes)) return minutes;
      const lines = await linesIn(minutes, version);
      if (isNoData(lines)) return lines;
      const measured = count(lines, { window: minutes, observedAt: minutes.to, version, source });
      if (measured.kind !== "no-data") closed.counted(minutes, version);
      return measured;
    },
  };
}
