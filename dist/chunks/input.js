import { T as globalRegistry, a as ZodOptional, b as string, o as ZodPrefault, r as ZodDefault, s as _enum } from "./zod.js";
const text = (description) => string().min(1).meta({ description }), secret = (description) => string().min(1).meta({
description,
secret: !0
}), oneOf = (values, description) => _enum(values, { error: `write one of ${values.join(", ")}` }).meta({ description }), flag = (description) => _enum(["true", "false"], { error: "write true or false" }).transform((word) => word === "true").meta({ description }), wholeNumber = (description) => string().regex(/^[1-9]\d{0,15}$/, { error: "write a whole number, such as a run id" }).transform(Number).meta({ description }), yaml = (description) => string().min(1).meta({
description,
structured: !0
});
function metaOf(field) {
return {
...field instanceof ZodOptional || field instanceof ZodPrefault || field instanceof ZodDefault ? metaOf(field.unwrap()) : {},
...globalRegistry.get(field)
};
}
export { text as a, secret as i, metaOf as n, wholeNumber as o, oneOf as r, yaml as s, flag as t };
