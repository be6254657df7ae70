import { sqlEngine } from "../../src/migration-engine/sql.ts";
import { quietPorts } from "../migration/quiet-ports.ts";

// A migrator in a process of its own, for a test that kills it.
const [directory = "", url = ""] = process.argv.slice(2);
const engine = sqlEngine({ directory, url }, quietPorts());
await engine.apply((await engine.plan()).hash);
