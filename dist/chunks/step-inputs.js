import { i as ZodObject } from "./zod.js";
import { t as InputError } from "./failure.js";
import { i as refuse, s as readBySchema, t as accept, u as resolveReferences } from "./written-runbook.js";
import { c as yaml } from "./main.js";

// src/step-inputs.ts
/** A step whose value is a list (of checks) has one input for it. */
const listInput = "checks";
const alone = "Instead of the runbook's, when the step runs alone (`record: none`).";
/** The inputs a step's schema stands for: its keys, or one for a step that is a list. Structured ones are YAML. */
function stepInputs(schema) {
	const keys = keysOf(schema);
	if (keys === void 0) return { [listInput]: yaml(`The checks, as in the runbook. ${alone}`).optional() };
	return Object.fromEntries(Object.entries(keys).map(([key, field]) => [key, yaml(`${field.meta()?.description ?? key} ${alone}`).optional()]));
}
function keysOf(schema) {
	return schema instanceof ZodObject ? schema.shape : void 0;
}
/** The step that the inputs describe, read by the very schema the runbook is read by; undefined when none is given. */
function givenStep(schema, { read, variables }) {
	const given = Object.keys(stepInputs(schema)).flatMap((name) => {
		const text = read(name);
		return text === void 0 || text === "" ? [] : [[name, text]];
	});
	if (given.length === 0) return void 0;
	const [first] = given;
	const text = keysOf(schema) === void 0 && first !== void 0 ? first[1] : given.map(([name, value]) => `${name}:${value.includes("\n") ? `\n${indented(value)}` : ` ${value}`}`).join("\n");
	const written = accept(readBySchema(text, "inputs of this step", schema));
	const resolved = resolveReferences(written, variables, void 0, {});
	return resolved.ok ? resolved.value : refuse(resolved.problems);
}
const indented = (text) => text.replace(/^/gm, "  ");
/** Step inputs only count for a step that runs alone: in a release the pinned runbook says what happens. */
function refuseInRelease(given, record) {
	if (given === void 0 || record === "none") return;
	throw new InputError("The step's own inputs count only with `record: none`; in a release the runbook it was started with says what happens. Put them there.");
}

export { refuseInRelease as n, stepInputs as r, givenStep as t };