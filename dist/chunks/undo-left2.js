import { g as changeToUndo, u as advance } from "./release.js";
import { _ as pass } from "./words.js";
async function undoLeft(scene, target) {
	const { store, environment } = scene;
	const { release } = (await store.read(environment)).record;
	if (release === null || changeToUndo(release) === void 0) return pass("nothing-left", "Nothing is left to undo.");
	const asker = {
		release: release.id,
		attempt: release.attempt
	};
	const verdict = await advance({
		...scene,
		target,
		asker,
		steps: {}
	});
	const after = (await store.read(environment)).record.release;
	if (after === null || after.id !== release.id || changeToUndo(after) === void 0) return pass("undone", `What release ${release.id} had turned on is as it was before.`);
	return {
		verdict: "error",
		reason: "left-on",
		message: `Release ${release.id} left something on that could not be undone: ${verdict.message}`
	};
}
export { undoLeft as t };
