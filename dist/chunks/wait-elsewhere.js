import { f as maxWaitMs, n as provenElsewhere } from "./release.js";
async function waitElsewhere(store, known, source, { clock, cancelled }) {
let { environment, queued } = known.record;
if (queued?.after === void 0 || source !== "chain") return known;
let { record: other } = await store.read(queued.after.environment), { from } = provenElsewhere(other, queued.commit, queued.after, clock.now()), until = Math.min(from ?? 0, clock.now() + maxWaitMs), newest = known;
for (; newest.head === known.head && clock.now() < until && !cancelled.aborted;) await clock.sleep(Math.min(6e4, until - clock.now()), cancelled).catch(() => void 0), newest = await store.read(environment);
return newest;
}
export { waitElsewhere };
