import { m as InputError } from "./words.js";
import { i as transactionOf, o as lintFiles, r as readSqlFiles } from "./sql-files.js";
function lintCheck({ lint }, ports) {
let { directory, from } = lint;
return {
title: `migrations in ${directory}${from === void 0 ? "" : ` from ${from} on`} are safe for live traffic`,
async run({ directory: workspace }) {
let files = await readSqlFiles(directory, workspace), judged = from === void 0 ? files : filesFrom(files, directory, from);
return (await lintFiles({ histories: [{
files: judged,
transaction: transactionOf(judged)
}] }, ports)).verdict;
}
};
}
function filesFrom(files, directory, from) {
let first = files.findIndex(({ name }) => name.startsWith(`${directory}/${from}`));
if (first < 0) throw new InputError(`${directory} holds nothing whose name begins with ${from}. Correct \`from\` of the lint check.`);
return files.slice(first);
}
export { lintCheck };
