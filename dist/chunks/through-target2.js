import { m as InputError } from "./words.js";
async function reachedThroughTarget(step, open) {
if (step?.via === void 0) return step;
let target = await open();
if (target?.forward === void 0) throw new InputError("`via: target` needs a target that is reached over SSH (`target.compose`); this one has no network of its own to go through.");
if (!URL.canParse(step.url)) throw new InputError("The database's address (not shown) cannot be read: `via: target` needs one host and one port.");
let url = new URL(step.url), usual = url.protocol.startsWith("redis") ? 6379 : 5432, port = url.port === "" ? usual : Number(url.port), here = await target.forward(url.hostname, port);
return url.hostname = here.host, url.port = String(here.port), {
...step,
url: url.href
};
}
function notThroughTarget(step) {
if (step.via === void 0) return step;
throw new InputError("`via: target` counts only in a runbook, which names the target; leave it away where a step runs alone.");
}
export { reachedThroughTarget as n, notThroughTarget as t };
