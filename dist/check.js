import { t as tickCostText } from "./chunks/billed-minutes.js";
import { n as formatDuration } from "./chunks/duration.js";
import { a as asCount, o as asPercent, r as gateWarnings } from "./chunks/config.js";
import { t as trafficOf } from "./chunks/traffic-needed.js";
import { r as shapeOfMetric } from "./chunks/metric-spec.js";
import { t as routingOf } from "./chunks/routing.js";
import { N as planOf, l as LATER, n as loadRunbook } from "./chunks/written-runbook.js";
import { l as defineAction, o as text, t as main } from "./chunks/main.js";
import { r as pass } from "./chunks/verdict.js";

// src/gate-text.ts
/** Reads the runbook alone: how much traffic there is, nobody knows yet. */
function gateText(runbook) {
	const judged = runbook.stages.flatMap(({ canary }) => canary?.shifts ?? []).flatMap((shift) => {
		const config = configOf(shift, runbook);
		return config === void 0 ? [] : [{
			shift,
			config
		}];
	});
	return {
		lines: judged.flatMap(({ shift, config }) => linesOf(shift, config)),
		warnings: [...new Set(judged.flatMap(({ config }) => gateWarnings(config)))]
	};
}
function configOf(shift, { metrics = {}, target }) {
	const { limits, hold, every, traffic } = shift;
	if (limits === void 0 || hold === void 0 || every === void 0) return void 0;
	const routing = routingOf(target);
	const shapes = Object.entries(metrics).flatMap(([name, spec]) => {
		const shape = shapeOfMetric(spec);
		return shape === void 0 ? [] : [[name, {
			...shape,
			...spec.count && { count: spec.count }
		}]];
	});
	return {
		limits,
		pageLimits: shift["page-limits"]?.limits ?? [],
		before: Object.fromEntries(shapes.map(([name]) => [name, LATER])),
		metrics: Object.fromEntries(shapes),
		candidate: "candidate",
		...traffic < 100 && { stable: "stable" },
		startedAt: 0,
		hold,
		every,
		...routing !== void 0 && { routing }
	};
}
function linesOf({ traffic, hold = 0 }, config) {
	return trafficOf(config, traffic / 100).map(({ limit, requests, unit, share }) => {
		const needed = `${traffic}%: \`${limit}\` needs about ${asCount(requests)} ${unit}s of the candidate to pass`;
		if (unit === "look") return `${needed}, if it is seldom slower`;
		const all = Math.ceil(requests * 100 / traffic / Math.max(1, hold / 6e4));
		const pace = `${asCount(all)} ${unit}s a minute in all for ${formatDuration(hold)}`;
		return `${needed}, if at most ${asPercent(share)} are bad: ${pace}`;
	});
}

// src/plan-text.ts
/** What a release will do, a line each, for people. */
function planText(plan) {
	return plan.stages.flatMap((stage, index) => [`${index + 1}. ${stage.name}: ${stage.steps.join(" -> ")}`, ...stage.shifts.map(({ weight, holdMs, everyMs, judged }) => judged ? `   ${weight}% for at least ${formatDuration(holdMs)}, a look every ${formatDuration(everyMs)}` : `   ${weight}% at once`)]);
}

// src/actions/check.ts
var check_default = defineAction({
	name: "check",
	description: "Check the runbook without running it, and print what a release would do. Needs no secret.",
	inputs: { runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml") },
	outputs: { stages: "Stages that have a preflight, as a JSON list of `{name, steps}`; empty when none has." },
	async run(inputs, ports, workflow) {
		const { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace);
		const plan = planOf(runbook);
		const gates = gateText(runbook);
		const costs = tickCostText(plan, runbook.ticks ?? "chain");
		for (const line of [
			...planText(plan),
			...gates.lines,
			...costs
		]) ports.log.info(line);
		for (const warning of gates.warnings) ports.log.warn(warning);
		const stages = plan.stages.filter(({ steps }) => steps.includes("preflight")).map(({ name, steps }) => ({
			name,
			steps
		}));
		return {
			verdict: pass("runbook-valid", `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`),
			outputs: { stages: stages.length === 0 ? "" : JSON.stringify(stages) }
		};
	}
});

// src/entries/check.ts
await main(check_default);

export {  };