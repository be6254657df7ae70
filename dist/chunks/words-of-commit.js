import { m as InputError } from "./words.js";
async function inWordsOfCommit({ directory, ref, commit }, ports, look) {
let sha = commit.slice(0, 12), where = ref === void 0 ? `In commit ${sha}: ` : `In \`${ref}\` (commit ${sha}): `, shown = (text) => text.replaceAll(`${directory}/`, "").replaceAll(directory, "."), placed = (message, place) => place === void 0 ? shown(message) : `${where}${shown(`${place.file}:${place.line}:${place.column}: ${message}`)}`, { log } = ports, words = {
info: (message) => log.info(shown(message)),
warn: (message) => log.warn(shown(message)),
notice: (message, place) => log.notice(placed(message, place)),
error: (message, place) => log.error(placed(message, place))
};
try {
let found = JSON.parse(shown(JSON.stringify(await look({
...ports,
log: words
}))));
return typeof found == "object" && "verdict" in found ? {
...found,
message: `${where}${found.message}`
} : found;
} catch (problem) {
throw problem instanceof InputError ? new InputError(`${where}${shown(problem.message)}`) : problem;
}
}
export { inWordsOfCommit };
