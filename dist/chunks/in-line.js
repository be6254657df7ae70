import { d as advance, n as provenElsewhere } from "./release.js";
import { v as hold } from "./words.js";
async function waitInLine(context, snapshot, why, message) {
let { store, environment, asker, author, ports, commit, workflow, overrideRejected } = context, { record } = snapshot, { queued } = record, verdict = hold("queued", `${message} It waits in line, and is begun by itself.`);
if (queued?.release === asker.release && queued.reason === why.reason) return {
record,
verdict
};
let overtaken = queued !== null && queued.release < asker.release ? `Release ${queued.release} of commit ${queued.commit.slice(0, 12)} waited and is superseded: release ${asker.release} of commit ${commit.slice(0, 12)} waits in its place.` : void 0;
overtaken !== void 0 && ports.log.notice(overtaken);
let told = overtaken === void 0 ? message : `${message} ${overtaken}`, entry = {
kind: "queued",
at: ports.clock.now(),
by: author,
release: asker.release,
commit,
reason: why.reason,
message: told,
...why.after !== void 0 && { after: why.after },
...workflow !== void 0 && { workflow },
...overrideRejected && { overrideRejected }
}, appended = await store.append(environment, snapshot, [entry]);
if (appended.appended) return await context.onEntry?.(entry, appended.snapshot), {
record: appended.snapshot.record,
verdict
};
}
async function waitsForOther(context, snapshot, { environment, watched, within }) {
let after = {
environment,
watchedMs: watched ?? 0,
...within !== void 0 && { withinMs: within }
}, { record: other } = await context.store.read(environment), proven = provenElsewhere(other, context.commit, after, context.ports.clock.now());
if (proven.verdict !== "pass") return proven.verdict === "hold" ? await waitInLine(context, snapshot, {
reason: "after",
after
}, proven.message) ?? "again" : {
record: snapshot.record,
verdict: proven
};
}
async function endForNewer(context, snapshot, other) {
let { store, environment, asker, author, ports, commit, target, change, onEntry, show } = context, { release } = snapshot.record;
if (release?.people.wanted === null) {
let reason = `release ${asker.release} of commit ${commit.slice(0, 12)} replaces it`, by = {
...author,
attempt: release.attempt
}, entry = {
kind: "order",
at: ports.clock.now(),
by,
release: other,
order: "abort",
reason
}, appended = await store.append(environment, snapshot, [entry]);
if (!appended.appended) return;
await onEntry?.(entry, appended.snapshot);
}
let attempt = release?.attempt ?? 1, ended = await advance({
ports,
store,
environment,
target,
change,
onEntry,
show,
asker: {
release: other,
attempt
},
author: {
...author,
attempt
},
steps: {}
}), { record } = await store.read(environment);
if (record.release?.id !== other || record.release.ended !== null) return;
let message = `Release ${other} was to end for release ${asker.release}, and is still under way: ${ended.message} Run this release again.`;
return {
record,
verdict: hold("not-replaced", message)
};
}
export { endForNewer, waitInLine, waitsForOther };
