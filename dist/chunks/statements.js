const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y, word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y, numberOrParameter = /\$?[0-9][A-Za-z0-9_.$]*/y;
function lexSql(sql) {
let statements = [], metaCommands = [], semicolons = [], start = -1, end = 0, words = [], parentheses = 0, bodies = 0, unterminated, at = 0, token = (from, to) => {
start < 0 && (start = from), end = to;
}, finish = () => {
start >= 0 && statements.push({
start,
end,
text: sql.slice(start, end),
words
}), start = -1, words = [], parentheses = 0, bodies = 0;
};
for (; at < sql.length;) {
let char = sql.charAt(at);
if (isSpace(char)) {
at += 1;
continue;
}
if (sql.startsWith("--", at) || sql.startsWith("/*", at)) {
let after = char === "-" ? endOfLine(sql, at) : endOfBlockComment(sql, at);
after === void 0 && (unterminated ??= at), at = after ?? sql.length;
continue;
}
let after = endOfQuoted(sql, at);
if (after !== "not-quoted") {
after === void 0 && (unterminated ??= at), token(at, after ?? sql.length), at = after ?? sql.length;
continue;
}
let name = matchAt(word, sql, at);
if (name !== void 0) {
let upper = name.toUpperCase();
parentheses === 0 && (bodies = bodyDepth(bodies, upper, words), words.length < 40 && words.push(upper)), token(at, at + name.length), at += name.length;
continue;
}
if (char === ";" && parentheses === 0 && bodies === 0) {
finish(), semicolons.push(at), at += 1;
continue;
}
char === "(" && (parentheses += 1), char === ")" && (parentheses = Math.max(0, parentheses - 1)), char === "\\" && metaCommands.push(at);
let length = matchAt(numberOrParameter, sql, at)?.length ?? 1;
token(at, at + length), at += length;
}
return finish(), {
statements,
metaCommands,
semicolons,
unterminated
};
}
function lineAndColumn(text, offset) {
let before = text.slice(0, offset);
return {
line: before.split("\n").length,
column: offset - before.lastIndexOf("\n")
};
}
function bodyDepth(depth, next, words) {
let created = words[1] === "OR" && words[2] === "REPLACE" ? words[3] : words[1];
return words[0] !== "CREATE" || created !== "FUNCTION" && created !== "PROCEDURE" ? 0 : next === "BEGIN" || next === "CASE" && depth > 0 ? depth + 1 : next === "END" && depth > 0 ? depth - 1 : depth;
}
function isSpace(char) {
return char === " " || char >= "	" && char <= "\r";
}
function matchAt(pattern, text, at) {
return pattern.lastIndex = at, pattern.exec(text)?.[0];
}
function endOfLine(sql, at) {
let end = sql.indexOf("\n", at);
return end < 0 ? sql.length : end;
}
function endOfBlockComment(sql, at) {
let depth = 0;
for (let i = at; i < sql.length; i++) if (sql.startsWith("/*", i)) depth += 1, i += 1;
else if (sql.startsWith("*/", i) && (--depth, i += 1, depth === 0)) return i + 1;
}
function endOfQuoted(sql, at) {
let char = sql.charAt(at);
if (char === "'" || char === "\"") return endOfQuotes(sql, at, char, !1);
if (/[eE]/.test(char) && sql.charAt(at + 1) === "'") return endOfQuotes(sql, at + 1, "'", !0);
if (char !== "$") return "not-quoted";
let tag = matchAt(dollarTag, sql, at);
if (tag === void 0) return "not-quoted";
let close = sql.indexOf(tag, at + tag.length);
return close < 0 ? void 0 : close + tag.length;
}
function endOfQuotes(sql, open, quote, backslashEscapes) {
for (let close = open + 1;; close += 2) {
if (close = backslashEscapes ? unescaped(sql, close, quote) : sql.indexOf(quote, close), close < 0) return;
if (sql.charAt(close + 1) !== quote) return close + 1;
}
}
function unescaped(sql, from, quote) {
for (let i = from; i < sql.length; i++) {
let char = sql.charAt(i);
if (char === "\\") i += 1;
else if (char === quote) return i;
}
return -1;
}
export { lineAndColumn as n, lexSql as t };
