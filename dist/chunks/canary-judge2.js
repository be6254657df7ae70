import { t as canaryJudge } from "./canary-judge.js";
export { canaryJudge };
