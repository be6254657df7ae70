import { InputError } from "../failure.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";

export default defineAction({
  name: "canary-gate",
  description:
    "Give the new version its traffic share by share, judge each by its limits, and give all traffic back the moment one is broken.",
  inputs: stageInputs,
  outputs: {},
  async run(inputs, ports, workflow) {
    if (inputs.record !== "append") throw new InputError("A canary is part of a release; leave `record` at `append`.");
    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    const target = await session.target();
    const { canaryJudge } = await import("../canary-judge.ts");
    const judge = canaryJudge({ ports, target, runbook: session.judged() });
    return { verdict: await takePart(session, inputs, "canary", { target, steps: {}, judge }) };
  },
});
