const UNITS = [
	["d", 864e5],
	["h", 36e5],
	["m", 6e4],
	["s", 1e3],
	["ms", 1]
];
const PATTERN = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?$/;
const DURATION_EXAMPLES = "`30s`, `15m`, `1h30m` or `2d`";
function parseDuration(text) {
	const match = PATTERN.exec(text);
	if (match === null || text === "") return void 0;
	return UNITS.reduce((sum, [, size], i) => sum + Number(match[i + 1] ?? 0) * size, 0);
}
function formatDuration(milliseconds) {
	let rest = Math.max(0, Math.round(milliseconds));
	let text = "";
	for (const [unit, size] of UNITS) {
		const count = Math.floor(rest / size);
		if (count > 0) text += `${count}${unit}`;
		rest -= count * size;
	}
	return text === "" ? "0s" : text;
}
export { formatDuration as n, parseDuration as r, DURATION_EXAMPLES as t };
