import * as z from "zod";
import type { MetricProvider, NoData, Window } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress, askJson, bearer, below } from "./ask-json.ts";
import { type LinePatterns, matchingLines } from "./matching-lines.ts";
import { isNoData, noData } from "./no-data.ts";
import { wholeMinutes } from "./whole-minutes.ts";

export interface RenderLogsConfig extends LinePatterns {
  readonly token: string;
  /** The workspace: `tea-…`. */
  readonly workspace: string;
  /** The service: `srv-…`. */
  readonly service: string;
}

const API = "https://api.render.com/v1";
/** Lines per answer, and answers per look; a service that says more is not counted by its lines. */
const PER_PAGE = 100;
const MOST_PAGES = 50;

/** https://api-docs.render.com/reference/list-logs */
const page = z.object({
  hasMore: z.boolean(),
  nextStartTime: z.iso.datetime({ offset: true }).optional(),
  nextEndTime: z.iso.datetime({ offset: true }).optional(),
  logs: z.array(z.object({ id: z.string(), message: z.string(), timestamp: z.iso.datetime({ offset: true }) })),
});

/**
 * Lines that a Render service logged in whole minutes that have ended, of the application and of requests to it; builds
 * are left out. Render tells of services and not of deploys: the lines are those of whatever served, which is one version
 * at a time there.
 */
export function renderLogsProvider(
  config: RenderLogsConfig,
  ports: Pick<Ports, "fetch" | "clock" | "cancelled">,
  api = API,
): MetricProvider {
  const { token, workspace, service } = config;
  const count = matchingLines(config);
  const source = `Render's log of ${service}`;
  const closed = wholeMinutes();

  async function ask({ from, to }: { readonly from: string; readonly to: string }) {
    const url = below(apiAddress(api, token), "/logs", {
      ownerId: workspace,
      resource: service,
      startTime: from,
      endTime: to,
      direction: "forward",
      limit: String(PER_PAGE),
    });
    for (const type of ["app", "request"]) url.searchParams.append("type", type);
    const found = await askJson(ports, { provider: "render", url, headers: bearer(token) });
    if (isNoData(found)) return found;
    const parsed = page.safeParse(found.json);
    return parsed.success ? parsed.data : noData("unparsable", `${source}: Render did not answer as documented.`);
  }

  /** Every line of the window, whatever pages it comes in; a page that is missing makes all of it no data. */
  async function linesIn(window: Window): Promise<readonly string[] | NoData> {
    const lines = new Map<string, string>();
    let from = new Date(window.from).toISOString();
    let to = new Date(window.to).toISOString();
    for (let asked = 0; asked < MOST_PAGES; asked++) {
      const found = await ask({ from, to });
      if (isNoData(found)) return found;
      for (const { id, message, timestamp } of found.logs) {
        const at = Date.parse(timestamp);
        // Pages may share lines at their edges; each has an id of its own.
        if (at >= window.from && at < window.to) lines.set(id, message);
      }
      if (!found.hasMore) return [...lines.values()];
      const { nextStartTime = from, nextEndTime = to } = found;
      if (nextStartTime === from && nextEndTime === to) break;
      [from, to] = [nextStartTime, nextEndTime];
    }
    return noData("too-large", `${source} has more than ${PER_PAGE * MOST_PAGES} lines since the last look.`);
  }

  return {
    kind: "render-logs",
    async measure(window, { version }) {
      const minutes = closed.of(window, version, ports.clock.now());
      if (isNoData(minutes)) return minutes;
      const lines = await linesIn(minutes);
      if (isNoData(lines)) return lines;
      const measured = count(lines, { window: minutes, observedAt: minutes.to, version, source });
      if (measured.kind !== "no-data") closed.counted(minutes, version);
      return measured;
    },
  };
}
