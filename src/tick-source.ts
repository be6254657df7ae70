import * as z from "zod";
import { expecting } from "./expectation.ts";
import { tickSources } from "./hand-over.ts";

/** What starts the next look at a release that waits; by itself, so that whoever hands over loads no runbook's schema. */
export const tickSourceSchema = z.enum(tickSources, { error: expecting("tick-source") });
