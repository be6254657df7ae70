// src/routing.ts
/** Platforms that keep a visitor on the version that served first; those that choose per request. */
const sticky = ["vercel"];
const perRequest = ["local"];
/**
* How a target divides traffic, as far as it is known before anything runs: where users stay on one version, their
* requests are not independent, and a gate that counts requests is warned of. Judged on plain data.
*/
function routingOf(target) {
	const named = typeof target === "object" && target !== null ? Object.keys(target) : [];
	if (named.some((name) => sticky.includes(name))) return "sticky";
	return named.some((name) => perRequest.includes(name)) ? "per-request" : void 0;
}

export { routingOf as t };