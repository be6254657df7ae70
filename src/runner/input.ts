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

/** A structured value, written as YAML in the string; it is read with the same schema the runbook uses. */
export const yaml = (description: string) => z.string().min(1).meta({ description, structured: true });
