export { i as identifyDatabase } from "./refusal2.js";
