import { o as waivePages } from "./gate.js";
function noticesIn({ evidence, message, reason }) {
let { limits = [], waived = [] } = evidence ?? {}, broken = limits.filter(({ standing }) => standing === "broken"), paging = broken.find(({ level, limit }) => level === "page" && !waived.includes(limit)), warnings = broken.filter(({ level }) => level === "warn").map(({ limit, seen }) => ({
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
const waivedBy = (gate, asked) => asked?.about === "page" && asked.answered && gate.waived?.includes(asked.reason) !== !0 ? waivePages(gate, asked.reason) : gate;
export { waivedBy as n, noticesIn as t };
