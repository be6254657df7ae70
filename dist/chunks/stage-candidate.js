import { t as stageCandidate } from "./stage-candidate2.js";
export { stageCandidate };
