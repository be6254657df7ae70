import { loadedWhenDeployed, loadIsBehindProtection } from "../behind-protection.ts";
import { type LoadTest, loadTest } from "../load-test-spec.ts";
import { defineAction } from "../runner/define-action.ts";
import { text } from "../runner/input.ts";
import { openSession, releaseRunbook, stageInputs, takePart } from "../session.ts";
import { givenStep, refuseInRelease, stepInputs } from "../step-inputs.ts";
import { variablesOf } from "../variables.ts";

export default defineAction({
  name: "load-test",
  description: "Load the new version at its own address and judge the finished run by its limits.",
  inputs: {
    ...stageInputs,
    ...stepInputs(loadTest),
    url: text("Address to load; the candidate's own, from the record, when empty.").optional(),
  },
  outputs: {},
  async run(inputs, ports, workflow) {
    const { runLoadTest } = await import("../run-load-test.ts");
    const variables = variablesOf(inputs, ports);
    const given = await givenStep(loadTest, { read: workflow.input, variables });
    refuseInRelease(given, inputs.record);
    const written = await releaseRunbook(inputs, ports, workflow);
    const session = openSession(written, inputs, ports, workflow);
    const load = (candidate?: string) => {
      const step: LoadTest | undefined = given ?? session.stage(inputs.stage, "load-test")["load-test"];
      if (step === undefined) throw new Error("the stage has no load-test");
      const url = inputs.url ?? candidate;
      return runLoadTest(step, { url, allowed: [session.site, candidate], directory: workflow.workspace }, ports);
    };
    if (inputs.record === "none") return { verdict: await load() };
    const run = async ({ release }: { release: { candidate: { url: string } | null } }) => {
      const step = session.stage(inputs.stage, "load-test")["load-test"];
      // The job that deployed holds the secret and has made this one.
      if (step !== undefined && loadIsBehindProtection(written.value, step)) return loadedWhenDeployed();
      return load(release.candidate?.url);
    };
    // A job that only reads could not record the smoke test that ran before this in the same job; GitHub ends such a
    // job at its first failing step, so having come this far is the proof.
    const before = inputs.record === "read" ? { "smoke-test": run } : {};
    return {
      verdict: await takePart(session, inputs, "load-test", { steps: { "load-test": run, ...before } }),
    };
  },
});
