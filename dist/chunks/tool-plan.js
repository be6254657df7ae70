import { vt as sha256 } from "./runbook-keys.js";
function toolPlanHash({ sql, supabase, prisma, alembic, command, inside }, { commit, database }) {
return sha256(JSON.stringify([
"tool",
sql,
supabase,
prisma,
alembic,
command,
inside,
commit,
database
]));
}
export { toolPlanHash };
