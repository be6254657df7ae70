const sticky = ["vercel"];
const perRequest = ["local"];
function routingOf(target) {
	const named = typeof target === "object" && target !== null ? Object.keys(target) : [];
	if (named.some((name) => sticky.includes(name))) return "sticky";
	return named.some((name) => perRequest.includes(name)) ? "per-request" : void 0;
}
export { routingOf as t };
