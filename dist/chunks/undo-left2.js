import { d as advance, y as changeToUndo } from "./release.js";
import { y as pass } from "./words.js";
async function undoLeft(scene, target) {
let { store, environment } = scene, { release } = (await store.read(environment)).record;
if (release === null || changeToUndo(release) === void 0) return pass("nothing-left", "Nothing is left to undo.");
let asker = {
release: release.id,
attempt: release.attempt
}, verdict = await advance({
...scene,
target,
asker,
steps: {}
}), after = (await store.read(environment)).record.release;
return after === null || after.id !== release.id || changeToUndo(after) === void 0 ? pass("undone", `What release ${release.id} had turned on is as it was before.`) : {
verdict: "error",
reason: "left-on",
message: `Release ${release.id} left something on that could not be undone: ${verdict.message}`
};
}
export { undoLeft as t };
