export { t as notifySchema, n as runbookJsonSchema, r as runbookSchema } from "./runbook.js";
