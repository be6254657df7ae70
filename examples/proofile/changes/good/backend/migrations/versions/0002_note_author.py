"""Who wrote a note. The old version knows nothing of it and needs nothing of it."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("alter table notes add column author text")


def downgrade():
    op.execute("alter table notes drop column author")
