import { InputError } from "../failure.ts";
import type { Measurement, MetricProvider, NoData, Subject } from "../metric-provider.ts";
import type { Ports } from "../ports.ts";
import { apiAddress } from "./ask-json.ts";
import { exchange } from "./exchange.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf, readPage } from "./read-page.ts";
import { runningTotals } from "./running-totals.ts";

export interface HaproxyConfig {
  /** The statistics page: `https://proxy.example.com/stats`. */
  readonly url?: string | undefined;
  /** `user:password` of the page. */
  readonly login?: string | undefined;
  /** Instead of `url`: path of the statistics socket on this machine. */
  readonly socket?: string | undefined;
  readonly backend: string;
  /** The server's name in the backend; `$version` stands for the version. */
  readonly server: string;
}

type Row = Readonly<Record<string, string>>;
type World = Pick<Ports, "fetch" | "clock" | "cancelled">;

const ANSWERED = ["hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other"] as const;
/** Requests that got no answer of the server's: no connection, or one that broke. Clients saw a 503 or 502. */
const UNANSWERED = ["econ", "eresp"] as const;

/**
 * Requests and errors of one server as HAProxy counts them
 * (https://docs.haproxy.org/2.6/management.html#9.1): bad are 5xx answers, refused and broken connections.
 */
export function haproxyProvider(config: HaproxyConfig, ports: World): MetricProvider {
  if ((config.url === undefined) === (config.socket === undefined))
    throw new InputError("HAProxy is read either from its page, `url`, or from its `socket`; give one of them.");
  const totals = runningTotals(JSON.stringify([config.url, config.socket, config.backend, config.server]));
  const read = reader(config, ports);
  return {
    kind: "haproxy",
    async measure(_window, subject) {
      const at = ports.clock.now();
      const page = await read();
      if (isNoData(page)) return page;
      const row = rowOf(page.text, config, subject, page.source);
      if (isNoData(row)) return row;
      const counted = countsOf(row, page.source);
      if (isNoData(counted)) return counted;
      const increase = totals.add(subject.version, { at, totals: counted });
      if (increase.from !== undefined) return measurementOf(increase, at, subject, page.source);
      return increase.reason === "first-look"
        ? noData("first-look", `${page.source} was read for the first time; the next look compares.`)
        : noData(
            "counter-reset",
            `${page.source} counts from anew, so HAProxy restarted; nothing of this look counts.`,
          );
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
function rowOf(text: string, { backend, server }: HaproxyConfig, { version }: Subject, source: string): Row | NoData {
  const [head = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  if (!head.startsWith("# pxname,svname,")) return noData("unparsable", `${source} did not answer with HAProxy's CSV.`);
  const names = fieldsOf(head.slice(2));
  const name = server.replaceAll("$version", version);
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
  for (const name of [...ANSWERED, ...UNANSWERED]) {
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
  { version }: Subject,
  source: string,
): Measurement {
  const sum = (names: readonly string[]) => names.reduce((all, name) => all + (totals[name] ?? 0), 0);
  const bad = sum(["hrsp_5xx", ...UNANSWERED]);
  return {
    kind: "counts",
    bad,
    total: sum([...ANSWERED, ...UNANSWERED]),
    window: { from, to },
    observedAt: to,
    version,
    source,
  };
}
