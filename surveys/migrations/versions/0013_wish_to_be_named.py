"""wish to be named

Revision 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = ("wants_naming", "named_as", "wish_given_at")


def upgrade() -> None:
    op.add_column("contact", sa.Column("wants_naming", sa.Boolean(), nullable=True))
    op.add_column(
        "contact", sa.Column("named_as", sa.String(length=160), server_default="", nullable=False)
    )
    op.add_column(
        "contact", sa.Column("wish_given_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("contact", column)
