export { n as reachedThroughTarget } from "./through-target2.js";
