import { n as provenElsewhere, u as advance } from "./release.js";
import { g as hold } from "./words.js";
async function waitInLine(context, snapshot, why, message) {
	const { store, environment, asker, author, ports, commit, workflow } = context;
	const { record } = snapshot;
	const { queued } = record;
	const verdict = hold("queued", `${message} It waits in line, and is begun by itself.`);
	if (queued?.release === asker.release && queued.reason === why.reason) return {
		record,
		verdict
	};
	const overtaken = queued !== null && queued.release < asker.release ? `Release ${queued.release} of commit ${queued.commit.slice(0, 12)} waited and is superseded: release ${asker.release} of commit ${commit.slice(0, 12)} waits in its place.` : void 0;
	if (overtaken !== void 0) ports.log.notice(overtaken);
	const told = overtaken === void 0 ? message : `${message} ${overtaken}`;
	const entry = {
		kind: "queued",
		at: ports.clock.now(),
		by: author,
		release: asker.release,
		commit,
		reason: why.reason,
		message: told,
		...why.after !== void 0 && { after: why.after },
		...workflow !== void 0 && { workflow }
	};
	const appended = await store.append(environment, snapshot, [entry]);
	if (!appended.appended) return void 0;
	await context.onEntry?.(entry, appended.snapshot);
	return {
		record: appended.snapshot.record,
		verdict
	};
}
async function waitsForOther(context, snapshot, { environment, watched, within }) {
	const after = {
		environment,
		watchedMs: watched ?? 0,
		...within !== void 0 && { withinMs: within }
	};
	const { record: other } = await context.store.read(environment);
	const proven = provenElsewhere(other, context.commit, after, context.ports.clock.now());
	if (proven.verdict === "pass") return void 0;
	if (proven.verdict !== "hold") return {
		record: snapshot.record,
		verdict: proven
	};
	return await waitInLine(context, snapshot, {
		reason: "after",
		after
	}, proven.message) ?? "again";
}
async function endForNewer(context, snapshot, other) {
	const { store, environment, asker, author, ports, commit, target, change, onEntry, show } = context;
	const { release } = snapshot.record;
	if (release?.people.wanted === null) {
		const reason = `release ${asker.release} of commit ${commit.slice(0, 12)} replaces it`;
		const by = {
			...author,
			attempt: release.attempt
		};
		const entry = {
			kind: "order",
			at: ports.clock.now(),
			by,
			release: other,
			order: "abort",
			reason
		};
		const appended = await store.append(environment, snapshot, [entry]);
		if (!appended.appended) return void 0;
		await onEntry?.(entry, appended.snapshot);
	}
	const attempt = release?.attempt ?? 1;
	const ended = await advance({
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
	});
	const { record } = await store.read(environment);
	if (record.release?.id !== other || record.release.ended !== null) return void 0;
	const message = `Release ${other} was to end for release ${asker.release}, and is still under way: ${ended.message} Run this release again.`;
	return {
		record,
		verdict: hold("not-replaced", message)
	};
}
export { endForNewer, waitInLine, waitsForOther };
