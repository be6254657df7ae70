import { assess, newGate } from "../src/gate.ts";
import { parseLimit } from "../src/limit.ts";
import { table } from "./table.ts";

const looks = 20_000;

/** Time of one look of a gate, and the size of what it keeps between looks. */
export async function run(): Promise<void> {
  const rows = [["error-rate < 2%"], ["error-rate < 2%", "error-rate vs stable < +2pp"]].map((texts) => {
    const limits = texts.map((text) => {
      const { limit } = parseLimit(text, ["error-rate"]);
      if (limit === undefined) throw new Error(`${text} is no limit`);
      return limit;
    });
    let gate = newGate({
      limits,
      metrics: { "error-rate": { kind: "counts" } },
      candidate: "b",
      stable: "a",
      startedAt: 0,
      hold: 86_400_000,
      every: 1000,
    });
    const began = performance.now();
    for (let look = 1; look <= looks; look++) {
      const now = look * 1000;
      const counts = (version: string, total: number) =>
        ({
          kind: "counts",
          bad: look % 100 === 0 ? 1 : 0,
          total,
          window: { from: now - 1000, to: now },
          observedAt: now,
          version,
          source: "bench",
        }) as const;
      gate = assess(gate, { "error-rate": { candidate: counts("b", 50), stable: counts("a", 950) } }, now).state;
    }
    const microseconds = ((performance.now() - began) * 1000) / looks;
    return [
      texts.join(", "),
      microseconds.toFixed(2),
      (microseconds / limits.length).toFixed(2),
      String(JSON.stringify(gate.limits).length),
    ];
  });
  process.stdout.write(table(["one look with its verdict", "us", "us per limit", "state, bytes"], rows));
}
