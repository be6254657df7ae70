const mapOf = (value) => typeof value === "object" && value !== null ? value : {};
function routingOf(target) {
	const named = mapOf(target);
	if ("vercel" in named) return "sticky";
	if ("local" in named) return "per-request";
	if (!("compose" in named)) return void 0;
	return mapOf(mapOf(named["compose"])["haproxy"])["sticky"] === true ? "sticky" : "per-request";
}
export { routingOf as t };
