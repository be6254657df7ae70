import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A tool that is installed for comparison, in a package of its own; `skip` is the reason when it is missing. */
export function part(name: "supabase" | "prisma"): { readonly folder: string; readonly skip: string | false } {
  const folder = fileURLToPath(new URL(`../parts/${name}/`, import.meta.url));
  const skip = existsSync(`${folder}node_modules`)
    ? false
    : `test/parts/${name} is not installed: npm install --no-save --prefix test/parts/${name}`;
  return { folder, skip };
}
