import { tickCostText } from "../billed-minutes.ts";
import { planOf } from "../plan.ts";
import { planText } from "../plan-text.ts";
import { summaryOf } from "../report/summary.ts";
import { defineAction } from "../runner/define-action.ts";
import { text, wholeNumber } from "../runner/input.ts";
import { pass, type Verdict } from "../verdict.ts";
import { loadRunbook } from "../written-runbook.ts";

export default defineAction({
  name: "check",
  description: "Check the runbook without running it, and print what a release would do. Needs no secret.",
  inputs: {
    runbook: text("Path of the runbook in the repository.").prefault(".github/runbook.yml"),
    schedules: wholeNumber(
      "Fault schedules to play the runbook under, on virtual time: how much traffic would be left where; none when empty.",
    ).optional(),
  },
  outputs: { stages: "Stages that have a preflight, as a JSON list of `{name, steps}`; empty when none has." },
  async run(inputs, ports, workflow) {
    const { value: runbook } = await loadRunbook(inputs.runbook, workflow.workspace);
    const plan = planOf(runbook);
    const { gateText } = await import("../gate-text.ts");
    const gates = gateText(runbook);
    const costs = tickCostText(plan, runbook.ticks ?? "chain");
    for (const line of [...planText(plan), ...gates.lines, ...costs]) ports.log.info(line);
    const { protectionWarnings } = await import("../behind-protection.ts");
    for (const warning of [...gates.warnings, ...protectionWarnings(runbook)]) ports.log.warn(warning);
    const stages = plan.stages
      .filter(({ steps }) => steps.includes("preflight"))
      .map(({ name, steps }) => ({ name, steps }));
    const valid = pass(
      "runbook-valid",
      `${inputs.runbook} is valid: ${plan.stages.length} stage(s), ${plan.stages.flatMap(({ steps }) => steps).length} steps.`,
    );
    const outputs = { stages: stages.length === 0 ? "" : JSON.stringify(stages) };
    if (inputs.schedules === undefined) return { verdict: valid, outputs };
    const { simulate, usualTickMs } = await import("../simulation/simulate.ts");
    const { simulationText } = await import("../simulation/simulation-text.ts");
    const played = await simulate({
      runbook,
      schedules: inputs.schedules,
      seed: 1,
      tickEveryMs: usualTickMs,
      only: [],
    });
    const told = simulationText(played, "sluice simulate");
    for (const line of told.split("\n")) ports.log.info(line);
    const message = `${played.broken.length} schedules broke a promise, which is a defect of Sluice; please report it.`;
    const broken: Verdict = { verdict: "error", reason: "promise-broken", message };
    const verdict = played.broken.length === 0 ? valid : broken;
    const summary = `${summaryOf("check", verdict)}\n<details><summary>What if: ${played.schedules} fault schedules</summary>\n\n\`\`\`text\n${told}\`\`\`\n\n</details>\n`;
    return { verdict, outputs, summary };
  },
});
