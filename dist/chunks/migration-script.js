import { m as InputError } from "./words.js";
import { n as lineAndColumn, t as lexSql } from "./statements.js";
const identifier = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`, qualified = String.raw`${identifier}(?:\s*\.\s*${identifier})?`, quotedText = String.raw`(?<![\w$])[eE]'(?:\\[\s\S]|''|[^'\\])*'|'[^']*'`, comment = String.raw`--[^\n]*|/\*[\s\S]*?\*/`, relation = `(${qualified})`, concurrentIndex = new RegExp(String.raw`^create\s+(unique\s+)?index\s+concurrently\s+(if\s+not\s+exists\s+)?(${identifier})\s+on\s+(?:only\s+)?${relation}`, "iu"), droppedIndex = new RegExp(String.raw`\bconcurrently\s+(?:if\s+exists\s+)?${relation}`, "iu"), reindexed = new RegExp(String.raw`^reindex\s*(?:\([^)]*\)\s*)?(index|table|schema|database)\b\s*(?:concurrently\b\s*)?${relation}?`, "iu"), detachedPartition = new RegExp(String.raw`^alter\s+table\s+(?:if\s+exists\s+)?${relation}\s+detach\s+partition\s+${relation}\s+concurrently\b`, "iu");
function ruleFor(statement) {
let [first = "", second = "", third = ""] = statement.words, refusal = refused(statement, first, second);
if (refusal !== void 0) return {
rule: "refused",
why: refusal
};
let concurrently = statement.words.includes("CONCURRENTLY");
return first === "CREATE" && concurrently && (second === "INDEX" || third === "INDEX") ? createIndex(statement) : first === "DROP" && second === "INDEX" && concurrently ? dropIndex(statement) : first === "REINDEX" ? reindex(statement, second) : first === "VACUUM" ? alone({
repeatable: !0,
waitsPolitely: !/\bfull\b/i.test(statement.text)
}) : first === "CLUSTER" && second === "" ? alone({ repeatable: !0 }) : first === "ALTER" && statement.words.includes("DETACH") && concurrently ? detach(statement) : neverInTransaction(statement.words) ? alone({}) : { rule: "in-transaction" };
}
function alone(rule) {
return {
rule: "alone",
repeatable: !1,
waitsPolitely: !1,
...rule
};
}
function refused(statement, first, second) {
if ([
"BEGIN",
"COMMIT",
"END",
"ABORT"
].includes(first) || first === "START" && second === "TRANSACTION" || first === "PREPARE" && second === "TRANSACTION" || first === "ROLLBACK" && !statement.words.includes("TO")) return `${first} is not for a migration file: each file already runs in one transaction. Remove it.`;
if (first === "COPY" && statement.words.includes("FROM") && statement.words.includes("STDIN")) return "COPY FROM STDIN needs psql to send the rows. Write them as INSERT.";
if (first === "COPY" && statement.words.includes("PROGRAM")) return "COPY ... PROGRAM runs a command on the database's own machine, which is not for a migration. Remove it.";
}
function createIndex({ text }) {
let [whole = "", unique, ifNotExists, name, table] = concurrentIndex.exec(text) ?? [];
return name === void 0 || table === void 0 ? {
rule: "refused",
why: "CREATE INDEX CONCURRENTLY needs an index name, with no comment in front of the table: without one, what a failed attempt leaves cannot be found."
} : alone({
repeatable: !0,
waitsPolitely: !0,
index: {
name: catalogName(name),
table,
unique: unique !== void 0,
ifNotExists: ifNotExists !== void 0,
definition: text.slice(whole.length).trim()
}
});
}
function dropIndex({ text }) {
let [, drops] = droppedIndex.exec(text) ?? [];
return alone({
repeatable: !0,
waitsPolitely: !0,
...drops !== void 0 && { drops }
});
}
function reindex({ text }, second) {
if (!/^reindex\s*(?:\([^)]*\bconcurrently\b|[^(]*?\bconcurrently\b)/i.test(text)) return [
"SCHEMA",
"DATABASE",
"SYSTEM"
].includes(second) ? alone({ repeatable: !0 }) : { rule: "in-transaction" };
let [, what, name] = reindexed.exec(text) ?? [], kind = what?.toUpperCase();
return kind !== "INDEX" && kind !== "TABLE" && kind !== "SCHEMA" && kind !== "DATABASE" ? {
rule: "refused",
why: "This REINDEX CONCURRENTLY is not understood, so what a failed attempt leaves could not be found. Write it without comments."
} : alone({
repeatable: !0,
waitsPolitely: !0,
rebuilds: {
what: kind,
name
}
});
}
function detach({ text }) {
let [, parent, partition] = detachedPartition.exec(text) ?? [];
return parent === void 0 || partition === void 0 ? {
rule: "refused",
why: "This DETACH PARTITION CONCURRENTLY is not understood, so what a failed attempt leaves could not be found. Write it as ALTER TABLE parent DETACH PARTITION partition CONCURRENTLY, without comments."
} : alone({
waitsPolitely: !0,
detaches: {
parent,
partition
}
});
}
function neverInTransaction(words) {
let [first = "", second = ""] = words;
return first === "ALTER" ? second === "SYSTEM" || second === "DATABASE" && words.includes("TABLESPACE") : ["CREATE", "DROP"].includes(first) && [
"DATABASE",
"TABLESPACE",
"SUBSCRIPTION"
].includes(second);
}
function catalogName(written) {
return written.startsWith("\"") ? written.slice(1, -1).replaceAll("\"\"", "\"") : asciiLower(written);
}
const asciiLower = (text) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
function parseScript(file) {
let { sql, path } = file, { statements, metaCommands, unterminated } = lexSql(sql), refuse = (offset, why) => {
let { line, column } = lineAndColumn(sql, offset);
throw new InputError(`${path}:${line}:${column}: ${why}`, {
file: path,
line,
column
});
}, [metaCommand] = metaCommands;
unterminated !== void 0 && refuse(unterminated, "a string, quoted name or comment begins here and never ends."), metaCommand !== void 0 && refuse(metaCommand, "commands of psql are not SQL; the server cannot run them.");
let wrapped = ownTransaction(statements), inner = wrapped ? statements.slice(1, -1) : statements, rules = inner.map((statement) => ({
statement,
rule: ruleFor(statement)
}));
for (let { statement, rule } of rules) rule.rule === "refused" && refuse(statement.start, rule.why);
let outside = rules.flatMap(({ statement, rule }) => rule.rule === "alone" ? [{
statement,
rule
}] : []), [first] = outside, body = wrapped ? withoutEnds(sql, statements) : sql;
if (first === void 0) return {
...file,
statements: inner,
body,
alone: void 0
};
let beside = rules.find(({ statement, rule }) => rule.rule !== "alone" && !isSetting(statement));
(wrapped || beside !== void 0) && refuse(first.statement.start, "this statement cannot run inside a transaction. Put it alone into a file of its own."), outside.length > 1 && outside.some(({ rule }) => !rule.repeatable) && refuse(first.statement.start, "several statements here cannot run inside a transaction, and not all of them can be repeated after an interruption. Put each alone into a file of its own.");
let alone = rules.map(({ statement, rule }) => ({
statement,
rule: rule.rule === "alone" ? rule : void 0
}));
return {
...file,
statements: inner,
body,
alone
};
}
const isRepeatable = (script) => script.alone?.every(({ rule }) => rule?.repeatable !== !1) ?? !1, isSetting = ({ words }) => words[0] === "SET" || words[0] === "RESET";
function ownTransaction(statements) {
let first = statements[0]?.words ?? [], last = statements.at(-1)?.words ?? [], begins = first[0] === "BEGIN" && (first.length === 1 || ["TRANSACTION", "WORK"].includes(first[1] ?? "")), commits = ["COMMIT", "END"].includes(last[0] ?? "") && last.length <= 2 && last[1] !== "PREPARED";
return statements.length >= 2 && begins && first.length <= 2 && commits;
}
function withoutEnds(sql, statements) {
let blank = (text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end), [first] = statements, last = statements.at(-1);
return first === void 0 || last === void 0 ? sql : blank(blank(sql, first), last);
}
export { identifier as a, ruleFor as c, comment as i, parseScript as n, qualified as o, catalogName as r, quotedText as s, isRepeatable as t };
