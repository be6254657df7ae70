import type { Ports } from "../src/ports.ts";
import { exec } from "../src/runner/ports.ts";

/**
 * Real network and processes on a clock that runs fast, so that retries and deadlines can be lived through. `haste` is
 * how many of its milliseconds pass in one real one: less where an answer has to come within a short deadline.
 */
export function swiftPorts(changes: Partial<Ports> = {}, haste = 50): Ports & { readonly slept: readonly number[] } {
  const started = performance.now();
  const monotonic = () => (performance.now() - started) * haste;
  const wallStart = Date.now();
  const slept: number[] = [];
  return {
    clock: {
      now: () => wallStart + monotonic(),
      monotonic,
      sleep(ms, signal) {
        slept.push(ms);
        return new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const end = () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          };
          const timer = setTimeout(end, ms / haste);
          const stop = () => {
            clearTimeout(timer);
            reject(signal?.reason);
          };
          signal?.addEventListener("abort", stop, { once: true });
        });
      },
    },
    random: () => 0.5,
    fetch: globalThis.fetch,
    exec,
    env: process.env,
    log: { info() {}, notice() {}, warn() {}, error() {} },
    cancelled: new AbortController().signal,
    mask() {},
    ...changes,
    slept,
  };
}
