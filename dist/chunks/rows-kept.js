import { n as verifyRowsKept, t as countRows } from "./rows-kept2.js";
export { countRows };
