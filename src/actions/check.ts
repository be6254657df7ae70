import { tickCostText } from "../billed-minutes.ts";
import { planOf } from "../plan.ts";
import { planText } from "../plan-text.ts";
import { defineAction } from "../runner/define-action.ts";
import { text } from "../runner/input.ts";
import { pass } from "../verdict.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "check",
  description: "Check the runbook without running it, and print what a release would do. Needs no secret.",
  inputs: { runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml") },
  outputs: { stages: "Stages that have a preflight, as a JSON list of `{name, steps}`; empty when none has." },
  async run(inputs, ports, workflow) {
    const { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace);
    const plan = planOf(runbook);
    const { gateText } = await import("../gate-text.ts");
    const gates = gateText(runbook);
    const costs = tickCostText(plan, runbook.ticks ?? "chain");
    for (const line of [...planText(plan), ...gates.lines, ...costs]) ports.log.info(line);
    for (const warning of gates.warnings) ports.log.warn(warning);
    const stages = plan.stages
      .filter(({ steps }) => steps.includes("preflight"))
      .map(({ name, steps }) => ({ name, steps }));
    return {
      verdict: pass(
        "runbook-valid",
        `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`,
      ),
      outputs: { stages: stages.length === 0 ? "" : JSON.stringify(stages) },
    };
  },
});
