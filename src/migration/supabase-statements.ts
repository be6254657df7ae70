import { lexSql } from "./statements.ts";

/**
 * Splits SQL as the Supabase CLI does for the `statements` column: at every semicolon that ends a statement, white
 * space and semicolons trimmed, comments kept with what follows them, also when nothing follows.
 *
 * Compared with the program itself by a test (github.com/supabase/cli, pkg/parser). Nothing is executed by this split:
 * it is what readers of the history see.
 */
export function splitAsSupabase(sql: string): readonly string[] {
  const { semicolons } = lexSql(sql);
  const starts = [0, ...semicolons.map((at) => at + 1)];
  return starts.map((start, i) => sql.slice(start, semicolons[i] ?? sql.length).trim()).filter((text) => text !== "");
}
