import { t as dumpWithWasm } from "./wasm-dump.js";

export { dumpWithWasm };