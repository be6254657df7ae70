export { t as undoLeft } from "./undo-left2.js";
