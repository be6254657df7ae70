import { InputError } from "../failure.ts";
import { defineAction } from "../runner/define-action.ts";
import { openSession, releaseRunbook, stageInputs, takePartInAll } from "../session.ts";

export default defineAction({
  name: "watch",
  description:
    "Look after a release where no program has a step to run: agreements, tasks and signatures of people, and the watch over what serves.",
  inputs: stageInputs,
  outputs: {},
  async run(inputs, ports, workflow) {
    if (inputs.record !== "append") throw new InputError("A watch is part of a release; leave `record` at `append`.");
    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    const target = await session.target();
    const { canaryJudge } = await import("../canary-judge.ts");
    const judge = canaryJudge({ ports, target, runbook: session.judged() });
    const { watchJudge } = await import("../watch-judge.ts");
    const watch = watchJudge({ ports, target, runbook: session.judged() });
    return { verdict: await takePartInAll(session, inputs, { target, steps: {}, judge, watch }) };
  },
});
