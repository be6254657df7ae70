export { t as forgetRows, n as rowsBefore, r as verifyRowsKept } from "./rows-kept2.js";
