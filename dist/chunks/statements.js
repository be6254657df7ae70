const maxWords = 40;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const numberOrParameter = /\$?[0-9][A-Za-z0-9_.$]*/y;
function lexSql(sql) {
	const statements = [];
	const metaCommands = [];
	const semicolons = [];
	let start = -1;
	let end = 0;
	let words = [];
	let parentheses = 0;
	let bodies = 0;
	let unterminated;
	let at = 0;
	const token = (from, to) => {
		if (start < 0) start = from;
		end = to;
	};
	const finish = () => {
		if (start >= 0) statements.push({
			start,
			end,
			text: sql.slice(start, end),
			words
		});
		start = -1;
		words = [];
		parentheses = 0;
		bodies = 0;
	};
	while (at < sql.length) {
		const char = sql.charAt(at);
		if (isSpace(char)) {
			at += 1;
			continue;
		}
		if (sql.startsWith("--", at) || sql.startsWith("/*", at)) {
			const after = char === "-" ? endOfLine(sql, at) : endOfBlockComment(sql, at);
			if (after === void 0) unterminated ??= at;
			at = after ?? sql.length;
			continue;
		}
		const after = endOfQuoted(sql, at);
		if (after !== "not-quoted") {
			if (after === void 0) unterminated ??= at;
			token(at, after ?? sql.length);
			at = after ?? sql.length;
			continue;
		}
		const name = matchAt(word, sql, at);
		if (name !== void 0) {
			const upper = name.toUpperCase();
			if (parentheses === 0) {
				bodies = bodyDepth(bodies, upper, words);
				if (words.length < maxWords) words.push(upper);
			}
			token(at, at + name.length);
			at += name.length;
			continue;
		}
		if (char === ";" && parentheses === 0 && bodies === 0) {
			finish();
			semicolons.push(at);
			at += 1;
			continue;
		}
		if (char === "(") parentheses += 1;
		if (char === ")") parentheses = Math.max(0, parentheses - 1);
		if (char === "\\") metaCommands.push(at);
		const length = matchAt(numberOrParameter, sql, at)?.length ?? 1;
		token(at, at + length);
		at += length;
	}
	finish();
	return {
		statements,
		metaCommands,
		semicolons,
		unterminated
	};
}
function lineAndColumn(text, offset) {
	const before = text.slice(0, offset);
	return {
		line: before.split("\n").length,
		column: offset - before.lastIndexOf("\n")
	};
}
function bodyDepth(depth, next, words) {
	const created = words[1] === "OR" && words[2] === "REPLACE" ? words[3] : words[1];
	if (words[0] !== "CREATE" || created !== "FUNCTION" && created !== "PROCEDURE") return 0;
	if (next === "BEGIN" || next === "CASE" && depth > 0) return depth + 1;
	return next === "END" && depth > 0 ? depth - 1 : depth;
}
function isSpace(char) {
	return char === " " || char >= "	" && char <= "\r";
}
function matchAt(pattern, text, at) {
	pattern.lastIndex = at;
	return pattern.exec(text)?.[0];
}
function endOfLine(sql, at) {
	const end = sql.indexOf("\n", at);
	return end < 0 ? sql.length : end;
}
function endOfBlockComment(sql, at) {
	let depth = 0;
	for (let i = at; i < sql.length; i++) if (sql.startsWith("/*", i)) {
		depth += 1;
		i += 1;
	} else if (sql.startsWith("*/", i)) {
		depth -= 1;
		i += 1;
		if (depth === 0) return i + 1;
	}
}
function endOfQuoted(sql, at) {
	const char = sql.charAt(at);
	if (char === "'" || char === "\"") return endOfQuotes(sql, at, char, false);
	if (/[eE]/.test(char) && sql.charAt(at + 1) === "'") return endOfQuotes(sql, at + 1, "'", true);
	if (char !== "$") return "not-quoted";
	const tag = matchAt(dollarTag, sql, at);
	if (tag === void 0) return "not-quoted";
	const close = sql.indexOf(tag, at + tag.length);
	return close < 0 ? void 0 : close + tag.length;
}
function endOfQuotes(sql, open, quote, backslashEscapes) {
	for (let close = open + 1;; close += 2) {
		close = backslashEscapes ? unescaped(sql, close, quote) : sql.indexOf(quote, close);
		if (close < 0) return void 0;
		if (sql.charAt(close + 1) !== quote) return close + 1;
	}
}
function unescaped(sql, from, quote) {
	for (let i = from; i < sql.length; i++) {
		const char = sql.charAt(i);
		if (char === "\\") i += 1;
		else if (char === quote) return i;
	}
	return -1;
}
export { lineAndColumn as n, lexSql as t };
