export { t as checkBeforehand } from "./check-beforehand2.js";
