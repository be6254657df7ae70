/** Stands in for zod's way to JSON Schema, which no action goes. */
export const createToJSONSchemaMethod = undefined;
export const createStandardJSONSchemaMethod = undefined;
