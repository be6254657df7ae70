import { f as planOf, h as stepNames } from "./runbook-keys.js";
import { u as advance, v as emptyRecord, y as fold } from "./release.js";
import { t as begin } from "./begin.js";
import { t as isWithItsJob } from "./tick.js";
import { _ as pass, g as hold, m as ProviderError } from "./words.js";
const second$1 = 1e3;
const minute$2 = 60 * second$1;
const hour$1 = 60 * minute$2;
const menu = [
	{
		id: "F00",
		name: "nothing goes wrong",
		trouble: { kind: "none" }
	},
	{
		id: "F01",
		name: "reads fail",
		trouble: {
			kind: "outage",
			of: ["platform-read", "record"],
			from: [second$1, 10 * minute$2]
		}
	},
	{
		id: "F02",
		name: "rate limit",
		trouble: {
			kind: "outage",
			of: ["platform-read", "platform-write"],
			from: [minute$2, 10 * minute$2]
		}
	},
	{
		id: "F03",
		name: "secondary rate limit",
		trouble: {
			kind: "outage",
			of: ["record"],
			from: [minute$2, 5 * minute$2]
		}
	},
	{
		id: "F04",
		name: "everything is slow",
		trouble: {
			kind: "slow",
			each: [5 * second$1, 30 * second$1]
		}
	},
	{
		id: "F05",
		name: "answer lost after a write",
		trouble: { kind: "answer-lost" }
	},
	{
		id: "F06",
		name: "acknowledged before it happens",
		trouble: {
			kind: "ack-before-effect",
			after: [10 * second$1, 5 * minute$2]
		}
	},
	{
		id: "F07",
		name: "write lands late",
		trouble: {
			kind: "late-write",
			after: [minute$2, 20 * minute$2]
		}
	},
	{
		id: "F08",
		name: "run cancelled",
		trouble: { kind: "cancel" }
	},
	{
		id: "F09",
		name: "machine lost",
		trouble: { kind: "kill" }
	},
	{
		id: "F10",
		name: "children outlive their parent",
		why: "processes; the kill matrix counts them"
	},
	{
		id: "F11",
		name: "job timeout",
		trouble: { kind: "timeout" }
	},
	{
		id: "F12",
		name: "cancelled in a raise",
		trouble: { kind: "cancel-at-raise" }
	},
	{
		id: "F13",
		name: "failed jobs re-run",
		trouble: { kind: "defect" }
	},
	{
		id: "F14",
		name: "all jobs re-run",
		trouble: { kind: "re-run" }
	},
	{
		id: "F15",
		name: "old run re-run",
		trouble: { kind: "old-release" }
	},
	{
		id: "F16",
		name: "same push twice",
		trouble: { kind: "same-again" }
	},
	{
		id: "F17",
		name: "two releases at once",
		trouble: { kind: "next-release" }
	},
	{
		id: "F18",
		name: "zombie attempt",
		trouble: {
			kind: "zombie",
			frozen: [minute$2, 2 * hour$1]
		}
	},
	{
		id: "F19",
		name: "ticks hours late",
		trouble: { kind: "ticks-late" }
	},
	{
		id: "F20",
		name: "token expires",
		trouble: { kind: "token-expires" }
	},
	{
		id: "F21",
		name: "metrics down",
		trouble: {
			kind: "outage",
			of: ["metrics"],
			from: [minute$2, 12 * hour$1]
		}
	},
	{
		id: "F22",
		name: "metrics are not numbers",
		trouble: {
			kind: "evidence",
			looks: [1, 1e3]
		}
	},
	{
		id: "F23",
		name: "metrics are stale",
		trouble: {
			kind: "evidence",
			looks: [1, 100]
		}
	},
	{
		id: "F24",
		name: "too little traffic",
		trouble: {
			kind: "evidence",
			looks: [1e4, 1e4]
		}
	},
	{
		id: "F25",
		name: "counters start anew",
		trouble: {
			kind: "evidence",
			looks: [1, 2]
		}
	},
	{
		id: "F26",
		name: "clock is wrong",
		trouble: {
			kind: "skew",
			by: [-10 * minute$2, 10 * minute$2]
		}
	},
	{
		id: "F27",
		name: "partial rollback",
		trouble: { kind: "partial-restore" }
	},
	{
		id: "F28",
		name: "rollback target gone",
		trouble: { kind: "target-gone" }
	},
	{
		id: "F29",
		name: "migration fails",
		trouble: {
			kind: "step-fails",
			step: "migrate"
		}
	},
	{
		id: "F30",
		name: "migration half applied",
		trouble: {
			kind: "step-fails",
			step: "migrate"
		}
	},
	{
		id: "F31",
		name: "backup cannot be proven",
		trouble: {
			kind: "step-fails",
			step: "backup"
		}
	},
	{
		id: "F32",
		name: "person moves traffic",
		trouble: { kind: "person" }
	},
	{
		id: "F33",
		name: "record unreadable",
		trouble: { kind: "record-unreadable" }
	},
	{
		id: "F34",
		name: "record store down",
		trouble: {
			kind: "outage",
			of: ["record"],
			from: [minute$2, 2 * hour$1]
		}
	},
	{
		id: "F35",
		name: "our own exception",
		trouble: { kind: "defect" }
	},
	{
		id: "F36",
		name: "job output dropped",
		why: "nothing travels by outputs; tested on the workflows"
	},
	{
		id: "F37",
		name: "summary too large",
		why: "moves no traffic; tested on the summary"
	},
	{
		id: "F38",
		name: "notification fails",
		why: "never part of a verdict; tested on the channels"
	},
	{
		id: "F39",
		name: "runbook changes meanwhile",
		why: "the plan is pinned in the record; tested on the actions"
	},
	{
		id: "F40",
		name: "GitHub is down",
		trouble: {
			kind: "outage",
			of: ["record", "machines"],
			from: [10 * minute$2, 4 * hour$1]
		}
	},
	{
		id: "F41",
		name: "another build was shipped",
		why: "a matter of the platform; tested on the targets"
	},
	{
		id: "F42",
		name: "bad commit pushed again",
		trouble: { kind: "pushed-again" }
	}
];
const calm = {
	down: {
		of: new Set(),
		from: 0,
		until: 0
	},
	slow: {
		eachMs: 0,
		from: 0,
		until: 0
	},
	lostFrom: 0,
	lostTo: 0,
	ackMs: 0,
	late: void 0,
	onEffect: () => void 0,
	partialRestores: 0,
	targetGoneFrom: Number.POSITIVE_INFINITY,
	unreadableFrom: Number.POSITIVE_INFINITY,
	unreadableUntil: Number.POSITIVE_INFINITY
};
const stableVersion = "stable";
const candidateOf = (commit) => `candidate-${commit.slice(0, 8)}`;
const callMs = 250;
const pollMs = 5e3;
const effectWithinMs = 12e4;
function createWorld(timeline, knobs, environment) {
	let shares = [{
		version: stableVersion,
		weight: 100
	}];
	const staged = new Set([stableVersion]);
	let generation = 1;
	let head = 0;
	let record = emptyRecord(environment);
	const entries = [];
	const history = [{
		at: 0,
		shares,
		by: "start"
	}];
	let effects = 0;
	let writes = 0;
	let partials = knobs.partialRestores;
	const isDown = (system) => {
		const { of, from, until } = knobs.down;
		return of.has(system) && timeline.now() >= from && timeline.now() < until;
	};
	const setShares = (next, by) => {
		shares = next.filter(({ weight }) => weight > 0);
		generation += 1;
		history.push({
			at: timeline.now(),
			shares,
			by
		});
	};
	const effect = async (actor, what, ms, happen) => {
		const count = effects++;
		const slow = timeline.now() >= knobs.slow.from && timeline.now() < knobs.slow.until ? knobs.slow.eachMs : 0;
		knobs.onEffect(count, "before", actor, what);
		await timeline.sleep(actor, (ms + slow) / 2);
		const result = happen(count);
		knobs.onEffect(count, "after", actor, what);
		await timeline.sleep(actor, (ms + slow) / 2);
		return result;
	};
	const unavailable = (what) => new ProviderError("simulation", `The ${what} is down.`, { retryable: true });
	const lost = (count) => count >= knobs.lostFrom && count < knobs.lostTo;
	const production = () => {
		const known = new Map([...staged].map((version) => [version, 0]));
		for (const { version, weight } of shares) known.set(version, weight);
		return {
			generation: `g${generation}`,
			serving: [...known].map(([version, weight]) => ({
				version,
				weight
			}))
		};
	};
	const store = (actor) => {
		const readable = () => {
			const broken = timeline.now() >= knobs.unreadableFrom && timeline.now() < knobs.unreadableUntil;
			if (isDown("record")) throw unavailable("record");
			if (broken) throw new ProviderError("simulation", "The record cannot be read: it has not the shape of a record.");
		};
		const snapshot = () => ({
			head: head === 0 ? null : String(head),
			record
		});
		return {
			read: async () => effect(actor, "read", callMs, () => {
				readable();
				return snapshot();
			}),
			append: async (_environment, onto, added) => {
				const answer = await effect(actor, "append", 750, (count) => {
					readable();
					if (Number(onto.head ?? 0) !== head) return void 0;
					head += 1;
					record = added.reduce(fold, record);
					entries.push(...added);
					if (lost(count)) throw unavailable("answer of the record");
					return snapshot();
				});
				return answer === void 0 ? {
					appended: false,
					reason: "conflict"
				} : {
					appended: true,
					snapshot: answer
				};
			}
		};
	};
	const target = (actor) => {
		const serves = (wanted) => [...wanted, ...shares].every(({ version }) => weightOf(wanted, version) === weightOf(shares, version));
		const write = async (what, wanted, ifGeneration) => {
			const said = await effect(actor, what, 500, (count) => {
				const number = writes++;
				if (isDown("platform-write")) return {
					outcome: "not-applied",
					reason: "unavailable",
					message: "The platform asks to come back later."
				};
				const gone = wanted.find(({ version, weight }) => weight > 0 && isGone(version));
				if (gone !== void 0) return {
					outcome: "not-applied",
					reason: "unknown-version",
					message: `${gone.version} does not exist any more.`
				};
				const refused = () => ifGeneration !== void 0 && ifGeneration !== `g${generation}`;
				const apply = () => {
					if (!refused()) setShares(partly(what, wanted), actor.name);
				};
				if (knobs.late?.write === number) {
					timeline.at(timeline.now() + knobs.late.afterMs, apply);
					return {
						outcome: "unknown",
						message: "No answer came."
					};
				}
				if (refused()) return {
					outcome: "not-applied",
					reason: "generation-differs",
					message: "It differs.",
					production: production()
				};
				if (knobs.ackMs > 0) timeline.at(timeline.now() + knobs.ackMs, apply);
				else apply();
				return lost(count) ? {
					outcome: "unknown",
					message: "No answer came."
				} : "sent";
			});
			if (said !== "sent" && said.outcome !== "unknown") return said;
			const before = ifGeneration ?? "";
			for (let looks = 1;; looks++) {
				const seen = await effect(actor, "observe", callMs, () => {
					if (isDown("platform-read")) return {
						outcome: "unknown",
						message: "Production cannot be read."
					};
					const now = production();
					if (serves(wanted)) return {
						outcome: "applied",
						production: now
					};
					if (said !== "sent" || now.generation === before) return {
						outcome: "unknown",
						message: "Production does not show it yet."
					};
					return {
						outcome: "not-applied",
						reason: "changed-meanwhile",
						message: "A part of production serves something else.",
						production: now,
						...history.at(-1)?.by === actor.name ? { partly: true } : {}
					};
				});
				if (said !== "sent" || seen.outcome !== "unknown" || looks * pollMs > effectWithinMs) return seen;
				await timeline.sleep(actor, pollMs);
			}
		};
		return {
			kind: "simulation",
			capabilities: {
				shifts: "traffic",
				compareAndSet: true
			},
			observe: () => effect(actor, "observe", callMs, () => {
				if (isDown("platform-read")) throw unavailable("platform");
				return production();
			}),
			async stage({ commit }) {
				staged.add(candidateOf(commit));
				return {
					version: candidateOf(commit),
					url: "https://candidate.invalid"
				};
			},
			shift: ({ candidate, stable, weight, ifGeneration }) => write("shift", [{
				version: candidate,
				weight
			}, {
				version: stable,
				weight: 100 - weight
			}], ifGeneration),
			restore: ({ to, ifGeneration }) => write("restore", [{
				version: to,
				weight: 100
			}], ifGeneration),
			health: async (version) => ({
				healthy: !isGone(version),
				message: isGone(version) ? "It is gone." : "It answered 200."
			}),
			address: async () => void 0,
			cleanup: async () => []
		};
	};
	const isGone = (version) => version === "stable" && timeline.now() >= knobs.targetGoneFrom && weightOf(shares, version) === 0;
	const partly = (what, wanted) => {
		const before = shares.find(({ version, weight }) => weight > 0 && weightOf(wanted, version) === 0);
		if (what !== "restore" || before === void 0 || partials === 0) return wanted;
		partials -= 1;
		const kept = before.weight / 2;
		return [...wanted.map((one) => ({
			...one,
			weight: one.weight - kept
		})), {
			...before,
			weight: kept
		}];
	};
	const quiet = () => void 0;
	return {
		history,
		entries,
		record: () => record,
		shares: () => shares,
		store,
		target,
		isDown,
		setShares,
		effect: (actor, what, ms) => effect(actor, what, ms, quiet),
		ports: (actor, cancelled) => ({
			clock: {
				now: () => Math.round(timeline.now() + actor.skewMs),
				monotonic: timeline.now,
				sleep: (ms, signal) => timeline.sleep(actor, ms, signal)
			},
			random: () => .5,
			fetch: async () => {
				throw new Error("A simulation has no network.");
			},
			exec: async () => ({
				code: 0,
				signal: null,
				stdout: "",
				stderr: ""
			}),
			env: {},
			log: {
				info: quiet,
				notice: quiet,
				warn: quiet,
				error: quiet
			},
			cancelled,
			mask: quiet
		})
	};
}
const weightOf = (shares, version) => shares.find((share) => share.version === version)?.weight ?? 0;
const second = 1e3;
const minute$1 = 60 * second;
const stepMs = {
	preflight: 3 * minute$1,
	deploy: 2 * minute$1,
	backup: 2 * minute$1
};
const usualStepMs = minute$1;
const jobStartMs = 20 * second;
const lostMachineMs = 10 * minute$1;
const cancelMs = 10 * second;
function createProduction(play) {
	const { timeline, world, runbook, truth, environment } = play;
	const jobs = [];
	const commits = new Map();
	let skewed = false;
	const badAt = (commit) => {
		const first = world.history.find(({ shares }) => weightOf(shares, candidateOf(commit)) > 0);
		return first === void 0 ? Number.POSITIVE_INFINITY : first.at + truth.badAfterMs;
	};
	const judge = (actor, cancelled) => async (share, release) => {
		const { planned, stage, shift, weight, generation } = share;
		const since = (release.traffic?.since ?? timeline.now()) - actor.skewMs;
		const holdEnd = since + planned.holdMs;
		const bad = badAt(release.commit);
		const found = Math.max(bad, since) + truth.looksNeeded * planned.everyMs;
		const now = timeline.now();
		const usual = now + Math.max(planned.everyMs, Math.min(10 * minute$1, planned.holdMs / 20));
		const next = Math.min(usual, ...[holdEnd, found].filter((moment) => moment > now));
		await timeline.sleep(actor, Math.max(next - now, Math.min(planned.everyMs, 100)), cancelled).catch(() => void 0);
		await world.effect(actor, "look", 500);
		return {
			...assessed(holdEnd, bad, found),
			stage,
			shift,
			weight,
			generation,
			gate: { simulated: true }
		};
	};
	const assessed = (holdEnd, bad, found) => {
		const now = timeline.now();
		if (world.isDown("metrics")) return hold("no-data", "The metrics are down.");
		if (now >= truth.blind.from && truth.blind.looks > 0) {
			truth.blind.looks -= 1;
			return hold("no-data", "The numbers tell nothing.");
		}
		if (now >= found) return {
			verdict: "fail",
			reason: "limit-broken",
			message: "A limit is broken."
		};
		if (now >= holdEnd && bad > now) return pass("limits-hold", "Every limit is proven.");
		return hold("not-enough-data", "Not enough is known yet.");
	};
	const stepsFor = (actor, commit) => {
		const run = (step) => async () => {
			await world.effect(actor, "step", stepMs[step] ?? usualStepMs);
			if (truth.failing === step) return {
				verdict: "fail",
				reason: `${step}-failed`,
				message: `${step} failed.`
			};
			if (step !== "deploy") return pass("ran", `${step} passed.`);
			const staged = await world.target(actor).stage({
				commit,
				directory: ".",
				env: {}
			});
			return {
				...pass("staged", "It is staged."),
				candidate: staged
			};
		};
		return Object.fromEntries(stepNames.filter((step) => step !== "canary").map((step) => [step, run(step)]));
	};
	const newJob = (role, release, attempt) => {
		const skewMs = skewed ? 0 : play.skewMs;
		skewed = true;
		const job = {
			actor: {
				name: `${role} ${release}.${attempt}`,
				skewMs,
				dead: false,
				frozenUntil: 0
			},
			cancel: new AbortController(),
			role,
			release,
			attempt,
			from: timeline.now(),
			abandoned: false,
			until: void 0
		};
		jobs.push(job);
		return job;
	};
	const run = (job, work, after) => {
		timeline.start(job.actor, async () => {
			const verdict = await work().catch((problem) => ({
				verdict: "error",
				reason: "threw",
				message: String(problem)
			}));
			job.until = timeline.now();
			after(verdict);
		});
	};
	const baseOf = ({ actor, cancel, release, attempt }) => ({
		ports: world.ports(actor, cancel.signal),
		store: world.store(actor),
		environment,
		asker: {
			release,
			attempt
		},
		author: {
			run: release,
			attempt,
			actor: "ada"
		},
		target: world.target(actor)
	});
	const whenMachine = (afterMs, start) => {
		timeline.at(timeline.now() + afterMs, () => world.isDown("machines") ? whenMachine(minute$1, start) : start());
	};
	const startRollback = (release, attempt, afterMs) => whenMachine(afterMs, () => {
		const job = newJob("rollback", release, attempt);
		run(job, async () => {
			const base = baseOf(job);
			const { record } = await base.store.read(environment);
			if (record.release?.id !== release) return pass("not-started", "It never started.");
			const asker = {
				release,
				attempt: Math.max(attempt, record.release.attempt)
			};
			const abort = {
				reason: "job-failed",
				message: "A job of the release failed."
			};
			return advance({
				...base,
				asker,
				steps: {},
				abort
			});
		}, () => void 0);
	});
	const startRelease = (release, attempt, commit) => {
		commits.set(release, commit);
		const job = newJob("release", release, attempt);
		run(job, async () => {
			const base = baseOf(job);
			const begun = await begin({
				...base,
				runbook,
				commit,
				overrideRejected: false
			});
			if (begun.verdict.verdict !== "pass") return {
				...begun.verdict,
				reason: `begin-${begun.verdict.reason}`
			};
			return advance({
				...base,
				steps: stepsFor(job.actor, commit),
				judge: judge(job.actor, job.cancel.signal)
			});
		}, ({ verdict, reason, final }) => {
			if (verdict === "pass" || verdict === "hold" && final !== true || job.cancel.signal.aborted || job.abandoned || reason === "begin-superseded") return;
			startRollback(release, attempt, jobStartMs);
		});
	};
	const startTick = () => {
		const { release } = world.record();
		if (release === null || jobs.some(({ role, until }) => role === "tick" && until === void 0)) return;
		const job = newJob("tick", release.id, release.attempt);
		run(job, async () => {
			const base = baseOf(job);
			const { record } = await base.store.read(environment);
			const now = record.release;
			if (now === null || now.ended !== null) return pass("nothing-under-way", "Nothing is under way.");
			if (isWithItsJob(now, base.ports.clock.now())) return pass("with-its-job", "Its job is judging.");
			const asker = {
				release: now.id,
				attempt: now.attempt
			};
			return advance({
				...base,
				asker,
				steps: {},
				judge: judge(job.actor, job.cancel.signal)
			});
		}, ({ reason }) => {
			if (reason !== "not-this-job") return;
			const { release: now } = world.record();
			const commit = now === null ? void 0 : commits.get(now.id);
			if (now !== null && commit !== void 0) whenMachine(jobStartMs, () => startRelease(now.id, now.attempt + 1, commit));
		});
	};
	return {
		jobs,
		jobOf: (actor) => jobs.find((job) => job.actor === actor),
		startRelease,
		badAt,
		lose(job, noticedAfterMs = lostMachineMs) {
			if (job.until !== void 0) return;
			timeline.kill(job.actor);
			job.until = timeline.now();
			if (job.role === "release") startRollback(job.release, job.attempt, noticedAfterMs);
		},
		cancel(job) {
			if (job.until !== void 0 || job.cancel.signal.aborted) return;
			job.cancel.abort(new Error("The run was cancelled."));
			timeline.at(timeline.now() + cancelMs, () => {
				if (job.until !== void 0) return;
				timeline.kill(job.actor);
				job.until = timeline.now();
			});
			if (job.role === "release") startRollback(job.release, job.attempt, 3e4);
		},
		abandon(job) {
			job.abandoned = true;
		},
		startTicks(until) {
			const { from, until: back } = play.noTicks;
			const next = () => {
				const now = timeline.now();
				const { release } = world.record();
				const over = release?.ended != null && jobs.every((job) => job.until !== void 0) && now > minute$1;
				if (now > until || over) return;
				if (!world.isDown("machines") && (now < from || now >= back)) startTick();
				timeline.at(now + play.tickEveryMs, next);
			};
			timeline.at(play.tickEveryMs, next);
		}
	};
}
function createTimeline() {
	const heap = [];
	let clock = 0;
	let order = 0;
	let busy = 0;
	let settled;
	const rest = () => {
		busy -= 1;
		if (busy === 0) settled?.();
	};
	const push = (at, actor, happen) => {
		const moment = {
			at,
			order: order++,
			actor,
			happen
		};
		insert(heap, moment);
		return moment;
	};
	return {
		now: () => clock,
		sleep(actor, ms, signal) {
			return new Promise((resolve, reject) => {
				if (signal?.aborted) return reject(signal.reason);
				const stop = () => {
					if (moment.happen === void 0) return;
					moment.happen = void 0;
					push(clock, actor, () => {
						busy += 1;
						reject(signal?.reason);
					});
				};
				const moment = push(clock + Math.max(0, ms), actor, () => {
					signal?.removeEventListener("abort", stop);
					busy += 1;
					resolve();
				});
				signal?.addEventListener("abort", stop, { once: true });
				rest();
			});
		},
		at: (time, happen) => void push(Math.max(time, clock), void 0, happen),
		start(actor, work) {
			push(clock, actor, () => {
				busy += 1;
				work().then(rest, rest);
			});
		},
		kill(actor) {
			actor.dead = true;
		},
		async play(until) {
			for (let next = heap[0]; next !== void 0 && next.at <= until; next = heap[0]) {
				remove(heap);
				const { actor, happen } = next;
				if (happen === void 0 || actor?.dead === true) continue;
				if (actor !== void 0 && actor.frozenUntil > next.at) {
					next.at = actor.frozenUntil;
					next.order = order++;
					insert(heap, next);
					continue;
				}
				clock = Math.max(clock, next.at);
				next.happen = void 0;
				happen();
				if (busy > 0) await new Promise((resolve) => {
					settled = resolve;
				});
				settled = void 0;
			}
			clock = Math.max(clock, heap.length === 0 ? clock : until);
		}
	};
}
const earlier = (a, b) => a.at < b.at || a.at === b.at && a.order < b.order;
function insert(heap, moment) {
	heap.push(moment);
	for (let child = heap.length - 1; child > 0;) {
		const parent = child - 1 >> 1;
		const [above, below] = [heap[parent], heap[child]];
		if (above === void 0 || below === void 0 || !earlier(below, above)) return;
		heap[parent] = below;
		heap[child] = above;
		child = parent;
	}
}
function remove(heap) {
	const last = heap.pop();
	if (last === void 0 || heap.length === 0) return;
	heap[0] = last;
	for (let parent = 0;;) {
		const left = 2 * parent + 1;
		const right = left + 1;
		const at = (index) => heap[index];
		let first = parent;
		for (const child of [left, right]) {
			const [a, b] = [at(child), at(first)];
			if (a !== void 0 && b !== void 0 && earlier(a, b)) first = child;
		}
		const [a, b] = [at(parent), at(first)];
		if (first === parent || a === void 0 || b === void 0) return;
		heap[parent] = b;
		heap[first] = a;
		parent = first;
	}
}
function traffic(world, production, candidate, commit, end) {
	const spans = world.history.map(({ at, shares }, index) => ({
		from: at,
		until: world.history[index + 1]?.at ?? end,
		share: weightOf(shares, candidate)
	}));
	const bad = production.badAt(commit);
	const during = spans.filter(({ until, share }) => until > bad && share > 0);
	const badMinutes = during.reduce((sum, { from, until, share }) => sum + (until - Math.max(from, bad)) * share / 100, 0);
	const last = during.at(-1);
	const done = world.entries.find(({ kind }) => kind === "ended" || kind === "rollback")?.at ?? end;
	const alone = spans.filter(({ share }) => share > 0).flatMap(({ from, until, share }) => gaps(production, from, Math.min(until, done)).map((ms) => ({
		ms,
		share
	}))).reduce((worst, gap) => gap.ms > worst.ms ? gap : worst, {
		ms: 0,
		share: 0
	});
	const rest = spans.at(-1)?.share ?? 0;
	return {
		badMinutes: badMinutes / 6e4,
		badMs: during.length === 0 ? 0 : rest > 0 ? null : (last?.until ?? 0) - Math.max(during[0]?.from ?? 0, bad),
		badShare: Math.max(0, ...during.map(({ share }) => share)),
		aloneMs: alone.ms,
		aloneShare: alone.share,
		restShare: rest,
		ms: end
	};
}
function gaps({ jobs }, from, until) {
	const busy = jobs.map((job) => ({
		from: job.from,
		until: job.until ?? until
	})).filter((job) => job.until > from && job.from < until).sort((a, b) => a.from - b.from);
	const found = [];
	let free = from;
	for (const job of busy) {
		if (job.from > free) found.push(job.from - free);
		free = Math.max(free, job.until);
	}
	if (until > free) found.push(until - free);
	return found;
}
const minute = 6e4;
const hour = 60 * minute;
const release = 2;
const commit = "c0".repeat(20);
const otherCommit = "d1".repeat(20);
const afterwardsMs = 24 * hour;
function randomFrom(seed) {
	let state = seed >>> 0;
	return () => {
		state = state + 1831565813 >>> 0;
		let mixed = state;
		mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
		mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
		return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
	};
}
async function baselineOf(simulation) {
	let effects = 0;
	const { played, world } = await playWith(simulation, {
		truth: {
			badAfterMs: Number.POSITIVE_INFINITY,
			looksNeeded: 1,
			blind: {
				from: 0,
				looks: 0
			},
			failing: void 0
		},
		knobs: {
			...calm,
			onEffect: (count) => {
				effects = Math.max(effects, count + 1);
			}
		},
		until: plannedMs(simulation.plan) + afterwardsMs
	});
	const last = world.entries.at(-1)?.at ?? played.ms;
	return {
		ms: Math.max(minute, last),
		effects: Math.max(1, effects),
		writes: Math.max(1, world.history.length - 1),
		trialMs: trialMs(simulation.plan, world)
	};
}
const plannedMs = (plan) => plan.stages.reduce((sum, stage) => sum + stage.steps.length * 3 * minute + stage.shifts.length * stage.maxHoldMs, hour);
function trialMs({ stages }, { history }) {
	const shifts = stages.flatMap((stage) => stage.shifts);
	const last = shifts.at(-1);
	const hold = last?.judged === true ? last.holdMs : Math.max(minute, ...shifts.map(({ holdMs }) => holdMs));
	return (history.at(-1)?.at ?? 0) - (history[1]?.at ?? 0) + hold;
}
async function playSchedule(simulation, baseline, item, seed) {
	const random = randomFrom(seed);
	const kind = [
		"good",
		"bad",
		"turns bad"
	][Math.min(2, Math.floor(random() * 3))] ?? "good";
	const truth = {
		badAfterMs: kind === "good" ? Number.POSITIVE_INFINITY : kind === "bad" ? 0 : random() * baseline.trialMs,
		looksNeeded: 1 + Math.floor(random() * 3),
		blind: {
			from: 0,
			looks: 0
		},
		failing: void 0
	};
	const set = troubled(item.trouble ?? { kind: "none" }, random, baseline, truth);
	const until = plannedMs(simulation.plan) + afterwardsMs;
	const { played } = await playWith(simulation, {
		...set,
		until
	});
	return {
		...played,
		fault: item.id,
		seed,
		version: kind
	};
}
async function playWith(simulation, setting) {
	const { runbook, plan, environment, tickEveryMs } = simulation;
	const timeline = createTimeline();
	const world = createWorld(timeline, setting.knobs, environment);
	const production = createProduction({
		timeline,
		world,
		runbook,
		plan,
		truth: setting.truth,
		skewMs: setting.skewMs ?? 0,
		tickEveryMs,
		noTicks: setting.noTicks ?? {
			from: 0,
			until: 0
		},
		environment
	});
	production.startRelease(release, 1, commit);
	production.startTicks(setting.until);
	setting.begin?.({
		production,
		world,
		at: timeline.at,
		now: timeline.now
	});
	await timeline.play(setting.until);
	const left = traffic(world, production, candidateOf(commit), commit, timeline.now() + hour);
	const ended = endOf(world);
	return {
		played: {
			...left,
			ended,
			broken: brokenPromise(world, ended),
			ms: timeline.now()
		},
		world
	};
}
function endOf(world) {
	const end = world.entries.find((entry) => entry.release === release && (entry.kind === "ended" || entry.kind === "rollback"));
	const last = world.entries.findLast((entry) => entry.release === release && (entry.kind === "ended" || entry.kind === "rollback"));
	if (end === void 0 || last === void 0) return world.record().release === null ? "not begun" : "open";
	return "as" in last ? last.as : "open";
}
function brokenPromise(world, ended) {
	if (world.history.some(({ by }) => by === "person") || world.record().release?.id !== release) return void 0;
	const weight = weightOf(world.shares(), candidateOf(commit));
	if (ended === "done" && weight !== 100) return `it ended as done, and the candidate has ${weight}%`;
	if ((ended === "rolled-back" || ended === "held" || ended === "failed") && weight > 0) return `it ended as ${ended}, and the candidate has ${weight}%`;
}
function troubled(trouble, random, baseline, truth) {
	const between = (low, high) => low + random() * (high - low);
	const lasting = ([low, high]) => low * (high / low) ** random();
	const sometime = () => random() * baseline.ms;
	const some = () => Math.floor(random() * baseline.effects);
	const plain = {
		truth,
		knobs: calm
	};
	switch (trouble.kind) {
		case "none": return plain;
		case "outage": {
			const from = sometime();
			const of = new Set(trouble.of);
			return {
				truth,
				knobs: {
					...calm,
					down: {
						of,
						from,
						until: from + lasting(trouble.from)
					}
				}
			};
		}
		case "slow": {
			const from = sometime();
			const eachMs = between(...trouble.each);
			return {
				truth,
				knobs: {
					...calm,
					slow: {
						eachMs,
						from,
						until: from + between(minute, 20 * minute)
					}
				}
			};
		}
		case "answer-lost": {
			const lostFrom = some();
			return {
				truth,
				knobs: {
					...calm,
					lostFrom,
					lostTo: lostFrom + 1 + Math.floor(random() * 3)
				}
			};
		}
		case "ack-before-effect": return {
			truth,
			knobs: {
				...calm,
				ackMs: lasting(trouble.after)
			}
		};
		case "late-write": return {
			truth,
			knobs: {
				...calm,
				late: {
					write: Math.floor(random() * baseline.writes),
					afterMs: lasting(trouble.after)
				}
			}
		};
		case "kill":
		case "timeout":
		case "zombie":
		case "token-expires":
		case "defect": return struckJob(trouble, some(), random() < .5 ? "before" : "after", truth, lasting);
		case "cancel": {
			const at = sometime();
			return {
				...plain,
				begin: ({ production, at: when }) => when(at, () => cancelNewest(production))
			};
		}
		case "cancel-at-raise": return atRaise(Math.floor(random() * baseline.writes), truth);
		case "re-run": return {
			...plain,
			begin: (stage) => reRun(stage, baseline.ms * 3)
		};
		case "old-release":
		case "same-again":
		case "next-release": {
			const at = trouble.kind === "same-again" ? between(0, minute) : sometime();
			const [id, attempt, what] = besides[trouble.kind];
			return {
				...plain,
				begin: ({ production, at: when }) => when(at, () => production.startRelease(id, attempt, what))
			};
		}
		case "pushed-again": return {
			...plain,
			begin: (stage) => pushAgain(stage, baseline.ms * 3)
		};
		case "ticks-late": {
			const from = sometime();
			return {
				...struckJob({ kind: "kill" }, some(), "after", truth, lasting),
				noTicks: {
					from,
					until: from + between(4 * hour, 8 * hour)
				}
			};
		}
		case "evidence": {
			const looks = Math.round(lasting(trouble.looks));
			return {
				truth: {
					...truth,
					blind: {
						from: sometime(),
						looks
					}
				},
				knobs: calm
			};
		}
		case "skew": return {
			...plain,
			skewMs: between(...trouble.by)
		};
		case "partial-restore": return {
			truth,
			knobs: {
				...calm,
				partialRestores: 1 + Math.floor(random() * 3)
			}
		};
		case "target-gone": return {
			truth,
			knobs: {
				...calm,
				targetGoneFrom: sometime()
			}
		};
		case "record-unreadable": {
			const unreadableFrom = sometime();
			return {
				truth,
				knobs: {
					...calm,
					unreadableFrom,
					unreadableUntil: unreadableFrom + between(minute, 6 * hour)
				}
			};
		}
		case "person": {
			const at = sometime();
			const to = [
				"stable",
				candidateOf(commit),
				"foreign"
			][Math.floor(random() * 3)] ?? "stable";
			return {
				...plain,
				begin: ({ world, at: when }) => when(at, () => world.setShares([{
					version: to,
					weight: 100
				}], "person"))
			};
		}
		case "step-fails": return {
			truth: {
				...truth,
				failing: trouble.step
			},
			knobs: calm
		};
	}
}
const besides = {
	"old-release": [
		1,
		2,
		otherCommit
	],
	"same-again": [
		3,
		1,
		commit
	],
	"next-release": [
		3,
		1,
		otherCommit
	]
};
const newest = (production) => production.jobs.findLast(({ until, role }) => until === void 0 && role !== "rollback");
function cancelNewest(production) {
	const job = newest(production);
	if (job !== void 0) production.cancel(job);
}
function struckJob(trouble, effect, side, truth, lasting) {
	let production;
	let now = () => 0;
	let expired;
	const onEffect = (count, at, actor) => {
		if (expired === actor) throw new Error("The token is not accepted any more (401).");
		const job = production?.jobOf(actor);
		if (count !== effect || at !== side || job === void 0) return;
		if (trouble.kind === "kill") production?.lose(job);
		if (trouble.kind === "timeout") production?.lose(job, minute / 3);
		if (trouble.kind === "token-expires") expired = actor;
		if (trouble.kind === "defect") throw new Error("This is a defect.");
		if (trouble.kind === "zombie") {
			actor.frozenUntil = now() + lasting(trouble.frozen);
			if (job.role !== "release") return;
			production?.abandon(job);
			production?.startRelease(release, job.attempt + 1, commit);
		}
	};
	return {
		truth,
		knobs: {
			...calm,
			onEffect
		},
		begin: (stage) => {
			({production, now} = stage);
		}
	};
}
function atRaise(raise, truth) {
	let production;
	let raises = 0;
	const onEffect = (_count, side, actor, what) => {
		if (what !== "shift" || side !== "before" || raises++ !== raise) return;
		const job = production?.jobOf(actor);
		if (job !== void 0) production?.cancel(job);
	};
	return {
		truth,
		knobs: {
			...calm,
			onEffect
		},
		begin: (stage) => {
			({production} = stage);
		}
	};
}
function reRun({ production, at, now }, until) {
	const look = () => {
		if (production.jobs.every((job) => job.until !== void 0)) production.startRelease(release, 2, commit);
		else if (now() < until) at(now() + minute, look);
	};
	at(minute, look);
}
function pushAgain({ production, world, at, now }, until) {
	const look = () => {
		const ended = world.record().release?.ended?.as;
		if (ended === "rolled-back") production.startRelease(3, 1, commit);
		else if (ended === void 0 && now() < until) at(now() + minute, look);
	};
	at(minute, look);
}
const usualTickMs = 9e5;
const classes = [
	0,
	1e4,
	6e4,
	3e5,
	9e5,
	36e5,
	216e5,
	864e5
];
async function simulate({ runbook: written, schedules, seed, tickEveryMs, only }) {
	const runbook = answeredAtOnce(written);
	const simulation = {
		runbook,
		plan: planOf(runbook),
		environment: runbook.environment,
		tickEveryMs
	};
	const steps = new Set(simulation.plan.stages.flatMap((stage) => stage.steps));
	const absent = ({ trouble }) => trouble?.kind === "step-fails" && !steps.has(trouble.step);
	const wanted = menu.filter(({ id }) => only.length === 0 || only.includes(id));
	const played = wanted.filter((item) => item.trouble !== void 0 && !absent(item));
	const baseline = await baselineOf(simulation);
	const results = new Map(played.map(({ id }) => [id, []]));
	for (let number = 0; number < schedules && played.length > 0; number++) {
		const item = played[number % played.length];
		if (item !== void 0) results.get(item.id)?.push(await playSchedule(simulation, baseline, item, seed + number));
	}
	const all = [...results.values()].flat();
	return {
		schedules: all.length,
		seed,
		baseline,
		rows: played.flatMap((item) => rowOf(item, results.get(item.id) ?? [])),
		notPlayed: wanted.filter((item) => !played.includes(item)).map((item) => ({
			id: item.id,
			name: item.name,
			why: item.why ?? "the runbook has no such step"
		})),
		broken: all.flatMap(({ fault, seed: at, broken }) => broken === void 0 ? [] : [{
			id: fault,
			seed: at,
			seen: broken
		}]),
		histogram: histogramOf(all.filter(({ badShare }) => badShare > 0))
	};
}
function answeredAtOnce({ "sign-off": _, ...runbook }) {
	return {
		...runbook,
		stages: runbook.stages.map(({ approve: _a, pause: _p, ...stage }) => stage)
	};
}
function rowOf({ id, name }, played) {
	const [first] = played;
	if (first === void 0) return [];
	const bad = played.filter(({ badShare }) => badShare > 0);
	const times = bad.flatMap(({ badMs }) => badMs ?? []).sort((a, b) => a - b);
	const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
	const worst = played.reduce((most, one) => one.badMinutes > most.badMinutes ? one : most, first);
	const alone = played.reduce((most, one) => one.aloneMs > most.aloneMs ? one : most, first);
	const { badMinutes, badShare, seed, ended } = worst;
	return [{
		id,
		name,
		schedules: played.length,
		ends: Object.fromEntries(Array.from(Map.groupBy(played, (one) => one.ended), ([end, ones]) => [end, ones.length]).sort(([a], [b]) => a < b ? -1 : 1)),
		leftBad: bad.filter(({ badMs }) => badMs === null).length,
		badMs: {
			median: at(.5),
			p99: at(.99),
			longest: times.at(-1) ?? 0
		},
		worst: {
			badMinutes,
			badShare,
			seed,
			ended
		},
		alone: {
			ms: alone.aloneMs,
			share: alone.aloneShare,
			seed: alone.seed
		}
	}];
}
function histogramOf(bad) {
	const counts = classes.map((upTo, index) => ({
		upTo,
		count: bad.filter(({ badMs }) => badMs !== null && badMs <= upTo && badMs > (classes[index - 1] ?? -1)).length
	}));
	const longer = bad.filter(({ badMs }) => badMs !== null && badMs > (classes.at(-1) ?? 0)).length;
	const left = bad.filter(({ badMs }) => badMs === null).length;
	return [...counts, {
		upTo: null,
		count: longer + left
	}];
}
export { simulate, usualTickMs };
