import { n as formatDuration } from "./duration.js";
import { n as hold, r as pass, t as fail } from "./verdict.js";
function provenElsewhere(record, commit, after, now) {
	const { environment, watchedMs, withinMs } = after;
	const { release } = record;
	const short = commit.slice(0, 12);
	const waiting = (reason, message) => hold(reason, `Commit ${short} waits for ${environment}: ${message}`);
	if (release === null || release.commit !== commit) return waiting("not-released-there", release === null ? "no release was ever recorded there." : `its newest release, ${release.id}, is of commit ${release.commit.slice(0, 12)}.`);
	if (release.ended === null) return waiting("under-way-there", `release ${release.id} is under way there.`);
	const { as, at, reason } = release.ended;
	if (record.rejected.some((known) => known.commit === commit)) return fail("rejected-there", `Commit ${short} was rolled back in ${environment} (${reason}); fix it and push.`);
	if (as !== "done") return waiting("not-done-there", `release ${release.id} ended there as ${as} (${reason}).`);
	const skipped = Object.entries(release.steps).find(([key, { outcome }]) => outcome === "skipped" && isWatch(key));
	if (skipped !== void 0) return waiting("not-watched-there", `${skipped[0]} was skipped there (${skipped[1].message}); release it there again.`);
	if (withinMs !== void 0 && now - at > withinMs) return waiting("too-long-ago", `release ${release.id} was done there ${new Date(at).toISOString()}, more than ${formatDuration(withinMs)} ago; release it there again.`);
	const from = servedSince(release, at) + watchedMs;
	if (now < from) return waiting("not-watched-there", `it has to serve there for ${formatDuration(watchedMs)}, until ${new Date(from).toISOString()}.`);
	return pass("proven-there", `Release ${release.id} of commit ${short} is done in ${environment}.`);
}
const isWatch = (key) => key.endsWith("/watch");
function servedSince({ steps }, ended) {
	const proven = Object.entries(steps).filter(([key]) => key.endsWith("/canary"));
	return proven.length === 0 ? ended : Math.max(...proven.map(([, { at }]) => at));
}
export { provenElsewhere as t };
