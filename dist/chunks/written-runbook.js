import { t as InputError } from "./failure.js";
import { n as problemAt, r as sortProblems, t as formatProblems } from "./problem.js";
import { N as expectations, d as isAdminAddress, f as isHostName, h as isVercelTeam, m as isVercelProject, p as isSite, x as referencePattern } from "./field.js";
import { t as nearName } from "./near-name.js";
import path from "node:path";
const commandKeys = new Set(["run", "start"]);
const isShellText = (path) => commandKeys.has(String(path.at(-1))) || path.at(-2) === "command";
const targetForms = {
	"local.admin": {
		expectation: "admin-address",
		fits: isAdminAddress
	},
	"vercel.project": {
		expectation: "vercel-project",
		fits: isVercelProject
	},
	"vercel.team": {
		expectation: "vercel-team",
		fits: isVercelTeam
	},
	"vercel.domain": {
		expectation: "host-name",
		fits: isHostName
	}
};
const runbookForms = {
	url: {
		expectation: "site",
		fits: isSite
	},
	...Object.fromEntries(Object.entries(targetForms).map(([path, form]) => [`target.${path}`, form]))
};
function judge(name, value, path, known, forms) {
	if (value === void 0 || value === "") {
		const near = nearName(name, known);
		return {
			code: "RB063",
			message: `the variable ${name} is ${value === "" ? "empty" : "not set"}`,
			why: "This job needs its value, and nothing may be guessed in its place.",
			fix: near === void 0 || near === name ? `Add ${name} to the environment's variables or secrets, or to RUNBOOK_ENV.` : `There is a variable ${near}: did you mean that one? Otherwise add ${name}.`
		};
	}
	const form = forms[path.join(".")];
	if (form === void 0 || form.fits(value)) return void 0;
	const { code, expected, why, fix } = expectations[form.expectation];
	return {
		code,
		message: `the value of ${name} (not shown) is not ${expected.replace(/, or a variable .*$/, "")}`,
		why,
		fix
	};
}
function resolveReferences({ value, yaml }, variables, parts, forms = runbookForms) {
	const problems = [];
	const known = Object.keys(variables).filter((name) => variables[name] !== void 0 && variables[name] !== "");
	const isWanted = (path) => {
		const dotted = path.join(".");
		return parts === void 0 || parts.some((part) => dotted === part || dotted.startsWith(`${part}.`));
	};
	function resolveText(text, path) {
		if (!referencePattern.test(text) || isShellText(path) || !isWanted(path)) return text;
		const name = text.slice(1);
		const value = variables[name];
		const refusal = judge(name, value, path, known, forms);
		if (refusal !== void 0) problems.push(problemAt(yaml.source, yaml.at(path), path, refusal));
		return value ?? text;
	}
	const resolved = mapTexts(value, [], resolveText);
	return problems.length === 0 ? {
		ok: true,
		value: resolved
	} : {
		ok: false,
		problems: sortProblems(problems)
	};
}
function mapTexts(value, path, replace) {
	if (typeof value === "string") return replace(value, path);
	if (Array.isArray(value)) return value.map((inner, i) => mapTexts(inner, [...path, i], replace));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, [...path, key], replace)]));
}
async function loadRunbook(file, workspace) {
	const text = await readInside(file, workspace);
	const { readRunbook } = await import("./runbook-file.js");
	return accept(readRunbook(text, file));
}
function accept(read) {
	return read.ok ? read : refuse(read.problems);
}
function refuse(problems) {
	const places = problems.map(({ file, line, column, code, path: where, message, fix }) => ({
		file,
		line,
		column,
		message: `${code} ${where === "" ? "" : `${where}: `}${message}. ${fix}`
	}));
	throw new InputError(formatProblems(problems), problems[0], places);
}
async function readInside(file, workspace) {
	const { lstat, readFile, realpath } = await import("node:fs/promises");
	const root = await realpath(workspace);
	const full = path.resolve(root, file);
	const found = await lstat(full).catch(() => void 0);
	if (found === void 0) throw new InputError(`There is no runbook at ${file}. Check out the repository before this step, or name another path with \`runbook\`.`);
	if (found.isDirectory()) throw new InputError(`${file} is a folder; name the runbook inside of it, such as ${path.join(file, "runbook.yml")}.`);
	const inside = path.relative(root, await realpath(full));
	if (inside.startsWith("..") || path.isAbsolute(inside)) throw new InputError(`The runbook ${file} lies outside of the repository; give a path inside of it.`);
	return readFile(full, "utf8");
}
function resolveParts(written, variables, parts, forms = runbookForms) {
	const resolved = resolveReferences(written, variables, parts, forms);
	return resolved.ok ? resolved.value : refuse(resolved.problems);
}
function siteOf(written, variables) {
	const resolved = resolveReferences(written, variables, ["url"]);
	return resolved.ok ? resolved.value.url : void 0;
}
export { resolveParts as a, targetForms as c, refuse as i, loadRunbook as n, siteOf as o, readInside as r, resolveReferences as s, accept as t };
