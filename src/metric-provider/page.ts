import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as z from "zod";
import type { Measurement, MetricProvider, NoData } from "../metric-provider.ts";
import { minimalEnv } from "../minimal-env.ts";
import type { Ports } from "../ports.ts";
import { below } from "./ask-json.ts";
import { type DevTools, openDevTools } from "./devtools.ts";
import { isNoData, noData } from "./no-data.ts";
import { placeOf } from "./read-page.ts";

export interface PageConfig {
  readonly path: string;
  /** First and largest contentful paint, load event, time to interactive (milliseconds), or layout shift (a score). */
  readonly measure: "load" | "fcp" | "lcp" | "tti" | "cls";
}

type World = Pick<Ports, "exec" | "env" | "clock" | "cancelled">;

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"] as const;
const DEADLINE = 45_000;
/** A page that has not fired its load event by then does not get a number. */
const LOAD_WITHIN = 20_000;
/** Milliseconds without a long task: the quiet window of time to interactive (https://web.dev/articles/tti). */
const QUIET = 5_000;
/** Later paints and shifts than this after the load event are the user's doing, not the page's. */
const SETTLE = 1_000;

const FLAGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** Runs in the page before its own code: gathers what the browser tells only to observers. */
const OBSERVE = `(() => {
  const seen = (window.__sluice = { fcp: null, lcp: null, cls: 0, busy: 0 });
  const watch = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  watch("paint", (e) => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  watch("largest-contentful-paint", (e) => { seen.lcp = e.startTime; });
  watch("longtask", (e) => { seen.busy = e.startTime + e.duration; });
  let first = 0, last = 0, sum = 0;
  watch("layout-shift", (e) => {
    if (e.hadRecentInput) return;
    // Shifts form windows of at most 5 s with gaps below 1 s; the worst window counts (https://web.dev/articles/cls).
    if (sum > 0 && e.startTime - last < 1000 && e.startTime - first < 5000) sum += e.value;
    else { first = e.startTime; sum = e.value; }
    last = e.startTime;
    seen.cls = Math.max(seen.cls, sum);
  });
})()`;

const READ = `(() => {
  const [page] = performance.getEntriesByType("navigation");
  const { loadEventEnd: load, domContentLoadedEventEnd: ready } = page;
  return { ...window.__sluice, load, ready, now: performance.now(), origin: location.origin };
})()`;

const time = z.number().nonnegative();
const read = z.object({
  fcp: time.nullable(),
  lcp: time.nullable(),
  cls: time,
  busy: time,
  load: time,
  ready: time,
  now: time,
  origin: z.string(),
});
type Read = z.infer<typeof read>;

/**
 * Loads one page of a version in a real headless Chromium and gives one number of it: synthetic, from this machine, with
 * an empty cache. The browser found on PATH is used; one page at a time, so that versions do not slow each other down.
 */
export function pageProvider(config: PageConfig, ports: World): MetricProvider {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    kind: "page",
    measure(_window, { address, version }) {
      if (address === undefined)
        return Promise.resolve(noData("no-address", `Version ${version} has no address of its own to open.`));
      const url = below(new URL(address), config.path);
      const next = turn.then(async (): Promise<Measurement> => {
        const found = await openInBrowser(url, config.measure === "tti", ports);
        if (isNoData(found)) return found;
        const value = numberOf(found, config.measure);
        const at = ports.clock.now();
        if (value === undefined)
          return noData("no-paint", `${placeOf(url)} painted nothing, so it has no ${config.measure}.`);
        const source = `synthetic load of ${placeOf(url)} in Chromium`;
        return { kind: "value", value, window: { from: at, to: at }, observedAt: at, version, source };
      });
      turn = next.catch(() => undefined);
      return next;
    },
  };
}

function numberOf(found: Read, measure: PageConfig["measure"]): number | undefined {
  if (measure !== "tti") return found[measure] ?? undefined;
  return found.fcp === null ? undefined : Math.max(found.fcp, found.ready, found.busy);
}

