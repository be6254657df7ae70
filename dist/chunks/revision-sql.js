import { t as lexSql } from "./statements.js";
function revisionSql({ sql, table, transactional }) {
let whole = transactional && !begins(lexSql(sql).statements[0]) ? `BEGIN;\n\n${sql}\n\nCOMMIT;` : sql, { statements } = lexSql(whole), last = statements.at(-1), idle = transactional && !isOpenBehind(statements.slice(0, -1)) ? last : void 0;
return statements.filter((one) => isOf(table, one) || one === idle && commits(one)).reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), whole);
}
function transactionsIn(sql) {
let found = [], from, isEmpty = !0;
for (let one of lexSql(sql).statements) from === void 0 && !begins(one) ? found.push(one.text) : from === void 0 ? (from = one.start, isEmpty = !0) : commits(one) ? (isEmpty || found.push(sql.slice(from, one.end)), from = void 0) : isEmpty = !1;
return from === void 0 ? found : [...found, sql.slice(from)];
}
const isOf = (table, { text }) => [
"CREATE TABLE",
"INSERT INTO",
"UPDATE",
"DELETE FROM"
].some((verb) => text.startsWith(`${verb} ${table} `)), begins = (statement) => statement?.text.toUpperCase() === "BEGIN", commits = ({ text }) => text.toUpperCase() === "COMMIT";
function isOpenBehind(statements) {
let last = statements.findLast(({ words: [first = "", ...others] }) => first === "ROLLBACK" ? !others.includes("TO") : [
"BEGIN",
"START",
"COMMIT",
"END",
"ABORT"
].includes(first));
return ["BEGIN", "START"].includes(last?.words[0] ?? "");
}
export { transactionsIn as n, revisionSql as t };
