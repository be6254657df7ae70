import { defineAction } from "../../src/runner/define-action.ts";
import { text } from "../../src/runner/input.ts";
import { main } from "../../src/runner/main.ts";

// An action with a defect, in a process of its own: what a person sees of one of ours.
await main(
  defineAction({
    name: "throwing",
    description: "Throws what no code of ours foresaw.",
    inputs: { how: text("How it fails.").prefault("throws") },
    outputs: {},
    async run({ how }) {
      if (how === "rejects later") void Promise.reject(new TypeError("nobody awaited this"));
      else throw new TypeError("nobody foresaw this");
      await new Promise(() => setInterval(() => undefined, 1000));
      return { verdict: { verdict: "pass", reason: "never", message: "It was never reached." } };
    },
  }),
);
