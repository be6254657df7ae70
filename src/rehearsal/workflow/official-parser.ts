import { registerHooks } from "node:module";

// The package imports its two JSON schemas without the attribute Node demands; the hook adds it while they load.
const hooks = registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(".json") && url.includes("workflow-parser")
      ? nextLoad(url, { ...context, importAttributes: { type: "json" } })
      : nextLoad(url, context),
});

// Imported dynamically, because a static import would be loaded before the hook stands.
const workflows = await import("@actions/workflow-parser");
const actions = await import("@actions/workflow-parser/actions/action-parser");
hooks.deregister();

/** GitHub's own reader of workflow files (MIT, https://github.com/actions/languageservices). */
export const parseWorkflow = workflows.parseWorkflow;
export const convertWorkflowTemplate = workflows.convertWorkflowTemplate;
export const NoOperationTraceWriter = workflows.NoOperationTraceWriter;
export const parseAction = actions.parseAction;
