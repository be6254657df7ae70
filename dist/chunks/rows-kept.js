export { t as countRows } from "./rows-kept2.js";
