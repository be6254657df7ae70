import { c as pathKey, l as problemAt } from "./words.js";
import { t as readBySchema } from "./read-by-schema.js";
import { n as runbookSchema } from "./runbook.js";
import { n as runbookRules } from "./runbook-rules.js";
function ruleProblems(yaml) {
let wasRefused = (path) => path.some((_, i) => yaml.refused.has(pathKey(path.slice(0, i + 1))));
return runbookRules(yaml.data).filter(({ path }) => !wasRefused(path)).map(({ path, refusal }) => {
let { within, atKey } = refusal, range = within && yaml.inside(path, within.at, within.length);
return problemAt(yaml.source, range ?? (atKey ? yaml.atKey(path) : yaml.at(path)), path, refusal);
});
}
const readRunbook = (text, file) => readBySchema(text, file, runbookSchema, ruleProblems);
export { readRunbook };
