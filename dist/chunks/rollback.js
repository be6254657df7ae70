function chooseRollback({ to, record, production, force, history = [] }) {
	const serving = production.serving.filter((version) => version.weight > 0);
	const known = [...new Set([...production.serving, ...history].map(({ version }) => version))];
	const target = to ?? wayBack(record);
	if (target === void 0) return {
		choice: "refuse",
		reason: "no-target",
		message: `The record names no version to return to. Name one yourself with \`to\`; the platform knows ${known.join(", ") || "none"}.`
	};
	const matches = known.includes(target) ? [target] : known.filter((version) => target.length >= 7 && version.startsWith(target));
	const [version, ...others] = matches;
	if (version === void 0) return {
		choice: "refuse",
		reason: "target-missing",
		message: `Version ${target} does not exist on the platform any more; it knows ${known.join(", ") || "none"}. Name one of these with \`to\`.`
	};
	if (others.length > 0) return {
		choice: "refuse",
		reason: "target-ambiguous",
		message: `${target} could be any of ${matches.join(", ")}. Give the whole identifier.`
	};
	if (record?.outgrown.includes(version) === true && force !== true) return {
		choice: "refuse",
		reason: "schema-outgrown",
		message: `Version ${version} served before a migration that it cannot be relied on to work with (the release's record says what it was). Release a fix instead, restore the database first, or go back all the same with \`force\`, and say why in the reason.`
	};
	const underWay = record?.release != null && record.release.ended === null;
	const { release } = record ?? {};
	const undoes = release?.ended?.as === "done" && version === release.before && release.changes.length > 0;
	if (serving.length === 1 && serving[0]?.version === version && !underWay && !undoes) return {
		choice: "nothing-to-do",
		to: version,
		message: `Version ${version} already serves all traffic.`
	};
	return {
		choice: "restore",
		to: version,
		from: serving.find((candidate) => candidate.version !== version)?.version ?? null,
		why: to === void 0 ? "it served before the newest release" : "it was named"
	};
}
function wayBack(record) {
	const release = record?.release;
	if (release === void 0 || release === null) return record?.lastGood?.version;
	if (release.ended === null) return release.before;
	return wentBack.has(release.ended.as) ? record?.lastGood?.version : release.before;
}
const wentBack = new Set([
	"rolled-back",
	"rolled-back-unhealthy",
	"rollback-incomplete",
	"held"
]);
export { wentBack as n, chooseRollback as t };
