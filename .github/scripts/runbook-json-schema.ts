import * as z from "zod";
import { runbookSchema } from "../../src/runbook.ts";

/** JSON Schema (2020-12) of the runbook, for editors. Stands here because no action has zod's way to it. */
export const runbookJsonSchema = () => z.toJSONSchema(runbookSchema, { io: "input" });
