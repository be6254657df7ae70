import { m as InputError } from "./words.js";
import { n as parseScript } from "./migration-script.js";
import { n as transactionsIn } from "./revision-sql.js";
async function rehearseRevisions(revisions, where, ports) {
let scripts = [];
for (let { name, ...read } of revisions) {
if ("unread" in read) return {
outcome: "not-rehearsed",
why: `${name}: ${read.unread}.`
};
try {
for (let sql of transactionsIn(read.sql)) scripts.push(parseScript({
name,
path: name,
checksum: "",
sql
}));
} catch (problem) {
if (!(problem instanceof InputError)) throw problem;
return {
outcome: "not-rehearsed",
why: problem.message
};
}
}
let { rehearse } = await import("./rehearse.js");
return rehearse({
...where,
scripts,
searchPath: void 0
}, ports);
}
export { rehearseRevisions };
