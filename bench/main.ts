import { run as gate } from "./gate-look.ts";
import { run as haproxy } from "./haproxy.ts";
import { run as lint } from "./lint.ts";
import { run as load } from "./load.ts";
import { run as loadDriver } from "./load-driver.ts";
import { run as migration } from "./migration.ts";
import { run as rehearsal } from "./rehearsal.ts";
import { run as rollback } from "./rollback.ts";

/** Benchmarks print figures side by side; they assert nothing, because a machine's mood is not a defect. */
const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  load,
  lint,
  gate,
  rehearsal,
  migration,
  rollback,
  "load-driver": loadDriver,
  haproxy,
};

const [name, ...args] = process.argv.slice(2);
const chosen =
  name === undefined ? Object.entries(benches) : Object.entries(benches).filter(([known]) => known === name);
if (chosen.length === 0) {
  process.stderr.write(`There is no benchmark ${name}; there are ${Object.keys(benches).join(", ")}.\n`);
  process.exitCode = 2;
}
for (const [title, run] of chosen) {
  process.stdout.write(`\n## ${title}\n`);
  await run(args);
}
