import path from "node:path";
import { readFile, readdir } from "node:fs/promises";
import { createHash } from "node:crypto";
const elsewhere = /^\s*(version_locations|recursive_version_locations|sourceless)\s*=\s*(?!false\b)\S/im, scriptLocation = /^\s*script_location\s*=\s*(\S.*?)\s*$/m;
async function revisionsInLine(config) {
let found = await versionsFolder(config);
if (typeof found == "string") return found;
let { folder } = found, names = await readdir(folder).catch(() => void 0);
if (names === void 0) return `${folder} is no folder that can be read`;
let revisions = [];
for (let file of names.filter((name) => /^(?!\.#|__init__).*\.py$/.test(name)).toSorted()) {
let bytes = await readFile(path.join(folder, file)), text = bytes.toString("utf8"), read = revisionIn(text);
if (read === void 0) return `${file} does not say in plain words which revision it is and what it builds on`;
revisions.push({
...read,
file,
text,
checksum: createHash("sha256").update(bytes).digest("hex")
});
}
return inLine(revisions) ?? "its revisions are not one line, each building on the one before it";
}
async function versionsFolder(config) {
let ini = await readFile(config, "utf8").catch(() => void 0);
if (ini === void 0) return `${config} cannot be read`;
let location = scriptLocation.exec(ini)?.[1], other = elsewhere.exec(ini)?.[1];
return location === void 0 || other !== void 0 ? `${config} ${other === void 0 ? "has no script_location" : `sets ${other}`}` : { folder: path.join(scriptsIn(location, config), "versions") };
}
function scriptsIn(location, config) {
let here = path.resolve(path.dirname(config));
return path.resolve(here, location.replaceAll("%(here)s", here));
}
const assigned = (name) => new RegExp(String.raw`^${name}\s*(?::[^=\n]+)?=\s*(.+?)\s*(?:#.*)?$`, "gm"), plainText = /^(["'])([^"'\\]+)\1$/;
function revisionIn(python) {
let assignedTo = (name) => {
let [found, second] = [...python.matchAll(assigned(name))];
return second === void 0 ? found?.[1] : void 0;
}, id = plainText.exec(assignedTo("revision") ?? "")?.[2], below = assignedTo("down_revision"), after = plainText.exec(below ?? "")?.[2];
if (!(id === void 0 || after === void 0 && below !== "None")) return [...python.matchAll(/^(?:depends_on|branch_labels)\b[^=\n]*=\s*(.+?)\s*(?:#.*)?$/gm)].every(([, value]) => value === "None") ? {
id,
after
} : void 0;
}
function inLine(revisions) {
let next = new Map(revisions.map((one) => [one.after, one])), line = [];
for (let one = next.get(void 0); one !== void 0; one = next.get(one.id)) {
if (line.length === revisions.length) return;
line.push(one);
}
return line.length === revisions.length ? line : void 0;
}
export { versionsFolder as n, revisionsInLine as t };
