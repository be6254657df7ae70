import { spawnSync } from "node:child_process";
import type { Files } from "./database.ts";

export const python = "/usr/bin/python3";
export const skip =
  spawnSync(python, ["-c", "import alembic, psycopg2"]).status === 0
    ? false
    : "Debian's alembic and python3-psycopg2 are not installed";

/** What `alembic init` writes, as far as it matters, with the address from the environment. */
const env = `
import os
from alembic import context
from sqlalchemy import create_engine, pool
print("env.py prints what it likes")
engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
`;

/** A project as `alembic init` makes it, without revisions. */
export const alembicProject: Files = {
  "alembic.ini": "[alembic]\nscript_location = migrations\n",
  "migrations/env.py": env,
  "migrations/script.py.mako": "",
};

/** One revision; `up` and `down` are Python. */
export const revision = (id: string, after: string | undefined, up: string, down = "pass") => ({
  [`migrations/versions/${id}_change.py`]: `
from alembic import op
revision = "${id}"
down_revision = ${after === undefined ? "None" : `"${after}"`}
def upgrade():
    ${up}
def downgrade():
    ${down}
`,
});
