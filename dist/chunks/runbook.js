import { i as tickSourceSchema, n as runbookJsonSchema, r as runbookSchema, t as notifySchema } from "./runbook2.js";
export { notifySchema, runbookJsonSchema, runbookSchema, tickSourceSchema };
