// One cold process that plans and lints a folder: node plan-and-lint.ts <folder>, with DATABASE_URL.
import path from "node:path";
import { migrate } from "../../src/database-spec.ts";
import { lintPending } from "../../src/lint-pending.ts";
import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { ports } from "./tools.ts";

const directory = path.resolve(process.argv[2] ?? "");
const url = process.env["DATABASE_URL"] ?? "";
const engine = sqlEngine({ directory, url }, ports);
const plan = await engine.plan();
const step = { ...migrate.parse({ sql: { directory: path.basename(directory) } }), url };
const linted = await lintPending(step, engine, plan, path.dirname(directory), ports);
process.stdout.write(`${plan.pending.length} pending, ${linted?.findings.length} findings\n`);
