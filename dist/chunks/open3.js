import path from "node:path";
async function openEngine(step, { workspace, release, place }, ports) {
let { url, sql, supabase, prisma, alembic, command } = step, options = {
lockTimeoutMs: step["lock-timeout"],
retryForMs: step["retry-for"],
statementTimeoutMs: step["statement-timeout"],
outOfOrder: step["out-of-order"],
release,
place
}, inside = (directory) => path.join(workspace, directory), project = place === void 0 ? workspace : ".";
if (sql !== void 0) {
let { sqlEngine } = await import("./sql2.js");
return sqlEngine({
...options,
directory: inside(sql.directory),
url
}, ports);
}
if (supabase !== void 0) {
let { supabaseEngine } = await import("./supabase.js"), directory = inside(supabase.directory);
return supabaseEngine({
...options,
directory,
url,
run: supabase.run,
workspace: project
}, ports);
}
if (prisma !== void 0) {
let { prismaEngine } = await import("./prisma.js"), { run, engine } = prisma, directory = inside(prisma.directory);
return prismaEngine({
...options,
directory,
url,
engine,
run,
project: inside(prisma.project ?? "."),
workspace: project
}, ports);
}
if (alembic !== void 0) {
let { alembicEngine } = await import("./alembic.js");
return alembicEngine({
...options,
config: path.join(project, alembic.config),
python: alembic.python,
url
}, ports);
}
if (command !== void 0) {
let { commandEngine } = await import("./command3.js");
return commandEngine({
...options,
command,
directory: project,
url
}, ports);
}
throw Error("the schema lets exactly one engine through");
}
export { openEngine as t };
