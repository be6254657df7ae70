import { m as InputError } from "./words.js";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createHash } from "node:crypto";
const numbered = /^(\d+)[_-][\w.-]*\.sql$/;
async function readNumberedFiles(directory) {
let files = [];
for (let name of (await entriesOf(directory)).filter((entry) => entry.endsWith(".sql"))) {
let path = join(directory, name), number = numbered.exec(name)?.[1];
if (number === void 0) throw new InputError(`${path} does not begin with its number. Name it like 0007_add_index.sql (letters, digits, "_", "-", ".").`);
files.push({
number: BigInt(number),
file: migrationFile(name, path, readBytes(path))
});
}
let ordered = files.toSorted((a, b) => a.number < b.number ? -1 : +(a.number > b.number));
for (let [i, { number, file }] of ordered.entries()) {
let previous = ordered[i - 1];
if (previous?.number === number) throw new InputError(`${previous.file.path} and ${file.path} have the same number: rename the newer one.`);
}
return ordered.map(({ file }) => file);
}
async function entriesOf(directory) {
return (await readdir(directory).catch(() => {
throw new InputError(`The migrations directory ${directory} cannot be read. Check its path in the runbook.`);
})).toSorted();
}
function readBytes(path) {
try {
return readFileSync(path);
} catch (problem) {
let { message } = problem;
throw new InputError(`${path} cannot be read: ${message}. Check that the file is there and its permissions.`);
}
}
function migrationFile(name, path, bytes) {
return {
name,
path,
checksum: createHash("sha256").update(bytes).digest("hex"),
sql: decode(bytes, path)
};
}
const utf8 = new TextDecoder("utf-8", { fatal: !0 });
function decode(bytes, path) {
try {
let text = utf8.decode(bytes);
if (!text.includes("\0")) return text;
} catch {}
throw new InputError(`${path} is not UTF-8 text. Save it as UTF-8 without NUL characters.`);
}
export { readNumberedFiles as i, migrationFile as n, readBytes as r, entriesOf as t };
