import { n as probeProvider, t as askVersion } from "./probe2.js";
export { probeProvider };
