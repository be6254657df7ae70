// Prisma's schema engine with Prisma's own adapter, as a project would run it: node prisma-schema-engine.mjs <project> <migrations>
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [project, folder] = process.argv.slice(2);
const find = createRequire(path.resolve(project, "package.json"));
const load = (name) => import(pathToFileURL(find.resolve(name)).href);
const glue = await load("@prisma/schema-engine-wasm/schema_engine_bg");
const file = path.join(
  path.dirname(find.resolve("@prisma/schema-engine-wasm/schema_engine_bg")),
  "schema_engine_bg.wasm",
);
const { instance } = await WebAssembly.instantiate(readFileSync(file), { "./schema_engine_bg.js": glue });
glue.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start?.();
const { PrismaPg } = await load("@prisma/adapter-pg");
const { bindMigrationAwareSqlAdapterFactory } = await load("@prisma/driver-adapter-utils");
const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: process.env.DATABASE_URL }));
const schema = 'datasource db {\n  provider = "postgresql"\n}\n';
const engine = await glue.SchemaEngine.new({ datamodels: [["schema.prisma", schema]] }, () => {}, adapter);
const names = readdirSync(folder).filter((name) => statSync(path.join(folder, name)).isDirectory());
await engine.applyMigrations({
  migrationsList: {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: names.sort().map((name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: readFileSync(path.join(folder, name, "migration.sql"), "utf8") },
      },
    })),
  },
  filters: { externalTables: [], externalEnums: [] },
});
process.exit(0);
