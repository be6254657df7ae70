import { t as canaryJudge } from "./canary-judge2.js";
export { canaryJudge };
