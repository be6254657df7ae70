import { i as ZodObject } from "./zod.js";
import { m as InputError } from "./words.js";
import { i as refuse, s as resolveReferences, t as accept } from "./runbook-keys.js";
import { s as yaml } from "./input.js";
const alone = "Instead of the runbook's, when the step runs alone (`record: none`).";
function stepInputs(schema) {
let keys = keysOf(schema);
return keys === void 0 ? { checks: yaml(`The checks, as in the runbook. ${alone}`).optional() } : Object.fromEntries(Object.entries(keys).map(([key, field]) => [key, yaml(`${field.meta()?.description ?? key} ${alone}`).optional()]));
}
function keysOf(schema) {
return schema instanceof ZodObject ? schema.shape : void 0;
}
async function givenStep(schema, { read, variables }) {
let given = Object.keys(stepInputs(schema)).flatMap((name) => {
let text = read(name);
return text === void 0 || text === "" ? [] : [[name, text]];
});
if (given.length === 0) return;
let [first] = given, text = keysOf(schema) === void 0 && first !== void 0 ? first[1] : given.map(([name, value]) => `${name}:${value.includes("\n") ? `\n${indented(value)}` : ` ${value}`}`).join("\n"), { readBySchema } = await import("./read-by-schema2.js"), written = accept(readBySchema(text, "inputs of this step", schema)), resolved = resolveReferences(written, variables, void 0, {});
return resolved.ok ? resolved.value : refuse(resolved.problems);
}
const indented = (text) => text.replace(/^/gm, "  ");
function refuseInRelease(given, record) {
if (given !== void 0 && record !== "none") throw new InputError("The step's own inputs count only with `record: none`; in a release the runbook it was started with says what happens. Put them there.");
}
export { refuseInRelease as n, stepInputs as r, givenStep as t };
