export { t as stageCandidate } from "./stage-candidate2.js";
