import { n as runbookJsonSchema, r as runbookSchema, t as notifySchema } from "./runbook.js";
export { notifySchema, runbookJsonSchema, runbookSchema };
