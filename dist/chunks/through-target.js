import { n as reachedThroughTarget, t as notThroughTarget } from "./through-target2.js";
export { reachedThroughTarget };
