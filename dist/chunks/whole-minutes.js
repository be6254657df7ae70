import { n as noData } from "./no-data.js";
const MINUTE = 6e4;
function wholeMinutes() {
let until = new Map();
return {
of({ from, to }, version, now) {
let begin = until.get(version) ?? Math.ceil(from / MINUTE) * MINUTE, end = Math.floor(Math.min(to, now - 12e4) / MINUTE) * MINUTE;
return end > begin ? {
from: begin,
to: end
} : noData("first-look", "No minute of this share has ended and settled since the last look; looking again.");
},
counted: ({ to }, version) => void until.set(version, to)
};
}
export { wholeMinutes as t };
