"""Who wrote a note; it speaks of the column before there is one."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("comment on column notes.author is 'Who wrote it.'")
    op.execute("alter table notes add column author text")


def downgrade():
    op.execute("alter table notes drop column author")
