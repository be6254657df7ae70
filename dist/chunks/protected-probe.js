export { t as protectedProbe } from "./protected-probe2.js";
