"""edited in the browser

Revision 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item_revision", sa.Column("translated_from", sa.JSON(none_as_null=True)))
    op.add_column("item_revision", sa.Column("heeded", sa.JSON(none_as_null=True)))
    op.add_column(
        "round_item",
        sa.Column("comments", sa.Boolean(), server_default=sa.true(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("round_item", "comments")
    op.drop_column("item_revision", "heeded")
    op.drop_column("item_revision", "translated_from")
