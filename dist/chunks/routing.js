const mapOf = (value) => typeof value == "object" && value ? value : {};
function routingOf(target) {
let named = mapOf(target);
if ("vercel" in named) return "sticky";
if ("local" in named) return "per-request";
if ("compose" in named) return mapOf(mapOf(named.compose).haproxy).sticky === !0 ? "sticky" : "per-request";
}
export { routingOf as t };
