import { m as InputError } from "./words.js";
import { n as compileLimit } from "./limit-test.js";
function settle(config) {
let { stable, split, routing, synthetic, hold: least, every } = config;
return {
limits: config.limits,
pageLimits: config.pageLimits ?? [],
warnLimits: config.warnLimits ?? [],
before: config.before ?? {},
metrics: config.metrics,
candidate: config.candidate,
...stable !== void 0 && { stable },
...split !== void 0 && { split },
...routing !== void 0 && { routing },
...synthetic !== void 0 && { synthetic },
startedAt: config.startedAt,
hold: least,
every,
maxHold: config.maxHold ?? 2 * least,
alpha: config.alpha ?? .01,
beta: config.beta ?? .05,
margin: config.margin ?? .005,
dispersion: config.dispersion ?? 1,
onShort: config.onShort ?? "hold",
staleAfter: config.staleAfter ?? Math.max(3 * every, 1e4)
};
}
const termsOf = (config, family) => ({
alpha: config.alpha,
beta: config.beta,
limits: Math.max(1, family.length),
looks: Math.min(1e5, Math.max(1, Math.ceil(config.hold / config.every))),
batches: config.dispersion === 1 ? 2 : 3,
margin: config.margin,
hasStable: config.stable !== void 0,
maxHold: config.maxHold,
before: config.before
}), compileAll = (config) => [
["fail", config.limits],
["page", config.pageLimits],
["warn", config.warnLimits]
].flatMap(([level, family]) => family.map((limit) => compileLimit(limit, level, config.metrics, termsOf(config, family))));
function gateProblems(config) {
let settled = settle(config), problems = compileAll(settled).flatMap((made) => "problem" in made ? [made.problem] : []);
return [...numberProblems(settled), ...problems];
}
function gateWarnings(config) {
return config.routing === "sticky" ? Object.entries(config.metrics).filter(([, { kind, count }]) => kind !== "value" && count !== "users").map(([name]) => `\`${name}\` counts requests while each user stays on one version, so one unlucky user can look like a defect; count users (\`count: users\`), or expect false alarms.`) : [];
}
function numberProblems(config) {
let { every, hold: least, maxHold, alpha, beta, dispersion, limits, pageLimits, split } = config, factor = typeof dispersion == "number" ? dispersion : dispersion.prior, within = (value, low, high) => value > low && value < high;
return [
[limits.length + pageLimits.length > 0, "A gate without limits proves nothing; give it at least one limit."],
[within(every, 0, Infinity), "The time between looks must be above zero."],
[least >= 0 && maxHold >= least, "The longest hold must not be shorter than the hold."],
[within(alpha, 0, 1) && within(beta, 0, 1), "Error bounds lie between 0 and 1."],
[factor >= 1, "Dispersion is at least 1."],
[split === void 0 || within(split, 0, 1), "The planned share of the candidate lies between 0 and 1."]
].flatMap(([holds, message]) => holds ? [] : [message]);
}
const preparedOf = new WeakMap();
function prepared(config) {
let known = preparedOf.get(config);
if (known) return known;
let tests = compileAll(config).map((made) => {
if ("problem" in made) throw new InputError(made.problem);
return made.test;
}), names = [...new Set(tests.map(({ metric }) => metric))], made = {
tests,
metrics: names.flatMap((name) => {
let shape = config.metrics[name];
if (shape === void 0) return [];
let { candidate, stable, startedAt, staleAfter } = config, of = (version) => ({
metric: name,
shape,
version,
startedAt,
staleAfter
});
return [{
name,
candidate: of(candidate),
stable: stable === void 0 ? void 0 : of(stable)
}];
}),
metricOf: tests.map(({ metric }) => names.indexOf(metric)),
needed: {
fail: Math.log(1 / config.alpha),
pass: Math.log(1 / config.beta)
}
};
return preparedOf.set(config, made), made;
}
const compiled = (config) => prepared(config).tests;
export { settle as a, prepared as i, gateProblems as n, gateWarnings as r, compiled as t };
