export { t as breaksOldVersion } from "./lint.js";
