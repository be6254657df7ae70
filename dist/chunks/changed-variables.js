import { m as InputError, v as hold } from "./words.js";
async function marksNow(target, names) {
if (target.marks === void 0) throw new InputError(`The target ${target.kind} keeps no variables for a service, so nothing tells whether ${names.join(", ")} changed. Remove \`pause.changed\`.`);
return target.marks(names);
}
async function taskLeft(target, { pause }) {
let { changed: before = {}, task = "" } = pause ?? {}, names = Object.keys(before), now = await marksNow(target, names), unset = names.filter((name) => now[name] === void 0), same = names.filter((name) => now[name] !== void 0 && now[name] === before[name]), untold = names.filter((name) => makerOf(now[name]) !== makerOf(before[name] ?? now[name])), what = [
...unset.length === 0 ? [] : [`${unset.join(", ")} ${unset.length === 1 ? "is" : "are"} not set`],
...same.length === 0 ? [] : [`${same.join(", ")} did not change since the release began`],
...untold.length === 0 ? [] : [`whether ${untold.join(", ")} changed cannot be told, because the key that reads them did`]
];
if (what.length !== 0) return hold("not-changed", `Somebody said that the task of the pause is done (${task}), but on the platform ${what.join("; ")}. Set it anew and comment \`/continue\` again, leave the task out with \`/skip\`, or end the release with \`/abort\`.`, {
unset,
same,
untold
});
}
const makerOf = (mark) => mark?.split(":", 1)[0];
export { marksNow, taskLeft };