/** Starts a browser of its own, with a profile that is removed again. */
async function openInBrowser(url: URL, untilQuiet: boolean, ports: World): Promise<Read | NoData> {
  const profile = await mkdtemp(path.join(tmpdir(), "sluice-page-"));
  const deadline = AbortSignal.any([ports.cancelled, AbortSignal.timeout(DEADLINE)]);
  // Chromium's sandbox does not work for root, which containers run as.
  const flags = [...FLAGS, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), `--user-data-dir=${profile}`];
  try {
    for (const browser of BROWSERS) {
      const found = await withBrowser(browser, flags, url, untilQuiet, deadline, ports);
      if (found !== undefined) return found;
    }
    return noData("no-browser", `None of ${BROWSERS.join(", ")} is on PATH; install one to measure pages.`);
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Undefined when there is no such browser. */
async function withBrowser(
  browser: string,
  flags: readonly string[],
  url: URL,
  untilQuiet: boolean,
  deadline: AbortSignal,
  ports: World,
): Promise<Read | NoData | undefined> {
  const listening = Promise.withResolvers<string | undefined>();
  let missing = false;
  const ended = ports
    .exec(browser, [...flags, "about:blank"], {
      env: minimalEnv(ports.env),
      timeoutMs: DEADLINE,
      onLine: (line) => {
        const [, address] = /^DevTools listening on (ws:\/\/127\.0\.0\.1:\S+)$/.exec(line) ?? [];
        if (address !== undefined) listening.resolve(address);
      },
    })
    .catch((error: NodeJS.ErrnoException) => {
      missing = error.code === "ENOENT";
    })
    .finally(() => listening.resolve(undefined));
  const address = await listening.promise;
  if (address === undefined)
    return missing ? undefined : noData("no-browser", `${browser} ended before it could be used.`);
  const tools = await openDevTools(address, deadline).catch(() => undefined);
  if (tools === undefined) return noData("no-browser", `${browser} did not answer.`);
  try {
    return await openPage(tools, url, untilQuiet, ports);
  } catch (error) {
    return noData(
      "unreachable",
      `${placeOf(url)} could not be measured: ${error instanceof Error ? error.message : "unknown"}.`,
    );
  } finally {
    await tools.send("Browser.close").catch(() => undefined);
    tools.close();
    await ended;
  }
}

/** Whether something happens in time; no timer is left that would keep the process from ending. */
async function within(ms: number, happens: Promise<void>, { clock, cancelled }: World): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([done.signal, cancelled])).then(
    () => false,
    () => false,
  );
  const inTime = await Promise.race([happens.then(() => true), late]);
  done.abort();
  return inTime;
}

async function openPage(tools: DevTools, url: URL, untilQuiet: boolean, ports: World): Promise<Read | NoData> {
  const { targetId } = await tools.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await tools.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const loaded = new Promise<void>((resolve) => tools.on("Page.loadEventFired", () => resolve()));
  let status: unknown;
  tools.on("Network.responseReceived", ({ type, response }) => {
    if (type === "Document" && status === undefined) status = Reflect.get(Object(response), "status");
  });
  await tools.send("Page.enable", {}, session);
  await tools.send("Network.enable", {}, session);
  await tools.send("Page.addScriptToEvaluateOnNewDocument", { source: OBSERVE }, session);
  const { errorText } = await tools.send("Page.navigate", { url: url.href }, session);
  if (errorText !== undefined)
    return noData("unreachable", `${placeOf(url)} could not be opened: ${String(errorText)}.`);
  const inTime = await within(LOAD_WITHIN, loaded, ports);
  if (!inTime) return noData("late", `${placeOf(url)} was not loaded after ${LOAD_WITHIN / 1000} s.`);
  if (status !== 200) return noData("unreachable", `${placeOf(url)} answered ${String(status)}.`);
  for (;;) {
    await ports.clock.sleep(SETTLE, ports.cancelled);
    const { result } = await tools.send("Runtime.evaluate", { expression: READ, returnByValue: true }, session);
    const found = read.safeParse(Reflect.get(Object(result), "value"));
    if (!found.success) return noData("unparsable", `${placeOf(url)} gave the browser no numbers.`);
    if (found.data.origin !== url.origin) return noData("redirected", `${placeOf(url)} led to ${found.data.origin}.`);
    const { busy, load, ready, now } = found.data;
    if (!untilQuiet || now - Math.max(busy, load, ready) >= QUIET) return found.data;
  }
}
