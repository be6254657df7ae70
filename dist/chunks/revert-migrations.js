import { _ as fail, m as InputError, y as pass } from "./words.js";
import { t as openEngine } from "./open3.js";
async function revertMigrations({ step, before, workspace, ports }) {
if (!/^\w+(?:\+\w+)*$/.test(before)) throw new InputError(`\`revert\` takes the revision from before the release, such as ae1027a6acf or base, and "${before.slice(0, 80)}" is none. The result of the migrate step names it as \`before\`.`);
let engine = await openEngine(step, { workspace }, ports);
if (engine.revert === void 0) throw new InputError(`The ${engine.kind} engine cannot go back: its files say only how to go on. Write a new migration that undoes the change, or restore a backup.`);
let result = await engine.revert(before);
return result.outcome === "failed" ? fail(result.reason, result.message, { result }) : pass("reverted", `The database is back at ${before}; it stood at ${result.before ?? "another revision"}.`, { result });
}
export { revertMigrations };
