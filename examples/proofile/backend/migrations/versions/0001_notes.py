"""Notes on a profile."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute(
        """
        create table notes (
          id bigint generated always as identity primary key,
          body text not null,
          created_at timestamptz not null default now()
        )
        """
    )
    op.execute("insert into notes (body) values ('Read the plan'), ('Rehearse it'), ('Ship small changes')")


def downgrade():
    op.execute("drop table notes")
