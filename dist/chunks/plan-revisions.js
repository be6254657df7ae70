import { a as withConnection, i as parseDatabaseUrl } from "./connection.js";
import { l as planHash, r as identifyDatabase } from "./refusal.js";
import path from "node:path";
import { readFile, readdir } from "node:fs/promises";
import { createHash } from "node:crypto";
const elsewhere = /^\s*(version_locations|recursive_version_locations|sourceless)\s*=\s*(?!false\b)\S/im;
const scriptLocation = /^\s*script_location\s*=\s*(\S.*?)\s*$/m;
async function revisionsInLine(config) {
	const ini = await readFile(config, "utf8").catch(() => void 0);
	if (ini === void 0) return `${config} cannot be read`;
	const location = scriptLocation.exec(ini)?.[1];
	const other = elsewhere.exec(ini)?.[1];
	if (location === void 0 || other !== void 0) return `${config} ${other === void 0 ? "has no script_location" : `sets ${other}`}`;
	const folder = path.join(scriptsIn(location, config), "versions");
	const names = await readdir(folder).catch(() => void 0);
	if (names === void 0) return `${folder} is no folder that can be read`;
	const revisions = [];
	for (const file of names.filter((name) => /^(?!\.#|__init__).*\.py$/.test(name)).toSorted()) {
		const bytes = await readFile(path.join(folder, file));
		const read = revisionIn(bytes.toString("utf8"));
		if (read === void 0) return `${file} does not say in plain words which revision it is and what it builds on`;
		revisions.push({
			...read,
			file,
			checksum: createHash("sha256").update(bytes).digest("hex")
		});
	}
	return inLine(revisions) ?? "its revisions are not one line, each building on the one before it";
}
function scriptsIn(location, config) {
	const here = path.resolve(path.dirname(config));
	return path.resolve(here, location.replaceAll("%(here)s", here));
}
const assigned = (name) => new RegExp(String.raw`^${name}\s*(?::[^=\n]+)?=\s*(.+?)\s*(?:#.*)?$`, "gm");
const text = /^(["'])([^"'\\]+)\1$/;
function revisionIn(python) {
	const assignedTo = (name) => {
		const [found, second] = [...python.matchAll(assigned(name))];
		return second === void 0 ? found?.[1] : void 0;
	};
	const id = text.exec(assignedTo("revision") ?? "")?.[2];
	const below = assignedTo("down_revision");
	const after = text.exec(below ?? "")?.[2];
	if (id === void 0 || after === void 0 && below !== "None") return void 0;
	return [...python.matchAll(/^(?:depends_on|branch_labels)\b[^=\n]*=\s*(.+?)\s*(?:#.*)?$/gm)].every(([, value]) => value === "None") ? {
		id,
		after
	} : void 0;
}
function inLine(revisions) {
	const next = new Map(revisions.map((one) => [one.after, one]));
	const line = [];
	for (let one = next.get(void 0); one !== void 0; one = next.get(one.id)) {
		if (line.length === revisions.length) return void 0;
		line.push(one);
	}
	return line.length === revisions.length ? line : void 0;
}
async function planRevisions({ alembic, url }, workspace, ports) {
	if (alembic === void 0) return "it is not Alembic that migrates";
	const line = await revisionsInLine(path.join(workspace, alembic.config));
	if (typeof line === "string") return line;
	return withConnection(parseDatabaseUrl(url, "Planning migrations"), "sluice", ports, async (client) => {
		const target = await identifyDatabase(client);
		const { rows } = await client.query(`select to_regclass('alembic_version')::text as table,
              exists (select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')) as used`);
		const [{ table, used } = {
			table: null,
			used: true
		}] = rows;
		if (table === null && used) return "the database has tables and no alembic_version that its login finds";
		const [head, second] = table === null ? [] : (await client.query(`select version_num as id from ${table}`)).rows;
		if (second !== void 0) return "the database stands at several revisions";
		const at = head === void 0 ? -1 : line.findIndex(({ id }) => id === head.id);
		if (head !== void 0 && at < 0) return `the database stands at revision ${head.id}, which no file has`;
		const pending = line.slice(at + 1);
		const hashed = pending.map(({ id, checksum }) => ({
			name: id,
			checksum
		}));
		return {
			hash: planHash(hashed, target),
			files: pending.map(({ file }) => file)
		};
	});
}
export { planRevisions };
