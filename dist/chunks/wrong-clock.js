import { E as formatDuration } from "./words.js";
const refusedMs = 3e5;
function wrongClock(skewMs) {
if (skewMs === void 0 || Math.abs(skewMs) < 3e4) return;
let off = `This machine's clock is ${formatDuration(Math.round(Math.abs(skewMs) / 1e3) * 1e3)} ${skewMs > 0 ? "behind" : "ahead of"} GitHub's.`;
return Math.abs(skewMs) <= refusedMs ? {
verdict: "pass",
reason: "clock-differs",
message: `${off} Times in the record are off by as much.`
} : {
verdict: "error",
reason: "clock-differs",
message: `${off} Nothing moves, because how long a share was held could not be told: at most ${formatDuration(refusedMs)} are allowed. Set the clock of the runner, then run the job again.`
};
}
export { wrongClock as t };
