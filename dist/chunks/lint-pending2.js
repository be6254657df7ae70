export { t as lintPending } from "./lint-pending.js";
