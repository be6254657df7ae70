export { t as runChecks } from "./run-checks.js";
