import { t as watchJudge } from "./watch-judge2.js";
export { watchJudge };
