import { n as noData } from "./no-data.js";
const MINUTE = 6e4;
const SETTLING = 2 * MINUTE;
function wholeMinutes() {
	const until = new Map();
	return {
		of({ from, to }, version, now) {
			const begin = until.get(version) ?? Math.ceil(from / MINUTE) * MINUTE;
			const end = Math.floor(Math.min(to, now - SETTLING) / MINUTE) * MINUTE;
			if (end > begin) return {
				from: begin,
				to: end
			};
			return noData("first-look", "No minute of this share has ended and settled since the last look; looking again.");
		},
		counted: ({ to }, version) => void until.set(version, to)
	};
}
export { wholeMinutes as t };
