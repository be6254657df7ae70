import * as z from "zod";

/** Vocabulary of action inputs. Every field reads the string the runner hands over; an empty one counts as absent. */
export const text = (description: string) => z.string().min(1).meta({ description });

export const secret = (description: string) => z.string().min(1).meta({ description, secret: true });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values, { error: `write one of ${values.join(", ")}` }).meta({ description });

export const flag = (description: string) =>
  z
    .enum(["true", "false"], { error: "write true or false" })
    .transform((word) => word === "true")
    .meta({ description });

/** A number such as a run id, as GitHub writes it. */
export const wholeNumber = (description: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/, { error: "write a whole number, such as a run id" })
    .transform(Number)
    .meta({ description });

/** A structured value, written as YAML in the string; it is read with the same schema the runbook uses. */
export const yaml = (description: string) => z.string().min(1).meta({ description, structured: true });

/** What a field says about itself, also when it may be absent: zod keeps that on the type inside. */
export function metaOf(field: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const isWrapped = field instanceof z.ZodOptional || field instanceof z.ZodPrefault || field instanceof z.ZodDefault;
  return { ...(isWrapped ? metaOf(field.unwrap()) : {}), ...z.globalRegistry.get(field) };
}
