import { s as headline } from "./advance.js";
import { _ as object, b as string, g as number, m as literal } from "./zod.js";
import { a as recordSchema, n as fold, t as emptyRecord } from "./record.js";
import { n as ProviderError, t as InputError } from "./failure.js";
import { s as resolveReferences } from "./written-runbook.js";
async function openTarget(spec, ports) {
	if ("compose" in spec) return (await import("./compose.js")).composeTarget(spec.compose, ports);
	if ("command" in spec) return (await import("./command.js")).commandTarget(spec.command, ports);
	if ("vercel" in spec) return (await import("./vercel.js")).vercelTarget(spec.vercel, ports);
	if ("render" in spec) return (await import("./render.js")).renderTarget(spec.render, ports);
	return (await import("./local.js")).openLocal(spec.local, ports);
}
const noticeWithinMs = 3e3;
const partingWithinMs = 1e3;
function noticeOf(entry, record, { run }) {
	const words = wordsFor(entry, record);
	if (words === void 0) return void 0;
	const release = record.release?.id === entry.release ? record.release : null;
	return {
		id: `${record.environment}/${entry.release}/${words.event}/${entry.at}`,
		...words,
		environment: record.environment,
		service: release?.plan.service,
		release: entry.release,
		commit: release?.commit,
		actor: entry.by.actor,
		at: entry.at,
		link: run
	};
}
function wordsFor(entry, record) {
	switch (entry.kind) {
		case "started": return started(entry, record.environment);
		case "step": return entry.outcome === "held" ? held(entry, record.environment) : void 0;
		case "rollback": return wentBack(entry, record);
		case "interrupted": return interrupted(entry, record.environment);
		case "ended": return ended(entry, record);
		case "locked": return locked(entry, record.environment);
		case "unlocked": return unlocked(entry, record.environment);
		case "asked": return asked(entry, record.environment);
		case "warned": return warned(entry, record.environment);
		case "stepped-back": return steppedBack(entry, record.environment);
		case "recovery": return entry.healthy ? void 0 : unhealthy(entry, record.environment);
		case "resumed":
		case "intent":
		case "result":
		case "verdict":
		case "approval":
		case "signature":
		case "attested":
		case "order":
		case "skipped":
		case "look":
		case "changing":
		case "changed":
		case "queued":
		case "dequeued": return;
	}
}
function started(entry, environment) {
	const stages = entry.plan.stages.map(({ name }) => name).join(", ");
	return {
		event: "started",
		outcome: "started",
		reason: "started",
		urgent: false,
		title: `${entry.plan.service}: release ${entry.release} to ${environment} started`,
		text: `Commit ${short(entry.commit)} goes through ${stages}; the way back is ${short(entry.stable)}.`
	};
}
function held(entry, environment) {
	return {
		event: "held",
		outcome: "held",
		reason: entry.reason,
		urgent: true,
		title: `Release ${entry.release} to ${environment} waits at ${entry.step} of stage ${entry.stage}`,
		text: entry.message,
		next: entry.reason.startsWith("awaiting-") ? "Nothing moves until somebody answers; the text says who, and with which comment." : "Nothing moves until this is proven. Mend the cause and run the failed jobs of the run again."
	};
}
function asked(entry, environment) {
	const { decideBy } = entry;
	return {
		event: "page",
		outcome: "page",
		reason: entry.reason,
		urgent: true,
		title: `Release ${entry.release} to ${environment} needs a decision about ${entry.weight}%`,
		text: entry.message,
		next: "Comment `/continue` or `/rollback`." + (decideBy === null ? "" : ` Without a word by ${new Date(decideBy).toISOString()} traffic goes back.`)
	};
}
function warned(entry, environment) {
	return {
		event: "warned",
		outcome: "warned",
		reason: entry.reason,
		urgent: false,
		title: `Release ${entry.release} to ${environment}: a warning at ${entry.step} of stage ${entry.stage}`,
		text: entry.message
	};
}
function steppedBack(entry, environment) {
	return {
		event: "page",
		outcome: "stepped-back",
		reason: entry.reason,
		urgent: true,
		title: `Release ${entry.release} to ${environment} goes back by one share of stage ${entry.stage}`,
		text: entry.message,
		next: "Comment `/continue` to let it try again, or `/rollback`; without a word it goes back to stable."
	};
}
function unhealthy(entry, environment) {
	return {
		event: "rolled-back",
		outcome: "rolled-back-unhealthy",
		reason: "not-recovered",
		urgent: true,
		title: `Release ${entry.release} to ${environment} was rolled back, and what serves now is NOT healthy`,
		text: entry.message,
		next: rolledBackNext("rolled-back-unhealthy", environment)
	};
}
const rolledBackTitle = {
	"rolled-back": "was rolled back",
	"rolled-back-unhealthy": "was rolled back, and the version that serves is NOT healthy",
	"rollback-incomplete": "is only PARTLY rolled back",
	held: "was put back unproven"
};
const rolledBackNext = (as, environment) => {
	switch (as) {
		case "rolled-back": return "The commit is rejected until it is fixed: push a new one, or revert it.";
		case "rolled-back-unhealthy": return `Users are affected: look at the version that serves now, or return to another one with \`sluice rollback --environment ${environment} --to VERSION\`.`;
		case "rollback-incomplete": return "Run the rollback again now, or move traffic on the platform by hand.";
		case "held": return "The commit is not at fault: run it again when there is enough traffic to judge it.";
	}
};
function wentBack(entry, { environment }) {
	const { as, reason, message, to } = entry;
	const what = entry.release > 0 ? `Release ${entry.release} to ${environment}` : environment;
	return {
		event: as === "held" ? "held" : "rolled-back",
		outcome: as,
		reason,
		urgent: as === "rolled-back-unhealthy" || as === "rollback-incomplete",
		title: `${what} ${rolledBackTitle[as]}`,
		text: `${as === "rollback-incomplete" ? "Wanted" : "Serving now"}: ${short(to)}. Reason: ${reason}. ${message}`,
		next: rolledBackNext(as, environment)
	};
}
function interrupted(entry, environment) {
	return {
		event: "interrupted",
		outcome: "interrupted",
		reason: entry.reason,
		urgent: false,
		title: `Release ${entry.release} to ${environment} was interrupted`,
		text: entry.message,
		next: "The rollback job gives traffic back; if no message says so within minutes, dispatch the rollback workflow."
	};
}
const endings = {
	done: {
		event: "finished",
		title: "is finished"
	},
	failed: {
		event: "failed",
		title: "failed before it took traffic",
		next: "Production is untouched. Mend the cause, then push or run the failed jobs again."
	},
	halted: {
		event: "halted",
		title: "halted: production is not as the release left it",
		next: "Somebody moved traffic by hand and nothing is changed against them. Look at what serves, then dispatch the rollback workflow with a version, or push again."
	},
	superseded: void 0
};
function ended(entry, { environment }) {
	const words = endings[entry.as];
	if (words === void 0) return void 0;
	return {
		event: words.event,
		outcome: entry.as,
		reason: entry.reason,
		urgent: entry.as === "halted",
		title: `Release ${entry.release} to ${environment} ${words.title}`,
		text: entry.message,
		next: words.next
	};
}
function locked(entry, environment) {
	return {
		event: "locked",
		outcome: "locked",
		reason: "locked",
		urgent: false,
		title: `${environment} is locked: no release gets traffic`,
		text: `${entry.by.actor} says: ${entry.reason}`,
		next: `Rolling back works all the time. When releases may go on: sluice unlock --environment ${environment}`
	};
}
function unlocked(entry, environment) {
	return {
		event: "unlocked",
		outcome: "unlocked",
		reason: "unlocked",
		urgent: false,
		title: `${environment} is unlocked: releases may go on`,
		text: entry.reason === "" ? `Unlocked by ${entry.by.actor}.` : `${entry.by.actor} says: ${entry.reason}`
	};
}
const short = (version) => version.slice(0, 12);
async function tell(notice, channels, { clock, log }) {
	const wanted = channels.filter(({ on }) => on.includes(notice.event));
	if (wanted.length === 0) return;
	const over = new AbortController();
	const done = new AbortController();
	const withinMs = notice.event === "interrupted" ? partingWithinMs : noticeWithinMs;
	clock.sleep(withinMs, done.signal).then(() => over.abort(new Error(`no answer within ${withinMs} ms`)), () => void 0);
	const results = await Promise.all(wanted.map(async (channel) => ({
		kind: channel.kind,
		sent: await channel.send(notice, over.signal)
	})));
	done.abort();
	for (const { kind, sent } of results) if (!sent.sent) log.warn(`Nobody was told on ${kind} about this (${notice.outcome}): ${sent.why}. The release itself goes on.`);
}
function notifier(source, links, ports) {
	let opened;
	return async (entry, record) => {
		try {
			const notice = noticeOf(entry, record, links);
			if (notice === void 0) return;
			opened ??= source.written().then((written) => open(written, source.variables, ports));
			await tell(notice, await opened, ports);
		} catch (problem) {
			ports.log.warn(`Nobody could be told about this: ${problem instanceof Error ? problem.message : String(problem)} The release itself goes on.`);
		}
	};
}
async function open(written, variables, ports) {
	const { notify } = written?.value ?? {};
	if (written === void 0 || notify === void 0) return [];
	const problems = [];
	const resolved = (kind) => {
		if (notify[kind] === void 0) return {};
		const answer = resolveReferences(written, variables, [`notify.${kind}`]);
		if (answer.ok) return { [kind]: answer.value.notify?.[kind] };
		problems.push(...answer.problems.map(({ message, fix }) => `${kind}: ${message}. ${fix}`));
		return {};
	};
	const { openChannels } = await import("./open2.js");
	const opened = openChannels({
		...resolved("slack"),
		...resolved("webhook")
	}, ports);
	for (const problem of [...problems, ...opened.problems]) ports.log.warn(`Nobody is told on ${problem} The release itself goes on.`);
	return opened.channels;
}
const journalAuthor = {
	name: "github-actions[bot]",
	email: "41898282+github-actions[bot]@users.noreply.github.com"
};
function journalCommit(before, entries, nonce) {
	const newest = entries.at(-1);
	if (newest === void 0) throw new Error("An append needs at least one entry.");
	const record = recordSchema.parse(entries.reduce(fold, before));
	return {
		record,
		message: entries.map((entry) => oneLine(headline(entry))).join("\n"),
		files: {
			"record.json": `${JSON.stringify(record, null, 2)}\n`,
			"entries.json": `${JSON.stringify({
				nonce,
				entries
			}, null, 2)}\n`
		},
		at: newest.at
	};
}
const oneLine = (text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
function parseRecord(environment, head, content, provider) {
	const unreadable = (why, cause) => new ProviderError(provider, `The record of ${environment} at ${head.slice(0, 12)} cannot be read: ${why}. Nothing moves until it can; look at its history with git log and restore the last good commit.`, { cause });
	if (content === null) throw unreadable("the commit holds no record.json");
	let json;
	try {
		json = JSON.parse(content);
	} catch (error) {
		throw unreadable("record.json is not JSON", error);
	}
	const parsed = recordSchema.safeParse(json);
	if (!parsed.success) throw unreadable("record.json has not the shape of a record", parsed.error);
	if (parsed.data.environment !== environment) throw unreadable(`it is the record of ${JSON.stringify(parsed.data.environment)}`);
	return parsed.data;
}
const prefix = "refs/sluice/";
const longestName = 200;
function recordRef(environment) {
	const name = Buffer.from(environment, "utf8").toString("latin1").replaceAll(/[^A-Za-z0-9_-]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
	if (name === "" || name.length > longestName || !environment.isWellFormed()) throw new InputError(`"${environment.slice(0, 60)}" cannot name an environment; use at most ${longestName} letters, digits, "-" and "_".`);
	return `${prefix}${name}`;
}
function environmentOf(ref) {
	if (!/^refs\/sluice\/(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(ref)) return void 0;
	const bytes = ref.slice(12).replaceAll(/=(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
	return Buffer.from(bytes, "latin1").toString("utf8");
}
const sends = 3;
function githubRefStore(client, newNonce = () => crypto.randomUUID()) {
	const known = new Map();
	async function move(ref, before, commit) {
		let unanswered = false;
		for (let sent = 1;; sent += 1) {
			const moved = before === null ? await client.createRef(ref, commit) : await client.updateRef(ref, commit);
			if (moved.outcome === "applied") return true;
			unanswered ||= moved.outcome === "unknown";
			const head = await client.readRef(ref);
			if (head === commit) return true;
			if (head !== before) return unanswered && head !== null && await client.isAncestor(commit, head);
			if (moved.outcome === "not-applied" || sent >= sends) throw unmoved(ref, moved);
		}
	}
	return {
		async read(environment) {
			const head = await client.readRef(recordRef(environment));
			const remembered = known.get(environment);
			if (head === null && remembered !== void 0) throw vanished(environment, remembered);
			if (head === null) return {
				head,
				record: emptyRecord(environment)
			};
			if (remembered?.head === head) return remembered;
			const content = await client.readFile(head, "record.json");
			const snapshot = {
				head,
				record: parseRecord(environment, head, content, "github")
			};
			known.set(environment, snapshot);
			return snapshot;
		},
		async append(environment, onto, entries) {
			const { record, files, message, at } = journalCommit(onto.record, entries, newNonce());
			const tree = await client.createTree(files);
			const parents = onto.head === null ? [] : [onto.head];
			const commit = await client.createCommit({
				message,
				tree,
				parents,
				at,
				author: journalAuthor
			});
			if (!await move(recordRef(environment), onto.head, commit)) return {
				appended: false,
				reason: "conflict"
			};
			const snapshot = {
				head: commit,
				record
			};
			known.set(environment, snapshot);
			return {
				appended: true,
				snapshot
			};
		}
	};
}
const vanished = (environment, { head }) => new ProviderError("github", `The record of ${environment} was there a moment ago and is gone: somebody deleted ${recordRef(environment)}. Put it back with: git push origin ${head}:${recordRef(environment)}`);
function unmoved(ref, { error }) {
	return new ProviderError("github", `The record could not be appended to ${ref}. ${error.message}`, {
		...error.status === void 0 ? {} : { status: error.status },
		retryable: error.retryable,
		cause: error
	});
}
const deploymentTask = "release";
const longestDescription = 140;
const earlierLookedAt = 10;
const deploymentPayload = object({
	sluice: literal(1),
	release: number().int(),
	candidate: string(),
	stable: string()
});
function deploymentFor(record) {
	const { release, environment } = record;
	const deployed = release?.candidate ?? release?.promoted;
	if (release === null || deployed === null || deployed === void 0) return void 0;
	const payload = {
		sluice: 1,
		release: release.id,
		candidate: deployed.version,
		stable: release.before
	};
	return {
		commit: release.commit,
		environment,
		task: deploymentTask,
		description: shorten(`Release ${release.id} of ${release.plan.service}`, longestDescription),
		payload,
		production: environment === "production"
	};
}
function deploymentStatusFor(record) {
	const { release } = record;
	if (release === null || (release.candidate ?? release.promoted) === null) return void 0;
	if (release.ended !== null) {
		const { as, reason } = release.ended;
		return {
			state: stateOf[as],
			description: `${as} (${reason})`
		};
	}
	return {
		state: "in_progress",
		description: underWay(release)
	};
}
const stateOf = {
	done: "success",
	failed: "failure",
	"rolled-back": "failure",
	"rolled-back-unhealthy": "error",
	"rollback-incomplete": "error",
	held: "inactive",
	halted: "error",
	superseded: "inactive"
};
function underWay({ interrupted, traffic, verdict, steps }) {
	if (interrupted !== null) return `interrupted (${interrupted.reason})`;
	if (traffic !== null) {
		const judged = verdict === null ? "" : `: ${verdict.verdict} (${verdict.reason})`;
		return `canary ${traffic.weight}%${judged}`;
	}
	const [newest] = Object.entries(steps).toSorted(([, a], [, b]) => b.at - a.at);
	return newest === void 0 ? "started" : `${newest[0]}: ${newest[1].outcome} (${newest[1].reason})`;
}
function witnessed(description, head) {
	const witness = ` @${head}`;
	return shorten(description, longestDescription - witness.length) + witness;
}
const witnessIn = (description) => /@([0-9a-f]{40})$/.exec(description)?.[1];
async function witnessOf(client, environment) {
	const newest = (await client.listDeployments({
		environment,
		task: deploymentTask
	})).find(({ payload }) => deploymentPayload.safeParse(payload).success);
	const status = newest && await client.latestDeploymentStatus(newest.id);
	return status ? witnessIn(status.description) : void 0;
}
function shorten(text, length) {
	const characters = [...text];
	return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
const shown = new WeakMap();
async function projectDeployment(client, { head, record }, places) {
	const deployment = deploymentFor(record);
	const status = deploymentStatusFor(record);
	const release = record.release?.id;
	if (head === null || release === void 0 || deployment === void 0 || status === void 0) return void 0;
	const before = shown.get(client) ?? new Map();
	shown.set(client, before);
	const last = before.get(record.environment);
	if (last?.release === release && last.description === status.description) return void 0;
	try {
		const { id, shows } = last?.release === release ? {
			id: last.deployment,
			shows: void 0
		} : await findOrCreate(client, deployment, release);
		const description = witnessed(status.description, head);
		if (shows !== description) await settle(client.createDeploymentStatus(id, {
			state: status.state,
			description,
			logUrl: places.runUrl,
			environmentUrl: places.url
		}));
		before.set(record.environment, {
			release,
			deployment: id,
			description: status.description
		});
		if (status.state === "success") await retireReplaced(client, deployment, id, places);
		return;
	} catch (error) {
		return `GitHub's deployment page does not show the newest state of release ${release}; the release itself goes on. ${error instanceof Error ? error.message : String(error)}`;
	}
}
async function findOrCreate(client, wanted, release) {
	const present = await find(client, wanted, release);
	if (present !== void 0) return {
		id: present,
		shows: (await client.latestDeploymentStatus(present))?.description
	};
	const created = await client.createDeployment(wanted);
	if (created.outcome === "applied") return {
		id: created.value.id,
		shows: void 0
	};
	const found = created.outcome === "unknown" ? await find(client, wanted, release) : void 0;
	if (found === void 0) throw created.error;
	return {
		id: found,
		shows: void 0
	};
}
async function find(client, wanted, release) {
	return (await client.listDeployments(wanted)).find(({ commit, payload }) => {
		const parsed = deploymentPayload.safeParse(payload);
		return parsed.success && parsed.data.release === release && commit === wanted.commit;
	})?.id;
}
async function retireReplaced(client, by, id, { runUrl }) {
	if (!by.production) return;
	const earlier = (await client.listDeployments(by)).filter((deployment) => deployment.id < id);
	const inactive = {
		state: "inactive",
		description: `replaced by release ${by.payload["release"]}`,
		logUrl: runUrl
	};
	for (const deployment of earlier.slice(0, earlierLookedAt)) {
		if ((await client.latestDeploymentStatus(deployment.id))?.state !== "success") continue;
		await settle(client.createDeploymentStatus(deployment.id, inactive));
		return;
	}
}
async function settle(writing) {
	const written = await writing;
	if (written.outcome !== "applied") throw written.error;
}
const reads = 3;
function witnessedStore(store, client, { clock, log }) {
	const trusted = new Set();
	const refused = new Map();
	const witness = async (environment) => {
		try {
			return await witnessOf(client, environment);
		} catch (problem) {
			const why = problem instanceof Error ? problem.message : String(problem);
			log.warn(`The record of ${environment} cannot be compared with GitHub's deployments. ${why}`);
			return;
		}
	};
	return {
		async read(environment) {
			const problem = refused.get(environment);
			if (problem !== void 0) throw problem;
			if (trusted.has(environment)) return store.read(environment);
			const [first, seen] = await Promise.all([store.read(environment), witness(environment)]);
			let snapshot = first;
			for (let read = 1; seen !== void 0 && !await descends(client, seen, snapshot); read++) {
				if (read === reads) {
					const tampered = differs(environment, seen, snapshot);
					refused.set(environment, tampered);
					throw tampered;
				}
				await clock.sleep(200 * 2 ** read);
				snapshot = await store.read(environment);
			}
			trusted.add(environment);
			return snapshot;
		},
		append: (environment, onto, entries) => store.append(environment, onto, entries)
	};
}
const descends = async (client, witness, { head }) => head === witness || head !== null && await client.isAncestor(witness, head);
function differs(environment, witness, { head }) {
	const ref = recordRef(environment);
	const found = head === null ? "and the record is gone" : `and ${ref} is at ${head}, which does not descend from it`;
	return new ProviderError("github", `The record of ${environment} was tampered with: GitHub's newest deployment bears witness to ${witness}, ${found}. Nothing moves by itself. Put the record back with \`git push --force origin ${witness}:${ref}\`; to begin a new record on purpose, delete that deployment. Meanwhile the rollback workflow returns to any version that is named with \`to\`.`, { status: "record-differs" });
}
export { notifier as a, environmentOf as i, projectDeployment as n, openTarget as o, githubRefStore as r, witnessedStore as t };
