import { n as protectedSmokeTest, t as isBehindProtection } from "./protected-smoke-test2.js";
export { isBehindProtection, protectedSmokeTest };
