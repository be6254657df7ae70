import { o as waivePages } from "./gate.js";
function noticesIn({ evidence, message, reason }) {
	const { limits = [], waived = [] } = evidence ?? {};
	const broken = limits.filter(({ standing }) => standing === "broken");
	const paging = broken.find(({ level, limit }) => level === "page" && !waived.includes(limit));
	const warnings = broken.filter(({ level }) => level === "warn").map(({ limit, seen }) => ({
		reason: limit,
		message: `${seen} breaks \`${limit}\`.`
	}));
	return paging !== void 0 && reason === "page-limit-broken" ? {
		page: {
			reason: paging.limit,
			message
		},
		warnings
	} : { warnings };
}
const waivedBy = (gate, asked) => asked?.about === "page" && asked.answered && gate.waived?.includes(asked.reason) !== true ? waivePages(gate, asked.reason) : gate;
export { waivedBy as n, noticesIn as t };
