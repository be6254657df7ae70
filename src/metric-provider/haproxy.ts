import type { DeployTarget, RouterStatistics } from "../deploy-target.ts";
import { InputError, ProviderError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress } from "./ask-json.ts";
import { exchange } from "./exchange.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf, readPage } from "./read-page.ts";
import { type RunningTotals, runningTotals } from "./running-totals.ts";

export interface HaproxyConfig {
  /** The statistics page: `https://proxy.example.com/stats`. */
  readonly url?: string | undefined;
  /** `user:password` of the page. */
  readonly login?: string | undefined;
  /** Instead of `url`: path of the statistics socket on this machine. */
  readonly socket?: string | undefined;
  readonly backend: string;
  /** The server's name in the backend; `$version`, which is also the default, stands for the version. */
  readonly server?: string | undefined;
}

type Row = Readonly<Record<string, string>>;
type World = Pick<Ports, "fetch" | "clock" | "cancelled">;

/** What one HAProxy counted, and which of its servers is the version's. */
interface Counted extends Pick<RouterStatistics, "backend" | "server" | "statistics"> {
  /** Where it was read, for people. */
  readonly source: string;
}
/** Asks every HAProxy in front of the version. */
type AskCounts = (version: string) => Promise<readonly Counted[] | NoData>;

const ANSWERED = ["hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other"] as const;
/** Requests that got no answer of the server's: no connection, or one that broke. Clients saw a 503 or 502. */
const UNANSWERED = ["econ", "eresp"] as const;
const COUNTED = [...ANSWERED, ...UNANSWERED] as const;

/**
 * Requests and errors of one server as HAProxy counts them
 * (https://docs.haproxy.org/2.6/management.html#9.1): bad are 5xx answers, refused and broken connections.
 */
export function haproxyProvider(config: HaproxyConfig, ports: World, saved?: unknown): MetricProvider {
  if ((config.url === undefined) === (config.socket === undefined))
    throw new InputError("HAProxy is read either from its page, `url`, or from its `socket`; give one of them.");
  const { url, socket, backend, server = "$version" } = config;
  const read = reader(config, ports);
  const totals = runningTotals(JSON.stringify([url, socket, backend, server]), saved);
  return providerOf(totals, ports, async (version) => {
    const page = await read();
    if (isNoData(page)) return page;
    return [{ backend, server: server.replaceAll("$version", version), statistics: page.text, source: page.source }];
  });
}

/**
 * The same of the version's slot on every host of the target, added up: one host that is not read makes it no data.
 * Throws `InputError` for a target without a HAProxy.
 */
export function routerProvider(
  target: Pick<DeployTarget, "kind" | "askRouter"> | undefined,
  ports: Pick<Ports, "clock">,
  saved?: unknown,
): MetricProvider {
  const ask = target?.askRouter?.bind(target);
  if (ask === undefined) {
    const which = target === undefined ? "none is open here" : `\`${target.kind}\` has none`;
    throw new InputError(`\`haproxy: { via: target }\` reads the HAProxy of \`target.compose\`; ${which}.`);
  }
  return providerOf(runningTotals("target", saved), ports, async (version) => {
    try {
      const hosts = await ask(version);
      if (hosts.length === 0) return noData("no-series", `No host has a slot with version ${version}.`);
      return hosts.map(({ host, ...counted }) => ({ ...counted, source: `HAProxy on host ${host}` }));
    } catch (problem) {
      if (!(problem instanceof ProviderError)) throw problem;
      return noData("unreachable", `HAProxy was not read on every host: ${problem.message}`);
    }
  });
}

function providerOf(totals: RunningTotals, { clock }: Pick<Ports, "clock">, ask: AskCounts): MetricProvider {
  return {
    kind: "haproxy",
    totals: totals.save,
    async measure(_window, { version }) {
      const at = clock.now();
      const asked = await ask(version);
      if (isNoData(asked)) return asked;
      const source = asked.map((each) => each.source).join(", ");
      const counted: Record<string, number> = {};
      for (const each of asked) {
        const row = rowOf(each);
        const counts = isNoData(row) ? row : countsOf(row, each.source);
        if (isNoData(counts)) return counts;
        // Of each HAProxy its own: one that begins at zero again must not hide behind the others.
        for (const name of COUNTED) counted[`${name} ${each.source}`] = counts[name] ?? 0;
      }
      const increase = totals.add(version, { at, totals: counted });
      if (increase.from !== undefined) return measurementOf(increase, at, version, source);
      return increase.reason === "first-look"
        ? noData("first-look", `${source} was read for the first time; the next look compares.`)
        : noData("counter-reset", `${source} counts from anew, so HAProxy restarted; nothing of this look counts.`);
    },
  };
}

type Text = { readonly text: string; readonly source: string };

function reader({ url, login, socket }: HaproxyConfig, ports: World): () => Promise<Text | NoData> {
  if (url === undefined) return () => readSocket(socket ?? "", ports);
  const page = apiAddress(url, login);
  const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  const source = placeOf(page);
  return async () => {
    // The page takes its options after a semicolon: https://docs.haproxy.org/2.6/configuration.html#stats%20uri
    const asked = new URL(`${page.href.replace(/;.*$/, "")};csv;norefresh`);
    const found = await readPage(ports, { provider: "haproxy", url: asked, headers });
    return isNoData(found) ? found : { text: found.text, source };
  };
}

async function readSocket(path: string, { cancelled }: World): Promise<Text | NoData> {
  try {
    const answer = await exchange({ at: { path } }, "show stat\n", () => false, cancelled);
    return { text: answer.toString("utf8"), source: `HAProxy's socket ${path}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    return noData("unreachable", `HAProxy's socket ${path} did not answer: ${reason}.`);
  }
}

/** The one row of the version's server, or why there is none. */
function rowOf({ backend, server: name, statistics, source }: Counted): Row | NoData {
  const [head = "", ...lines] = statistics.split("\n").filter((line) => line.trim() !== "");
  if (!head.startsWith("# pxname,svname,")) return noData("unparsable", `${source} did not answer with HAProxy's CSV.`);
  const names = fieldsOf(head.slice(2));
  const rows = lines
    .map((line) => Object.fromEntries(fieldsOf(line).map((field, i) => [names[i] ?? "", field])))
    .filter((row) => row["pxname"] === backend && row["svname"] === name);
  const [row, second] = rows;
  if (row === undefined) return noData("no-series", `${source} has no server ${name} in backend ${backend}.`);
  if (second !== undefined) return noData("ambiguous", `${source} has ${rows.length} servers ${name} in ${backend}.`);
  return row;
}

/** Fields of one line of CSV; quotes are doubled inside of quotes. */
function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

function countsOf(row: Row, source: string): Readonly<Record<string, number>> | NoData {
  const totals: Record<string, number> = {};
  for (const name of COUNTED) {
    const text = row[name];
    if (text === undefined || !/^\d{1,15}$/.test(text))
      return noData("odd-number", `${source} has no count \`${name}\`; the backend must be in http mode.`);
    totals[name] = Number(text);
  }
  return totals;
}

function measurementOf(
  { from, totals }: { readonly from: number; readonly totals: Readonly<Record<string, number>> },
  to: number,
  version: string,
  source: string,
): Measurement {
  const sum = (names: readonly string[]) =>
    Object.entries(totals).reduce(
      (all, [key, count]) => all + (names.includes(key.split(" ")[0] ?? "") ? count : 0),
      0,
    );
  return {
    kind: "counts",
    bad: sum(["hrsp_5xx", ...UNANSWERED]),
    total: sum(COUNTED),
    window: { from, to },
    observedAt: to,
    version,
    source,
  };
}
