import { m as InputError } from "./words.js";
import { r as gateWarnings } from "./config.js";
import { n as newReplay, r as withLook, t as keptReplay } from "./replay.js";
import { i as resumeGate, n as newGate, r as nextLook, t as assess } from "./gate.js";
import { n as waivedBy, t as noticesIn } from "./limit-notices.js";
import { a as savedState, i as openedMetrics, n as countedShape, o as shareOfAlpha, r as measure, t as baselinesOf } from "./measuring.js";
import { t as routingOf } from "./routing.js";
import { t as throughProtection } from "./through-protection.js";
function canaryJudge({ ports, target, runbook }) {
let sitting, synthetic = async (gate, verdict, stage) => {
let { judgeSynthetically, probesOf } = await import("./synthetic-evidence.js");
return judgeSynthetically({
gate,
verdict,
probes: probesOf(runbook.stages.find(({ name }) => name === stage)),
address: (version) => target.address(version)
}, throughProtection(target, ports));
};
return async (effect, release) => {
let { weight, generation } = effect, share = `${effect.stage}/${effect.shift}/${weight}/${generation}`, { candidate } = release, shift = runbook.stages.find(({ name }) => name === effect.stage)?.canary?.shifts[effect.shift], { limits = [] } = shift ?? {};
if (candidate === null || shift === void 0 || limits.length === 0) throw new InputError(`Shift ${effect.shift + 1} of stage ${effect.stage} has no limits, so nothing can judge it. Check out the commit of the release.`);
if (sitting?.share !== share) {
sitting = {
share,
providers: await openedMetrics(runbook, ports, target, savedGateOf(release, effect)),
gate: await openGate({
effect,
release,
runbook,
shift,
limits,
target
}, ports)
};
for (let warning of gateWarnings(sitting.gate.config)) ports.log.warn(warning);
}
let { question } = release.people;
question?.answered === !0 && question.at !== sitting.waivedAt && question.generation === generation && (sitting.waivedAt = question.at, sitting.gate = waivedBy(sitting.gate, question)), await ports.clock.sleep(Math.max(0, nextLook(sitting.gate) - ports.clock.now()), ports.cancelled).catch(() => void 0);
let batch = await measure(sitting, target, ports), now = ports.clock.now();
sitting.replay = withLook(sitting.replay ?? newReplay(sitting.gate), batch, now);
let { state, decision } = assess(sitting.gate, batch, now);
sitting.gate = state;
let said = decision.explain(), verdict = said.reason === "inconclusive" && state.config.onShort === "synthetic" ? await synthetic(state, said, effect.stage) : said;
ports.log.info(`look ${state.looks} at ${weight}%: ${verdict.verdict} (${verdict.reason}) ${verdict.message}`);
let evidence = Object.assign({ replay: keptReplay(sitting.replay) }, verdict.evidence);
return {
...verdict,
evidence,
...noticesIn(verdict),
gate: savedState(state, sitting.providers),
stage: effect.stage,
shift: effect.shift,
weight,
generation
};
};
}
async function openGate({ effect, release, runbook, shift, limits, target }, ports) {
let { weight, planned } = effect, { candidate, stable, plan, traffic, startedAt: releasedAt } = release, stage = plan.stages.find(({ name }) => name === effect.stage), pageLimits = shift["page-limits"]?.limits ?? [], warnLimits = shift["warn-limits"] ?? [], startedAt = traffic?.since ?? ports.clock.now(), saved = savedGateOf(release, effect), { metrics = {} } = runbook, asked = {
limits: [
...limits,
...pageLimits,
...warnLimits
],
metrics,
stable: stable.version,
target,
releasedAt,
sharedAt: startedAt,
hold: planned.holdMs
}, routing = routingOf(runbook.target), config = {
limits,
pageLimits,
warnLimits,
before: await baselinesOf(asked, saved, ports),
metrics: Object.fromEntries(Object.entries(metrics).map(([name, spec]) => [name, countedShape(spec)])),
alpha: shareOfAlpha(release) / (stage?.onShort === "synthetic" ? 2 : 1),
...stage?.onShort === "synthetic" && { beta: BETA / 2 },
candidate: candidate?.version ?? "",
...weight < 100 ? { stable: stable.version } : {},
startedAt,
hold: planned.holdMs,
every: planned.everyMs,
maxHold: stage?.maxHoldMs ?? planned.holdMs,
...(stage?.onShort === "fail" || stage?.onShort === "synthetic") && { onShort: stage.onShort },
...routing !== void 0 && { routing },
...weight < 100 && routing !== "sticky" && { split: weight / 100 }
};
return saved === void 0 ? newGate(config) : resumeGate(config, saved);
}
const BETA = .05;
function savedGateOf({ verdict }, share) {
return verdict !== null && verdict.stage === share.stage && verdict.shift === share.shift && verdict.weight === share.weight && verdict.generation === share.generation ? verdict.gate : void 0;
}
export { canaryJudge };
